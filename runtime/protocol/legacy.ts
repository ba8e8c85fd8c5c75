// The 2025 era (up to 2025-11-25) without sessions: the host answers the handshake from the server's
// declarations, and passes everything else on.

import type { Answer, Declarations, Exchange } from '../exchange/exchange.ts';
import { withoutSubscriptions } from './capabilities.ts';
import { LEGACY_VERSIONS } from './era.ts';
import { checkParams } from './params.ts';
import { isTaskMethod } from './tasks.ts';

const NEWEST = '2025-11-25';

/**
 * @returns undefined when the server itself must answer.
 * @throws HostError `invalid-params`.
 */
export function answerLegacy(exchange: Exchange, declarations: Declarations): Answer | undefined {
  const { method, params } = exchange.request;
  checkParams(exchange.request, declarations);
  switch (method) {
    case 'initialize':
      return initialize(params?.protocolVersion as string, declarations);
    case 'ping':
      return { result: {} };
    case 'logging/setLevel':
      return setLevel(declarations);
    default:
      return isTaskMethod(method) ? methodNotFound() : undefined;
  }
}

// MCP 2025-11-25, lifecycle, "Version Negotiation": echo a supported version, otherwise name another one.
function initialize(requested: string, declarations: Declarations): Answer {
  const { serverInfo, capabilities, instructions } = declarations;
  return {
    result: {
      protocolVersion: LEGACY_VERSIONS.includes(requested) ? requested : NEWEST,
      capabilities: withoutSubscriptions(capabilities),
      serverInfo,
      ...(instructions && { instructions }),
    },
  };
}

// Accepted without effect: the SDKs keep levels per session, and there is none. All messages are sent.
function setLevel({ capabilities }: Declarations): Answer {
  return capabilities.logging ? { result: {} } : methodNotFound();
}

function methodNotFound(): Answer {
  return { error: { code: -32601, message: 'Method not found' } };
}
