// An exchange of the host's own with a server, without a caller: at start, and before a per-request server serves.

import type { Era, Exchange, JsonObject } from '../exchange/exchange.ts';
import { ERROR_CODES } from '../exchange/wire-names.ts';

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
): Exchange {
  return {
    request: { jsonrpc: '2.0', id: 0, method, params },
    era,
    caller: { headers: {}, path: '', query: '', subject: '' },
    client: {},
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
