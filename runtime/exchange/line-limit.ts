// Limits the lines of one source in the log: at most so many in a second, then one line with the
// exact count of those that were left out.

import type { Logger } from 'pino';
import { clearTimeout, nowMs, setTimeout } from './builtins.ts';
import type { Refused } from './observer.ts';

const MAX_LINES_PER_SECOND = 100;
const WINDOW_MS = 1_000;

export class LineLimit {
  readonly #tell: (source: string, dropped: number) => void;
  /** Lines since the window began, by source. Sources are few: servers and kinds of refusals. */
  readonly #lines = new Map<string, number>();
  #windowAt = -WINDOW_MS;
  #timer: NodeJS.Timeout | undefined;

  /** @param tell writes the line with the count. */
  constructor(tell: (source: string, dropped: number) => void) {
    this.#tell = tell;
  }

  /** Counts a line. @returns whether it may be written. */
  allows(source: string): boolean {
    const ageMs = nowMs() - this.#windowAt;
    if (ageMs >= WINDOW_MS) {
      this.flush();
      this.#windowAt = nowMs();
    }
    const lines = (this.#lines.get(source) ?? 0) + 1;
    this.#lines.set(source, lines);
    if (lines <= MAX_LINES_PER_SECOND) return true;
    this.#timer ??= setTimeout(() => this.flush(), WINDOW_MS - ageMs).unref();
    return false;
  }

  /** Tells what was left out so far; the next line begins a new second. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#windowAt = -WINDOW_MS;
    const counted = [...this.#lines];
    this.#lines.clear();
    for (const [source, lines] of counted) {
      if (lines > MAX_LINES_PER_SECOND) this.#tell(source, lines - MAX_LINES_PER_SECOND);
    }
  }
}

/** The limits of lines that callers, or servers that fail, could write without end. */
export interface LineLimits {
  /** By server, or by reason where a request named none. */
  readonly refusals: LineLimit;
  /** Of calls, by server. */
  readonly failures: LineLimit;
  /** Errors that nothing caught, by server. */
  readonly uncaught: LineLimit;
}

/** The source of lines that belong to no server. */
export const NO_SERVER = '';
/** Comes before a reason: no server has such a name. */
const REASON_MARK = ' ';

export function refusalSource({ server, reason }: Pick<Refused, 'server' | 'reason'>): string {
  return server ?? REASON_MARK + reason;
}

export function createLineLimits(log: Logger): LineLimits {
  const limit = (what: string) =>
    new LineLimit((source, dropped) => {
      const isReason = source.startsWith(REASON_MARK);
      const named = isReason
        ? { reason: source.slice(1) }
        : source !== NO_SERVER && { server: source };
      log.warn({ ...named, dropped }, `lines of ${what} dropped`);
    });
  return {
    refusals: limit('refused requests'),
    failures: limit('failed calls'),
    uncaught: limit('uncaught errors'),
  };
}

/** Tells all that was left out so far. */
export function flushLineLimits({ refusals, failures, uncaught }: LineLimits): void {
  for (const limit of [refusals, failures, uncaught]) limit.flush();
}
