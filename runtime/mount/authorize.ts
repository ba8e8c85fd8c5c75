// What a server that asks for tokens has at its mount: a hook before everything that counts or
// costs, and the public document that tells clients where to get a token.

import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  onRequestAsyncHookHandler,
} from 'fastify';
import type { VerifiedCaller } from '../authorization/bearer-token.ts';
import { metadataPath } from '../authorization/protected-resource.ts';
import type { TokenGate } from '../authorization/token-gate.ts';
import { HostError } from '../exchange/refusals.ts';
import type { MountedServer } from './mounted-server.ts';
import { countHeader } from './origin.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller, once its token was checked. */
    verified?: VerifiedCaller | undefined;
  }
}

/**
 * The hook that lets only callers with a good token through; none for a server that asks for no
 * tokens.
 */
export function authorizationHooks({ authorization }: MountedServer): onRequestAsyncHookHandler[] {
  if (!authorization) return [];
  return [
    async (request) => {
      const { rawHeaders, headers } = request.raw;
      // Node keeps the first of several; a gateway in front may have checked another.
      if (countHeader(rawHeaders, 'authorization') > 1) throw new HostError('bad-headers');
      request.verified = await gateOf(authorization).admit(headers.authorization);
    },
  ];
}

/** Paths of the metadata document, with and without one trailing slash like the server's own. */
export function documentPaths({ authorization, config }: MountedServer): string[] {
  const path = metadataPath(config.path);
  return authorization ? [path, `${path}/`] : [];
}

/** RFC 9728, 3.2; open to every page, since every caller gets the same document. */
export const DOCUMENT_CORS_HEADERS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
};

const DOCUMENT_PREFLIGHT_HEADERS = {
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers': '*',
  'access-control-max-age': '300',
} as const;

const DOCUMENT_HEADERS = {
  'content-type': 'application/json',
  'cache-control': 'public, max-age=3600',
} as const;

/** Registers GET and the CORS preflight of the server's metadata document. */
export function mountDocument(app: FastifyInstance, server: MountedServer): void {
  const { authorization } = server;
  if (!authorization) return;
  for (const url of documentPaths(server)) {
    app.get(url, (_request: FastifyRequest, reply: FastifyReply) =>
      // Bytes: Fastify would add a charset to a text, which JSON does not have (RFC 8259, 11).
      reply.headers(DOCUMENT_HEADERS).send(Buffer.from(gateOf(authorization).document())),
    );
    app.options(url, (_request, reply) =>
      reply.code(204).headers(DOCUMENT_PREFLIGHT_HEADERS).send(),
    );
  }
}

/** @throws HostError `unavailable` where settings are missing: unchecked, no one may pass. */
export function gateOf(authorization: MountedServer['authorization']): TokenGate {
  if (!authorization?.gate) throw new HostError('unavailable');
  return authorization.gate;
}
