// How the log and metrics tell of the end of a program that nobody wanted.

import type { RestartReason } from '../../exchange/restarts.ts';
import type { ChildEnd } from './child.ts';
import { describeEnd } from './connection.ts';

export interface Loss {
  readonly reason: RestartReason;
  readonly fields: object;
}

export function lossOf(end: ChildEnd): Loss {
  const { code, signal, cause } = end;
  const isOwn = cause === undefined || cause === 'ended' || cause === 'memory';
  return {
    reason: isOwn ? 'exited' : cause,
    fields: {
      ...(code !== null && { exitCode: code }),
      ...(signal && { signal }),
      detail: describeEnd(end),
    },
  };
}
