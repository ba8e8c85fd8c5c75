// What can be said of an error that nothing caught.

import { ForbiddenAccessError } from './forbidden-access.ts';

/** The stack of what was thrown; empty when it has none, or none that can be read. */
export function stackOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.stack) : '';
  } catch {
    return '';
  }
}

/**
 * What was refused, what a listener threw while a call was aborted, and a server's own try to
 * listen on a port (often ours): none of them has interrupted any other code.
 */
export function isHarmless(error: unknown): boolean {
  if (error instanceof ForbiddenAccessError) return true;
  const { syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return syscall === 'listen' || stackOf(error).includes('node:internal/abort_controller');
}
