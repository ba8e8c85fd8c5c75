// Describes the unexpected end of a program for the log and the metrics.

import type { RestartReason } from '../../exchange/restarts.ts';
import type { ChildEnd } from './child.ts';
import { explainMissingPart } from './native-part.ts';

export const EVICTED =
  'It was ended because another program needed memory. Fix: raise host.childrenMemoryMb, or lower idleTimeoutMs.';

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

/** For the log. */
export function describeEnd({ code, signal, cause, stderr }: ChildEnd): string {
  const how = signal ? `signal ${signal}` : code === null ? 'no exit code' : `exit code ${code}`;
  const why = cause ? `, ${cause}` : '';
  const told = stderr.trim();
  const missing = explainMissingPart(stderr);
  const last = told === '' ? ' It wrote nothing to standard error.' : ` Standard error: ${told}`;
  return `The program ended (${how}${why}).${missing ? ` ${missing}` : ''}${last}`;
}
