// Settings that are not there: the server fails closed and says what it lacks; the others serve.

import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../config/env.ts';
import { APP_ID, TENANT_ID } from '../../../standins/openid-issuer/entra-apps.ts';
import { call, JSON_HEADERS } from '../mount/http/mounts.ts';
import { expectNotReached, expectRefusal } from '../mount/http/refusal.ts';
import { startHost } from '../start-host.ts';

const ENTRA = { MCP_ENTRA_TENANT_ID: TENANT_ID, MCP_ENTRA_CLIENT_ID: APP_ID };
const JWT = 'auth: jwt, jwt: { issuer: "https://login.example.com", audience: notes }';
const YAML = `
servers:
  weather: { module: ./kernel-v1.mjs, auth: entra }
  notes: { module: ./kernel-v2.mjs, ${JWT} }
  open: { module: ./kernel-v2.mjs, auth: anonymous }
`;

interface Case {
  readonly what: string;
  readonly variables: Record<string, string>;
  /** What each server lacks; absent: it serves. */
  readonly missing: { weather?: string[]; notes?: string[] };
}

const cases: readonly Case[] = [
  { what: 'everything', variables: ENTRA, missing: {} },
  {
    what: 'no tenant',
    variables: { MCP_ENTRA_CLIENT_ID: APP_ID },
    missing: { weather: ['MCP_ENTRA_TENANT_ID'] },
  },
  {
    what: 'an empty client id',
    variables: { ...ENTRA, MCP_ENTRA_CLIENT_ID: '' },
    missing: { weather: ['MCP_ENTRA_CLIENT_ID'] },
  },
  {
    what: 'nothing of Entra',
    variables: {},
    missing: { weather: ['MCP_ENTRA_TENANT_ID', 'MCP_ENTRA_CLIENT_ID'] },
  },
  {
    what: 'an address that everybody can reach, but no public URL',
    variables: { ...ENTRA, HOST: '0.0.0.0' },
    missing: { weather: ['MCP_PUBLIC_BASE_URL'], notes: ['MCP_PUBLIC_BASE_URL'] },
  },
  {
    what: 'a Functions host in front, but no public URL',
    variables: { ...ENTRA, FUNCTIONS_CUSTOMHANDLER_PORT: '3000' },
    missing: { weather: ['MCP_PUBLIC_BASE_URL'], notes: ['MCP_PUBLIC_BASE_URL'] },
  },
  {
    what: 'a host name of Azure that is none',
    variables: { ...ENTRA, WEBSITE_HOSTNAME: 'not a name', FUNCTIONS_CUSTOMHANDLER_PORT: '3000' },
    missing: { weather: ['MCP_PUBLIC_BASE_URL'], notes: ['MCP_PUBLIC_BASE_URL'] },
  },
  {
    what: 'neither Entra nor a public URL',
    variables: { HOST: '0.0.0.0' },
    missing: {
      weather: ['MCP_ENTRA_TENANT_ID', 'MCP_ENTRA_CLIENT_ID', 'MCP_PUBLIC_BASE_URL'],
      notes: ['MCP_PUBLIC_BASE_URL'],
    },
  },
];

describe.each(cases)('with $what', ({ variables, missing }) => {
  const start = () => startHost({ yaml: YAML, environment: readEnvironment(variables) });

  it('/readyz names the servers that do not serve, and what they lack', async () => {
    const { app } = await start();
    const { servers } = (await app.inject({ url: '/readyz' })).json();
    for (const { name, status, reason, missing: named } of servers) {
      const lacking = missing[name as keyof typeof missing];
      const state = lacking ? ['unavailable', 'missing-variable', lacking] : ['serving'];
      expect([name, status, reason, named].filter(Boolean)).toEqual([name, ...state]);
    }
  });

  it('a server that lacks something answers 503 to everything, the others go on', async () => {
    const { app } = await start();
    for (const name of ['weather', 'notes', 'open'] as const) {
      const lacking = name !== 'open' && missing[name];
      const request = {
        method: 'POST',
        url: `/${name}/mcp`,
        headers: { ...JSON_HEADERS, authorization: 'Bearer x' },
        payload: call('echo', { text: 'x' }),
      } as const;
      const answer = await (lacking
        ? expectNotReached(() => app.inject(request))
        : app.inject(request));
      if (lacking) {
        expectRefusal(answer, { status: 503, reason: 'unavailable' });
        const document = await app.inject({
          url: `/.well-known/oauth-protected-resource/${name}/mcp`,
          headers: { host: 'localhost' },
        });
        expectRefusal(document, { status: 503, reason: 'unavailable' });
      } else if (name === 'open') expect(answer.statusCode).toBe(200);
      else expect(answer.json().error.data.reason).toMatch(/invalid-token|issuer-unavailable/);
    }
  });
});

it('the log says what to set', async () => {
  const { logs } = await startHost({ yaml: YAML });
  expect(logs).toContainEqual(
    expect.objectContaining({
      msg: 'unavailable',
      server: 'weather',
      reason: 'missing-variable',
      detail:
        '`auth: entra` cannot be enforced without environment variables: MCP_ENTRA_TENANT_ID, MCP_ENTRA_CLIENT_ID. Fix: set them.',
    }),
  );
});
