// Scopes that a server's author asks for by tool or resource (SDK v2): 403 with all that the
// operation needs, in both eras and for both kinds of instance, before the handler.

import { beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../config/env.ts';
import { PLAIN } from '../../../standins/openid-issuer/modes.ts';
import { type OpenIdIssuer, openIssuer } from '../../../standins/openid-issuer/openid-issuer.ts';
import { modern } from '../mount/http/modern.ts';
import { JSON_HEADERS } from '../mount/http/mounts.ts';
import { expectRefusal, fixture } from '../mount/http/refusal.ts';
import { openHost, type TestHost } from '../start-host.ts';

const BASE_URL = 'https://mcp.example.com';
const { seen } = await fixture('scoped-v2.mjs');

let issuer: OpenIdIssuer;
let host: TestHost;
beforeAll(async () => {
  issuer = await openIssuer(PLAIN);
  const jwt = `{ issuer: "${issuer.issuer}", audience: notes }`;
  host = await openHost({
    yaml: `
defaults: { auth: jwt, jwt: ${jwt}, scopes: [notes.read] }
servers:
  shared: { module: ./scoped-v2.mjs, instance: shared }
  fresh: { module: ./scoped-v2.mjs }
  open: { module: ./scoped-v2.mjs, auth: anonymous }
  open-shared: { module: ./scoped-v2.mjs, auth: anonymous, instance: shared }
`,
    environment: readEnvironment({ MCP_PUBLIC_BASE_URL: BASE_URL }),
  });
  return async () => {
    await host.close();
    await issuer.stop();
  };
});

const OPERATIONS = {
  read: { method: 'tools/call', params: { name: 'read', arguments: {} } },
  write: { method: 'tools/call', params: { name: 'write', arguments: {} } },
  sign: { method: 'tools/call', params: { name: 'sign', arguments: {} } },
  secret: { method: 'resources/read', params: { uri: 'notes://secret' } },
  'a-line-break': { method: 'tools/call', params: { name: 'a-line-break', arguments: {} } },
  'not-latin': { method: 'tools/call', params: { name: 'not-latin', arguments: {} } },
  'a-quote': { method: 'tools/call', params: { name: 'a-quote', arguments: {} } },
  'no-list': { method: 'tools/call', params: { name: 'no-list', arguments: {} } },
} as const;

async function send(
  server: string,
  era: 2025 | 2026,
  name: keyof typeof OPERATIONS,
  scope: string,
) {
  const operation = OPERATIONS[name];
  const { headers, body } =
    era === 2026
      ? modern(operation)
      : { headers: JSON_HEADERS, body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...operation }) };
  const token = await issuer.token({ aud: 'notes', sub: 'ada', scope });
  return host.app.inject({
    method: 'POST',
    url: `/${server}/mcp`,
    headers: { host: 'localhost', ...headers, authorization: `Bearer ${token}` },
    payload: body,
  });
}

describe.each(['shared', 'fresh'])('a %s server', (server) => {
  describe.each([2025, 2026] as const)('in the era of %d', (era) => {
    it.each([
      ['write', 'notes.read', 'notes.read notes.write notes.sign'],
      ['write', 'notes.read notes.sign', 'notes.read notes.write notes.sign'],
      ['sign', 'notes.read', 'notes.read notes.sign'],
      ['secret', 'notes.read', 'notes.read notes.secret'],
    ] as const)('refuses %s with the scopes %s', async (operation, scope, needed) => {
      const before = JSON.stringify(seen);
      const answer = await send(server, era, operation, scope);
      expectRefusal(answer, { status: 403, reason: 'insufficient-scope', id: 1 });
      expect(answer.headers['www-authenticate']).toBe(
        `Bearer error="insufficient_scope", resource_metadata="${BASE_URL}/.well-known/oauth-protected-resource/${server}/mcp", scope="${needed}"`,
      );
      expect(JSON.stringify(seen)).toBe(before);
    });

    it.each([
      ['read', 'notes.read'],
      ['write', 'notes.read notes.write notes.sign'],
      ['secret', 'notes.secret notes.read'],
    ] as const)('answers %s with the scopes %s', async (operation, scope) => {
      const answer = await send(server, era, operation, scope);
      expect(answer.json()).toMatchObject({ id: 1, result: expect.anything() });
      expect(answer.statusCode).toBe(200);
    });
  });
});

describe.each([
  ['shared', 2025, 500],
  ['shared', 2026, 500],
  ['fresh', 2025, 500],
  // The SDK's own entry has noticed.
  ['fresh', 2026, 200],
] as const)('scopes that no header can carry, %s in the era of %d', (server, era, status) => {
  it.each(['a-line-break', 'not-latin', 'a-quote', 'no-list'] as const)(
    'are the fault of the server, which the caller learns: %s',
    async (operation) => {
      const before = JSON.stringify(seen);
      const answer = await send(server, era, operation, 'notes.read');
      expect(answer.statusCode).toBe(status);
      expect(answer.json()).toMatchObject({ id: 1, error: { code: -32603 } });
      expect(answer.headers).not.toHaveProperty('set-cookie');
      expect(JSON.stringify(seen)).toBe(before);
    },
  );
});

describe.each(['open', 'open-shared'])('where nobody is asked for a token: %s', (server) => {
  it.each([2025, 2026] as const)('nobody is asked for scopes: %d', async (era) => {
    expect((await send(server, era, 'write', '')).statusCode).toBe(200);
  });

  it.each([2025, 2026] as const)("a rule of the author's own still holds: %d", async (era) => {
    const before = JSON.stringify(seen);
    const answer = await send(server, era, 'sign', '');
    expectRefusal(answer, { status: 403, reason: 'insufficient-scope', id: 1 });
    expect(answer.headers).not.toHaveProperty('www-authenticate');
    expect(JSON.stringify(seen)).toBe(before);
  });
});
