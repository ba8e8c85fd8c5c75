// Lines that the handler prints, with the level at which the Functions host logs them, and a log
// that tests can wait on instead of sleeping.

/** One line of the handler's output. */
export interface OutputLine {
  readonly stream: 'stdout' | 'stderr';
  readonly level: 'information' | 'warning' | 'error';
  readonly text: string;
}

/**
 * Level of a line. stdout is always information; stderr is an error unless it contains "warn", or,
 * with `useStdErrorStreamForErrorsOnly: false`, unless it names no error
 * (host: WebJobs.Script/Workers/ProcessManagement/WorkerProcess.cs).
 */
export function outputLine(
  stream: OutputLine['stream'],
  text: string,
  stderrIsErrors: boolean,
): OutputLine {
  if (stream === 'stdout') return { stream, level: 'information', text };
  if (/warn/i.test(text)) return { stream, level: 'warning', text };
  const isError = stderrIsErrors || /error|fail|severe|unhandled exception/i.test(text);
  return { stream, level: isError ? 'error' : 'information', text };
}

interface Waiter<Line> {
  readonly accepts: (line: Line) => boolean;
  readonly found: (line: Line) => void;
  readonly failed: (error: Error) => void;
}

/** A growing list of lines. */
export class LineLog<Line extends { readonly text: string }> {
  readonly lines: Line[] = [];
  #waiters: Waiter<Line>[] = [];
  #closed = false;

  add(line: Line): void {
    this.lines.push(line);
    const served = this.#waiters.filter((waiter) => waiter.accepts(line));
    this.#waiters = this.#waiters.filter((waiter) => !served.includes(waiter));
    for (const waiter of served) waiter.found(line);
  }

  /** The first line, past or future, that matches; rejects when the log is closed without one. */
  waitFor(pattern: RegExp): Promise<Line> {
    const accepts = (line: Line) => pattern.test(line.text);
    const present = this.lines.find(accepts);
    if (present) return Promise.resolve(present);
    if (this.#closed) return Promise.reject(this.#missing(pattern));
    return new Promise((found, failed) => {
      this.#waiters.push({ accepts, found, failed: () => failed(this.#missing(pattern)) });
    });
  }

  /** No line can come any more. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiters.splice(0)) waiter.failed(new Error('closed'));
  }

  #missing(pattern: RegExp): Error {
    const tail = this.lines.slice(-10).map((line) => `  ${line.text}`);
    return new Error(`No line matched ${pattern}. The last lines:\n${tail.join('\n')}`);
  }
}
