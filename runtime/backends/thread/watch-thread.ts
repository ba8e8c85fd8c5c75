// What a module finds in its thread, and does to it: standard input is silent, the data of the host is
// hidden, and errors that nothing catches are reported before they end the thread.

import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';
import { ForbiddenAccessError, silentInput } from '../../exchange/forbidden-access.ts';
import type { ForbiddenAccess } from '../../exchange/unavailability.ts';
import { isHarmless } from '../../exchange/uncaught-error.ts';

export interface ThreadWatch {
  /** Told of an error that nothing caught. */
  readonly onError: (what: string, error: unknown) => void;
  /** Called when the thread ends by itself. */
  readonly onExit: () => void;
}

/** @returns what the module did to its thread so far, if anything; `error` is what it threw. */
export function watchThread({
  onError,
  onExit,
}: ThreadWatch): (error?: unknown) => ForbiddenAccess | undefined {
  const { exit } = process;
  let access: ForbiddenAccess | undefined;
  const input = silentInput(() => {
    access = 'connects-stdio';
    throw new ForbiddenAccessError(access);
  });
  Object.defineProperty(process, 'stdin', { configurable: true, get: () => input });
  // Of the host; a module that looks for data of its own must find none, as in the host's thread.
  Object.assign(threads, { workerData: null });
  // For `import { stdin } from 'node:process'`, and the same of the data.
  syncBuiltinESMExports();
  process.on('exit', onExit);
  process.on('unhandledRejection', (error) => onError('unhandled rejection', error));
  // Captured, not listened to: a server's own listeners often end the process.
  process.setUncaughtExceptionCaptureCallback((error) => {
    onError('uncaught exception', error);
    if (!isHarmless(error)) exit.call(process, 1);
  });
  return (error) => (error instanceof ForbiddenAccessError ? error.access : access);
}
