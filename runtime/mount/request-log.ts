// One log line per message, of refusals so many in a second; values that clients choose are bounded, secrets are
// never in it.

import type { IncomingHttpHeaders } from 'node:http';
import { bounded } from '../exchange/bounded-text.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { refusalSource } from '../exchange/line-limit.ts';
import type { Ending } from '../exchange/observer.ts';
import type { Called } from './call-records.ts';
import type { MountOptions } from './mount-options.ts';

export interface ExchangeRecord {
  readonly server: string;
  readonly exchange: Exchange;
  readonly ending: Ending;
  /** `performance.now()` when the request reached the handler. */
  readonly startedAt: number;
  readonly headers: IncomingHttpHeaders;
  /** Present for a tool call where records of them are kept. */
  readonly called?: Called | undefined;
}

/**
 * The line of a tool call is its record, too. LOG_LEVEL does not keep it back, unless telemetry has
 * the record: in Azure a line would be a second, paid one.
 */
export function logExchange(
  { log, limits, audit: { calls } }: Pick<MountOptions, 'log' | 'limits' | 'audit'>,
  record: ExchangeRecord,
): void {
  const { called } = record;
  const isRead = log.isLevelEnabled('info');
  if (!isRead && !called) return;
  const { refused } = record.ending;
  // Records of calls that were let in are whole. The observer saw every refusal.
  if (refused && !limits.refusals.allows(refusalSource(refused))) return;
  const { method, params } = record.exchange.request;
  const line = {
    server: record.server,
    era: record.exchange.era,
    method: bounded(method),
    target: bounded(params?.name),
    outcome: record.ending.outcome,
    durationMs: Math.round((performance.now() - record.startedAt) * 10) / 10,
    audit: called && 'tool-call',
    // Always for a refusal, if callers can be distinguished.
    caller: called ? called.caller : refused?.caller,
    client: called?.client,
    clientFrom: called?.clientFrom,
    invocationId: bounded(record.headers['x-azure-functions-invocationid']),
  };
  const isExported = called && calls?.exported(line);
  if (isRead) log.info(line, 'request');
  else if (!isExported) calls?.log.info(line, 'request');
}
