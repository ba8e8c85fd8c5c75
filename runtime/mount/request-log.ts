// One log line per message, of refusals so many in a second; values that clients choose are bounded, secrets are
// never in it.

import type { IncomingHttpHeaders } from 'node:http';
import { bounded } from '../exchange/bounded-text.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { refusalSource } from '../exchange/line-limit.ts';
import type { Ending } from '../exchange/observer.ts';
import type { MountOptions } from './mount-options.ts';

export interface ExchangeRecord {
  readonly server: string;
  readonly exchange: Exchange;
  readonly ending: Ending;
  /** `performance.now()` when the request reached the handler. */
  readonly startedAt: number;
  readonly headers: IncomingHttpHeaders;
}

export function logExchange(
  { log, limits }: Pick<MountOptions, 'log' | 'limits'>,
  record: ExchangeRecord,
): void {
  if (!log.isLevelEnabled('info')) return;
  const { refused } = record.ending;
  if (refused && !limits.refusals.allows(refusalSource(refused))) return;
  const { method, params } = record.exchange.request;
  log.info(
    {
      server: record.server,
      era: record.exchange.era,
      method: bounded(method),
      target: bounded(params?.name),
      outcome: record.ending.outcome,
      durationMs: Math.round((performance.now() - record.startedAt) * 10) / 10,
      // A hash, where the caller was refused and something tells callers apart.
      caller: refused?.caller,
      invocationId: bounded(record.headers['x-azure-functions-invocationid']),
    },
    'request',
  );
}
