// One log line per message and per refusal; values that clients choose are bounded, secrets are never in it.

import type { IncomingHttpHeaders } from 'node:http';
import type { Logger } from 'pino';
import type { Exchange } from '../exchange/exchange.ts';
import type { Outcome } from '../protocol/serve.ts';

const MAX_TEXT_LENGTH = 128;
const UNPRINTABLE = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

export interface ExchangeRecord {
  readonly server: string;
  readonly exchange: Exchange;
  readonly outcome: Outcome;
  /** `performance.now()` when the request reached the handler. */
  readonly startedAt: number;
  readonly headers: IncomingHttpHeaders;
  /** Hash of the caller, where it was refused and something tells callers apart. */
  readonly caller?: string | undefined;
}

export function logExchange(log: Logger, record: ExchangeRecord): void {
  if (!log.isLevelEnabled('info')) return;
  const { method, params } = record.exchange.request;
  log.info(
    {
      server: record.server,
      era: record.exchange.era,
      method: bounded(method),
      target: bounded(params?.name),
      outcome: record.outcome,
      durationMs: Math.round((performance.now() - record.startedAt) * 10) / 10,
      caller: record.caller,
      invocationId: bounded(record.headers['x-azure-functions-invocationid']),
    },
    'request',
  );
}

/**
 * Makes a text that a client may have chosen fit for a log line: of bounded length, without what a terminal or a reader
 * of lines could act on and JSON does not escape.
 * @returns undefined for anything else than a text, which leaves the member out.
 */
export function bounded(value: unknown, maxLength = MAX_TEXT_LENGTH): string | undefined {
  if (typeof value !== 'string') return undefined;
  return value.slice(0, maxLength).replace(UNPRINTABLE, '\ufffd');
}
