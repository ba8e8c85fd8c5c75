// The end of the process: signals, a lost parent, uncaught errors, and the drain that loses no
// request.

import type { Logger } from 'pino';
import { atMost } from '../exchange/at-most.ts';
import {
  clearTimeout,
  NativePromise,
  nowMs,
  pause,
  setInterval,
  setTimeout,
} from '../exchange/builtins.ts';
import type { HostedServer } from '../exchange/hosted-server.ts';
import type { EndSignals } from './end-signals.ts';
import { written } from './logging.ts';
import type { Port } from './port.ts';

/** In-flight requests get this long; the Functions host and container platforms kill at 10 s. */
const DRAIN_LIMIT_MS = 8_000;
/** After an uncaught error the process is not to be trusted for long. */
export const CRASH_DRAIN_LIMIT_MS = 5_000;
/** After a signal the port stays this long for those who do not know of it yet. */
const LAME_DUCK_MS = 250;
/** Time for the last answers to reach their sockets. */
const FLUSH_LIMIT_MS = 500;
/** The same where the requests in flight and the servers have used up their time. */
const MIN_FLUSH_MS = 100;
/**
 * Time for the servers to close, also when the requests in flight have used up theirs; else they
 * have what those have left.
 */
const MIN_CLOSE_MS = 300;
/** Ends the process before the platform does, however long telemetry takes. */
const EXIT_LIMIT_MS = 9_000;
/** An orderly end is over by then, whoever holds on to the process. */
const ORDERLY_LIMIT_MS = 8_750;
/** Ends the process whatever a server has done to it, while the event loop still turns. */
const LAST_RESORT_MS = 8_800;
/** What has not ended by then, whatever keeps it, is ended from outside of this thread. */
const KILL_LIMIT_MS = 9_500;
/** Time for a slow reader of the log. */
const LOG_LIMIT_MS = 400;
const IN_FLIGHT_CHECK_INTERVAL_MS = 20;
const PARENT_CHECK_INTERVAL_MS = 1_000;
const EXIT_FAILURE = 1;

export interface DrainedParts {
  readonly app: { close(): PromiseLike<unknown> };
  readonly port: Port;
  readonly servers: readonly HostedServer[];
  readonly log: Logger;
}

export interface LifecycleOptions extends DrainedParts {
  readonly telemetry: {
    /** Sends what waits, within the limit. */
    shutdown(limitMs: number): Promise<void>;
  };
  readonly behindFunctionsHost: boolean;
  /** Told when the drain begins: from then on new messages are refused. */
  readonly onDrain: () => void;
  /** Ends the process in `ms` from outside of this thread, unless it has ended by then. */
  readonly endBy?: (ms: number) => void;
  /** Ends the process; called once per drain. */
  readonly exit: (code: number) => void;
}

/** How the process ends. */
interface End {
  readonly reason: string;
  readonly exitCode: number;
  /** In-flight requests get this long. */
  readonly limitMs: number;
  /**
   * The port stays open, and refuses new messages, until all else is done; for this long at least.
   */
  readonly keepsPortForMs?: number;
}

export class Lifecycle {
  readonly #options: LifecycleOptions;
  #isEnding = false;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  /** Whether the process is on its way out. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /**
   * A signal drains and exits 0; a second one exits 1 at once. The end of the Functions host
   * drains, too.
   */
  watch(signals: EndSignals): void {
    const { behindFunctionsHost, exit } = this.#options;
    let isFirst = true;
    signals.listen((signal) => {
      if (!isFirst) exit(EXIT_FAILURE);
      isFirst = false;
      this.#endInOrder(signal);
    });
    // Elsewhere a parent may end and leave its process running: a shell, `nohup`, a supervisor that
    // forks.
    if (behindFunctionsHost) this.#watchParent();
  }

  /**
   * Ends the process after an error that nothing caught: the others' requests in flight are still
   * answered. The port stays: to a refused connection the Functions host gives 1.9 s, and then an
   * empty 500 to its client.
   * @param keepsPortForMs is how long the end takes at least.
   */
  crash(reason: string, exitCode: number, keepsPortForMs: number): void {
    this.#end({ reason, exitCode, limitMs: CRASH_DRAIN_LIMIT_MS, keepsPortForMs });
  }

