// Describes an error that nothing caught.

import { ForbiddenAccessError } from './forbidden-access.ts';

/** As V8 counts: deep enough to reach a server through the SDK, a library and bundlers' wrappers. */
const STACK_DEPTH = 50;
/** Node marks an error so that it throws because an `error` event has no listener. */
const EMITTED_MARK = 'kEnhanceStackBeforeInspector';

/** The stack of what was thrown; empty when it has none, or none that can be read. */
export function stackOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.stack) : '';
  } catch {
    return '';
  }
}

/** An error whose stack is deep enough to tell whose code is running. */
export function errorHere(make: () => Error = () => new Error()): Error {
  const limit = Error.stackTraceLimit;
  // Does not throw where a server has frozen `Error`.
  Reflect.set(Error, 'stackTraceLimit', STACK_DEPTH);
  const error = make();
  Reflect.set(Error, 'stackTraceLimit', limit);
  return error;
}

/**
 * Whether no code was interrupted by it: what was refused, what a listener threw while a call was
 * aborted, a server's own try to listen on a port (often ours), and what the system reports of a
 * child process, a socket or a stream. A value that cannot be read was not thrown by Node or V8,
 * and nothing more can be said of it.
 */
export function isHarmless(error: unknown): boolean {
  try {
    if (error instanceof ForbiddenAccessError) return true;
    const { syscall } = (error ?? {}) as NodeJS.ErrnoException;
    if (syscall === 'listen' || isEmittedSystemError(error)) return true;
    return stackOf(error).includes('node:internal/abort_controller');
  } catch {
    return true;
  }
}

function isEmittedSystemError(error: unknown): boolean {
  const { syscall, code } = (error ?? {}) as NodeJS.ErrnoException;
  return (
    typeof syscall === 'string' &&
    typeof code === 'string' &&
    Object.getOwnPropertySymbols(error).some(({ description }) => description === EMITTED_MARK)
  );
}
