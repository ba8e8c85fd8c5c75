// The 2025 era (up to 2025-11-25) without sessions: the host answers the handshake from the server's
// declarations, and passes everything else on.

import type { Answer, Declarations, Exchange } from '../exchange/exchange.ts';
import { withoutListChanged } from './capabilities.ts';
import { LOG_LEVELS } from './envelope.ts';
import { LEGACY_VERSIONS } from './era.ts';
import { isTaskMethod } from './tasks.ts';

const NEWEST = '2025-11-25';

/** @returns undefined when the server itself must answer. */
export function answerLegacy(exchange: Exchange, declarations: Declarations): Answer | undefined {
  const { method, params } = exchange.request;
  switch (method) {
    case 'initialize':
      return initialize(params?.protocolVersion, declarations);
    case 'ping':
      return { result: {} };
    case 'logging/setLevel':
      return setLevel(params?.level, declarations);
    default:
      return isTaskMethod(method) ? methodNotFound() : undefined;
  }
}

// MCP 2025-11-25, lifecycle, "Version Negotiation": echo a supported version, otherwise name another one.
function initialize(requested: unknown, declarations: Declarations): Answer {
  if (typeof requested !== 'string')
    return invalidParams('initialize needs params.protocolVersion.');
  const { serverInfo, capabilities, instructions } = declarations;
  return {
    result: {
      protocolVersion: LEGACY_VERSIONS.includes(requested) ? requested : NEWEST,
      capabilities: withoutListChanged(capabilities),
      serverInfo,
      ...(instructions && { instructions }),
    },
  };
}

// Accepted without effect: the SDKs keep levels per session, and there is none. All messages are sent.
function setLevel(level: unknown, declarations: Declarations): Answer {
  if (!declarations.capabilities.logging) {
    return methodNotFound();
  }
  if (!LOG_LEVELS.includes(level)) return invalidParams('level is not a log level.');
  return { result: {} };
}

function invalidParams(message: string): Answer {
  return { error: { code: -32602, message: `Invalid params: ${message}` } };
}

function methodNotFound(): Answer {
  return { error: { code: -32601, message: 'Method not found' } };
}
