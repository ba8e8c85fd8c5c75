// What a server may not do, because other servers share its process: end the process, or read its
// standard input.

import { Readable } from 'node:stream';
import type { ForbiddenAccess } from './unavailability.ts';

/** Thrown into a server's code instead of ending the process or reading its standard input. */
export class ForbiddenAccessError extends Error {
  override readonly name = 'ForbiddenAccessError';
  readonly access: ForbiddenAccess;

  constructor(access: ForbiddenAccess) {
    super(
      access === 'ends-process'
        ? 'A server cannot call process.exit, because other servers run in the same process.'
        : 'A server cannot read standard input, because clients call it over HTTP.',
    );
    this.access = access;
  }
}

/**
 * A standard input that has nothing to read and never ends: at its end many servers end
 * themselves.
 * @param refuse called when a server begins to read.
 */
export function silentInput(refuse: () => never): Readable {
  const input = new Readable({ read() {} });
  const on = input.on.bind(input);
  const guarded = (event: string, listener: (...values: unknown[]) => void): Readable => {
    if (event === 'data' || event === 'readable') refuse();
    return on(event, listener);
  };
  const self = (): Readable => input;
  return Object.assign(input, {
    on: guarded,
    addListener: guarded,
    once: guarded,
    ref: self,
    unref: self,
    fd: 0,
  });
}