  /** A killed Functions host leaves its handler behind as an orphan on its port. */
  #watchParent(): void {
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) this.#endInOrder('parent process is gone');
    }, PARENT_CHECK_INTERVAL_MS).unref();
  }

  #endInOrder(reason: string): void {
    this.#end({ reason, exitCode: 0, limitMs: DRAIN_LIMIT_MS });
  }

  #end(end: End): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    const { log, exit, onDrain, endBy } = this.#options;
    attempt(() => endBy?.(KILL_LIMIT_MS));
    setTimeout(() => exit(end.exitCode || EXIT_FAILURE), LAST_RESORT_MS);
    attempt(onDrain);
    attempt(() => log.info({ reason: end.reason }, 'draining'));
    void this.#finishAndExit(end);
  }

  async #finishAndExit(end: End): Promise<void> {
    const { log, exit } = this.#options;
    try {
      await this.#finish(end);
    } catch (error) {
      attempt(() => log.error({ err: error }, 'drain failed'));
      exit(end.exitCode || EXIT_FAILURE);
      return;
    }
    exit(end.exitCode);
  }

  async #finish({ limitMs, keepsPortForMs }: End): Promise<void> {
    const { log, telemetry } = this.#options;
    const startedAt = nowMs();
    const leftMs = (untilMs: number): number => Math.max(0, startedAt + untilMs - nowMs());
    const isKept = keepsPortForMs !== undefined;
    const portMs = isKept ? { keepsPortForMs } : { closesPortAfterMs: LAME_DUCK_MS };
    await drain(this.#options, { limitMs, ...portMs });
    attempt(() => log.info('drained'));
    await telemetry.shutdown(leftMs(EXIT_LIMIT_MS - FLUSH_LIMIT_MS - LOG_LIMIT_MS));
    // What still waits never became a call: a request half sent, or a token whose issuer is slow.
    // While it does, new connections are refused, so a crash does not wait for it.
    const flushMs = isKept ? FLUSH_LIMIT_MS : leftMs(limitMs + FLUSH_LIMIT_MS);
    await closeConnections(this.#options, Math.max(MIN_FLUSH_MS, flushMs));
    // Last of all: a write that begins later would be cut off.
    await atMost(Math.min(LOG_LIMIT_MS, leftMs(ORDERLY_LIMIT_MS)), written(log));
  }
}

export interface DrainOptions {
  readonly limitMs: number;
  /** Default: the port is left as it is. */
  readonly closesPortAfterMs?: number;
  /** Shortest time of the drain. */
  readonly keepsPortForMs?: number;
}

/**
 * Answers what is in flight, gives the rest a shutdown error at the limit, and closes the servers.
 */
export async function drain(
  { port, servers }: Pick<DrainedParts, 'port' | 'servers'>,
  { limitMs, closesPortAfterMs, keepsPortForMs = 0 }: DrainOptions,
): Promise<void> {
  const startedAt = nowMs();
  for (const mounted of servers) mounted.stopWaiting();
  const limit = setTimeout(() => {
    for (const { inFlight } of servers) for (const exchange of inFlight) exchange.end('shutdown');
  }, limitMs);
  await NativePromise.all([
    answered(servers, limitMs + MIN_FLUSH_MS),
    closesPortAfterMs === undefined ? pause(keepsPortForMs) : port.close(closesPortAfterMs),
  ]);
  clearTimeout(limit);
  const closeMs = Math.max(MIN_CLOSE_MS, startedAt + limitMs - nowMs());
  await atMost(
    closeMs,
    NativePromise.allSettled(servers.map((mounted) => mounted.backend.close(closeMs))),
  );
}

/**
 * Closes the port and what is connected to it; `waitMs` is for requests that were not answered yet.
 */
export async function closeConnections(
  { app, port }: Pick<DrainedParts, 'app' | 'port'>,
  waitMs = FLUSH_LIMIT_MS,
): Promise<void> {
  await port.close(0);
  await port.endConnections(waitMs);
  // It closes the port again, by whatever a server has made of that.
  await atMost(FLUSH_LIMIT_MS, NativePromise.resolve(app.close()));
}

async function answered(servers: readonly HostedServer[], limitMs: number): Promise<void> {
  const deadline = nowMs() + limitMs;
  const isBusy = () => servers.some(({ inFlight }) => inFlight.size > 0);
  while (isBusy() && nowMs() < deadline) await pause(IN_FLIGHT_CHECK_INTERVAL_MS);
}

/** A server may have replaced what this needs. The process ends anyway. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // There is no one to report it to.
  }
}
