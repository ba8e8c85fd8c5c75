// A deployment with one server that takes tokens of Entra, as far as a caller without a token sees
// it, and an issuer that answers as a test says.

import type { ServerResponse } from 'node:http';
import { TENANT_ID } from '../../../standins/openid-issuer/entra-apps.ts';
import { openServer } from './run-doctor.ts';

/** The public app of the clients. */
export const clientId = 'cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee';
export const serversYaml = 'servers:\n  notes: { module: ./notes.js, auth: entra }\n';

export type Authorize = (query: URLSearchParams, response: ServerResponse) => void;

export interface Said {
  /** Answers the authorize request. */
  readonly authorize: Authorize;
  /** Scopes of challenge and document. */
  readonly scopes?: (address: string) => string[];
  /** Default: one key. */
  readonly keys?: object;
  /** Changes the discovery document. */
  readonly discovery?: object;
  /** Changes the text of the server's document and of the discovery document. */
  readonly rewrite?: (text: string) => string;
  /** Where the issuer is instead, for those who need none. */
  readonly issuerOrigin?: string;
}

/**
 * A deployment with one server and the issuer of its tokens. Authorize requests and keys have
 * addresses of their own, because the doctor lets a second pass before it asks one address again.
 */
export async function openDeployment(said: Said) {
  const { authorize, scopes, discovery, issuerOrigin, rewrite = (text) => text } = said;
  const keySet = JSON.stringify(said.keys ?? { keys: [{ kty: 'RSA' }] });
  const authorizing = await openServer(({ url: target = '' }, response) =>
    authorize(new URL(target, 'http://issuer').searchParams, response),
  );
  const keys = await openServer((_, response) => void response.end(keySet));
  const deployment = await openServer(({ url: target = '', headers }, response) => {
    const base = `http://${headers.host}`;
    const { pathname } = new URL(target, base);
    const address = `${base}/notes/mcp`;
    const wanted = scopes?.(address) ?? [`${address}/mcp.notes`];
    const metadata = `${base}/.well-known/oauth-protected-resource/notes/mcp`;
    const issuer = `${issuerOrigin ?? base}/${TENANT_ID}/v2.0`;
    const json = (body: object, status = 200, more = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json', ...more })
        .end(rewrite(JSON.stringify(body)));
    if (pathname === '/healthz') return json({ status: 'alive' });
    if (pathname === new URL(metadata).pathname) {
      return json({ resource: address, authorization_servers: [issuer], scopes_supported: wanted });
    }
    if (pathname === `/${TENANT_ID}/v2.0/.well-known/openid-configuration`) {
      return json({
        issuer,
        authorization_endpoint: `${authorizing.url}/authorize`,
        token_endpoint: `${base}/token`,
        jwks_uri: keys.url,
        ...discovery,
      });
    }
    const challenge = `Bearer resource_metadata="${metadata}", scope="${wanted.join(' ')}"`;
    return json({}, 401, { 'www-authenticate': challenge });
  });
  return { ...deployment, authorizing };
}
