// The `params` of a request as a program gets them: in its own era, and with a progress token of
// ours.

import type { Era, Exchange, JsonObject } from '../../exchange/exchange.ts';
import { META_KEYS } from '../../exchange/wire-names.ts';
import { envelopeOf } from '../modern-envelope.ts';

/**
 * Progress over standard output names its request by the token alone, and the tokens of two clients
 * may be equal.
 * @param id of the request at the program, which is its token, too.
 */
export function paramsFor(era: Era, exchange: Exchange, id: number): JsonObject | undefined {
  const { params } = exchange.request;
  const meta = params?._meta as JsonObject | undefined;
  const wantsProgress = meta?.progressToken !== undefined;
  if (!wantsProgress && era === exchange.era) return params;
  const { progressToken, ...rest } = meta ?? {};
  const own = {
    ...(era === exchange.era ? rest : translated(rest, exchange)),
    ...(wantsProgress && { progressToken: id }),
  };
  const { _meta, ...others } = params ?? {};
  return Object.keys(own).length > 0 ? { ...others, _meta: own } : params && others;
}

/** Of an exchange whose program speaks the other era. */
function translated(meta: JsonObject, exchange: Exchange): JsonObject {
  if (exchange.era === 'legacy') return { ...meta, ...envelopeOf(exchange) };
  const {
    [META_KEYS.protocolVersion]: _version,
    [META_KEYS.clientCapabilities]: _capabilities,
    [META_KEYS.clientInfo]: _info,
    [META_KEYS.logLevel]: _level,
    ...rest
  } = meta;
  return rest;
}
