// The envelope of 2026-07-28 that the host writes for a caller of the 2025 era.

import type { Exchange, JsonObject } from '../exchange/exchange.ts';
import { META_KEYS, MODERN_VERSIONS } from '../exchange/wire-names.ts';

const [REVISION = ''] = MODERN_VERSIONS;

/** The envelope that each request of 2026-07-28 carries. */
export function envelopeOf({ client }: Pick<Exchange, 'client'>): JsonObject {
  return {
    [META_KEYS.protocolVersion]: REVISION,
    [META_KEYS.clientCapabilities]: client.capabilities ?? {},
    ...(client.info && { [META_KEYS.clientInfo]: client.info }),
    // In the 2025 era the host passes all messages on: levels would belong to a session.
    [META_KEYS.logLevel]: 'debug',
  };
}
