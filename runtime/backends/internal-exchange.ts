// An exchange of the host's own with a server, without a caller: at start, and before a per-request
// server serves.

import type { Answer, Caller, Era, Exchange, JsonObject } from '../exchange/exchange.ts';
import { ERROR_CODES } from '../exchange/wire-names.ts';
import { countDown } from './count-down.ts';

/** How long a module may take for a message that it answers without its author's code. */
const PROBE_LIMIT_MS = 1_000;

/** Who waits for it: another exchange, or the start of a server. */
export type Waiting = Pick<Exchange, 'signal' | 'onAbort' | 'throwIfEnded'>;

export interface InternalRequest {
  readonly era: Era;
  readonly method: string;
  readonly params: JsonObject;
}

export function internalExchange(
  { era, method, params }: InternalRequest,
  waiting: Waiting,
  caller: Partial<Caller> = {},
): Exchange {
  return {
    request: { jsonrpc: '2.0', id: 0, method, params },
    era,
    caller: {
      headers: {},
      path: '',
      query: '',
      subject: '',
      isPerson: false,
      isVerified: false,
      ...caller,
    },
    client: {},
    clientKey: undefined,
    get signal() {
      return waiting.signal;
    },
    onAbort: (listener) => waiting.onAbort(listener),
    throwIfEnded: () => waiting.throwIfEnded(),
    notify: () => {},
    ask: async () => ({
      error: { code: ERROR_CODES.internalError, message: 'There is no client yet.' },
    }),
  };
}

/** The start of a server, limited by `signal`. */
export function waitingUntil(signal: AbortSignal): Waiting {
  return {
    signal,
    onAbort: (listener) => signal.addEventListener('abort', listener, { once: true }),
    throwIfEnded: () => signal.throwIfAborted(),
  };
}

/** @returns undefined when the server fails, or does not answer in time. */
export function answerInTime(
  transport: { exchange(exchange: Exchange): Promise<Answer> },
  request: InternalRequest,
  caller?: Partial<Caller>,
  limitMs = PROBE_LIMIT_MS,
): Promise<Answer | undefined> {
  const abort = new AbortController();
  return new Promise((resolve) => {
    const stop = countDown(limitMs, () => {
      stop();
      abort.abort();
      resolve(undefined);
    });
    transport
      .exchange(internalExchange(request, waitingUntil(abort.signal), caller))
      .then(resolve, () => resolve(undefined))
      .finally(stop);
  });
}
