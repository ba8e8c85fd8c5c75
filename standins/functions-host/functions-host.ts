// What a test sees of a running stand-in. Types only.

import type { HandlerExit } from './handler-process.ts';
import type { OutputLine } from './output-lines.ts';

/** A running stand-in for the Functions host. */
export interface FunctionsHost {
  /** `http://127.0.0.1:<port>`, without a trailing slash. */
  readonly url: string;
  /** Port of the handler, the same for every process. */
  readonly handlerPort: number;
  /** Process id of the running handler. */
  readonly handlerPid: number | undefined;
  /** Handler processes started so far. */
  readonly starts: number;
  /** What the handler has printed, over all its processes, with the level the host logs it at. */
  readonly output: readonly OutputLine[];
  /** What the Functions host itself has logged. */
  readonly log: readonly { readonly text: string }[];
  /** Resolves with the reason when the host has stopped, by `stop()` or because it gave up. */
  readonly stopped: Promise<string>;
  /**
   * Resolves when the handler has answered `GET /`; after an exit, when the next process has.
   * Requests need not wait for it: the host holds them.
   */
  ready(): Promise<void>;
  /**
   * The first line of the handler, past or future, that matches; rejects if the host stops without
   * it.
   */
  outputLine(pattern: RegExp): Promise<OutputLine>;
  /** The first line of the host itself, past or future, that matches. */
  logLine(pattern: RegExp): Promise<{ readonly text: string }>;
  /** Sends a signal to the handler alone; resolves with the way its process ended, once it has. */
  signalHandler(signal: NodeJS.Signals): Promise<HandlerExit>;
  /**
   * Stops as the real host does: nothing new is accepted, requests in flight get `drainTimeoutMs`,
   * then the handler gets SIGKILL. With `signal: 'SIGINT'` the handler gets that first, as by
   * Ctrl+C under `func start`, which reaches the whole foreground process group.
   */
  stop(how?: { readonly signal?: 'SIGINT' }): Promise<void>;
  /**
   * What a SIGKILL of the real host does: every connection breaks, and the handler lives on as an
   * orphan that holds its port. Needs the option `separateParent`. Call `stop()` afterwards all the
   * same: it kills an orphan that has not ended by itself.
   *
   * @returns The orphan, and a promise of its end.
   */
  abandonHandler(): Promise<{ readonly pid: number; readonly exited: Promise<void> }>;
}
