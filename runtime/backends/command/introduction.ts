// How a program and its client meet: `initialize` in the 2025 era, `server/discover` in 2026-07-28,
// and how the era is found out.

import { isObject } from '../../../config/json-value.ts';
import type { Answer, Client, JsonObject } from '../../exchange/exchange.ts';
import { Unavailability } from '../../exchange/unavailability.ts';
import {
  ERROR_CODES,
  LEGACY_VERSIONS,
  META_KEYS,
  MODERN_VERSIONS,
} from '../../exchange/wire-names.ts';
import type { Handshake } from '../declarations.ts';
import { answerInTime } from '../internal-exchange.ts';
import { envelopeOf } from '../modern-envelope.ts';
import type { MultiplexingTransport } from '../multiplexing-transport.ts';

/** The host itself, where no client is known or none may be asked. */
export const HOST_CLIENT = {
  capabilities: {},
  info: { name: 'functions-mcp-host', version: '1' },
} as const satisfies Client;

/** What the host's own requests of 2026-07-28 carry. */
export const HOST_PARAMS: JsonObject = { _meta: envelopeOf({ client: HOST_CLIENT }) };

/** What `server/discover` came to. */
export type Discovery =
  | { readonly handshake: Handshake }
  /** It answered with something else. */
  | { readonly refusal: string; readonly supported: readonly unknown[] | undefined }
  /** It did not answer in time, or ended. */
  | { readonly silent: true };

export async function discover(
  transport: MultiplexingTransport,
  limitMs: number,
): Promise<Discovery> {
  const request = { era: 'modern', method: 'server/discover', params: HOST_PARAMS } as const;
  const answer = await answerInTime(transport, request, undefined, limitMs);
  return answer ? discovered(answer) : { silent: true };
}

/**
 * @throws Unavailability `no-handshake` when the program speaks neither an older revision nor ours.
 */
export function refuseForeignRevision(discovery: Discovery): void {
  if (!('supported' in discovery) || !discovery.supported) return;
  if (discovery.supported.some((version) => LEGACY_VERSIONS.includes(version as string))) return;
  throw new Unavailability(
    'no-handshake',
    `The program supports only MCP revisions that this host does not support: ${JSON.stringify(discovery.supported).slice(0, 200)}. Fix: use a version of the program that supports ${MODERN_VERSIONS[0]} or ${LEGACY_VERSIONS[0]}.`,
  );
}

function discovered(answer: Answer): Discovery {
  if ('error' in answer) {
    const { code, message, data } = answer.error;
    const supported = isObject(data) && Array.isArray(data.supported) ? data.supported : [];
    return {
      refusal: message,
      supported: code === ERROR_CODES.unsupportedVersion ? supported : undefined,
    };
  }
  const { result } = answer;
  if (!isObject(result) || !Array.isArray(result.supportedVersions)) {
    return { refusal: 'The answer to `server/discover` is not valid.', supported: undefined };
  }
  const { supportedVersions, capabilities, instructions, _meta } = result;
  if (!supportedVersions.some((version) => MODERN_VERSIONS.includes(version))) {
    return { refusal: 'The program does not support this revision.', supported: supportedVersions };
  }
  const serverInfo = isObject(_meta) ? _meta[META_KEYS.serverInfo] : undefined;
  return {
    handshake: {
      serverInfo: isObject(serverInfo) ? serverInfo : { name: 'unknown', version: '0' },
      capabilities: isObject(capabilities) ? capabilities : {},
      ...(typeof instructions === 'string' && { instructions }),
    },
  };
}
