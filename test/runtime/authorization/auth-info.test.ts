// What a server learns of a caller whose token was checked: who it is, and never the token.

import { beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../config/env.ts';
import { APP_ID, TENANT_ID } from '../../../standins/openid-issuer/entra-apps.ts';
import { entra, entraClaims } from '../../../standins/openid-issuer/entra-mode.ts';
import { type OpenIdIssuer, openIssuer } from '../../../standins/openid-issuer/openid-issuer.ts';
import type { Claims } from '../../../standins/openid-issuer/signing-keys.ts';
import { modern } from '../mount/http/modern.ts';
import { call, JSON_HEADERS } from '../mount/http/mounts.ts';
import { openHost, type TestHost } from '../start-host.ts';

const YAML = `
defaults: { auth: entra, scopes: [], rateLimit: { max: 100, windowSeconds: 300 } }
servers:
  v1-shared: { module: ./kernel-v1.mjs, instance: shared }
  v1-fresh: { module: ./kernel-v1.mjs }
  v2-shared: { module: ./kernel-v2.mjs, instance: shared }
  v2-fresh: { module: ./kernel-v2.mjs }
  limited: { module: ./kernel-v2.mjs, rateLimit: { max: 2, windowSeconds: 300 } }
`;
const SERVERS = ['v1-shared', 'v1-fresh', 'v2-shared', 'v2-fresh'] as const;

let issuer: OpenIdIssuer;
let host: TestHost;
beforeAll(async () => {
  issuer = await openIssuer(entra([]));
  host = await openHost({
    yaml: YAML,
    environment: readEnvironment({
      AZURE_AUTHORITY_HOST: `${issuer.url}/`,
      MCP_ENTRA_TENANT_ID: TENANT_ID.toUpperCase(),
      MCP_ENTRA_CLIENT_ID: APP_ID.toUpperCase(),
    }),
  });
  return async () => {
    await host.close();
    await issuer.stop();
  };
});

const ERAS = {
  2025: () => ({ headers: JSON_HEADERS, payload: JSON.stringify(call('caller')) }),
  2026: () => {
    const { headers, body } = modern({
      method: 'tools/call',
      params: { name: 'caller', arguments: {} },
    });
    return { headers: { host: 'localhost', ...headers }, payload: body };
  },
} as const;

async function send(server: string, claims: Claims, era: keyof typeof ERAS = 2025) {
  const token = await issuer.token(entraClaims(claims));
  const { headers, payload } = ERAS[era]();
  const authorization = `Bearer ${token}`;
  const answer = await host.app.inject({
    method: 'POST',
    url: `/${server}/mcp`,
    headers: { ...headers, authorization },
    payload,
  });
  return { answer, token };
}

describe.each([2025, 2026] as const)('in the era of %d', (era) => {
  it.each(SERVERS)('%s', async (server) => {
    const exp = Math.floor(Date.now() / 1000) + 60;
    const claims = { scp: `mcp.${server} more`, azp: 'editor', name: 'Ada', exp };
    const { answer, token } = await send(server, claims, era);
    const caller = JSON.parse(answer.json().result.content[0].text);
    const authInfo = {
      token: '',
      clientId: 'editor',
      scopes: [`mcp.${server}`, 'more'],
      expiresAt: exp,
      extra: expect.objectContaining({
        sub: 'ada',
        oid: 'ada-in-entra',
        name: 'Ada',
        tid: TENANT_ID,
      }),
    };
    expect(caller.authInfo).toEqual(authInfo);
    // A factory that is called once for everybody is told of nobody.
    expect(caller.context.authInfo).toEqual(server.endsWith('shared') ? null : authInfo);
    expect(answer.body).not.toContain(token);
    expect(caller.headers).not.toHaveProperty('authorization');
  });
});

it("an application's token has no scopes, and its roles among the claims", async () => {
  const roles = ['mcp.v2-fresh.app'];
  const { answer } = await send('v2-fresh', { azp: 'daemon', roles });
  const { authInfo } = JSON.parse(answer.json().result.content[0].text);
  expect(authInfo).toMatchObject({ clientId: 'daemon', scopes: [], extra: { roles } });
});

it('rate limits count by the subject of a good token, and a refused request counts for nobody', async () => {
  const scp = 'mcp.limited';
  const statuses = async (claims: Claims, count: number) => {
    const seen: number[] = [];
    for (let at = 0; at < count; at += 1) {
      const { answer } = await send('limited', { scp, ...claims });
      seen.push(answer.statusCode);
    }
    return seen;
  };
  expect(await statuses({ exp: 1, sub: 'grace' }, 4)).toEqual([401, 401, 401, 401]);
  expect(await statuses({ sub: 'grace' }, 3)).toEqual([200, 200, 429]);
  expect(await statuses({ sub: 'ada' }, 3)).toEqual([200, 200, 429]);
  expect(await statuses({ sub: 'grace', jti: 'another token' }, 1)).toEqual([429]);
});
