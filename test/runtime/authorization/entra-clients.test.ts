// Every client of docs/authorization.md signs in at the loopback issuer, whose apps are those of
// the template, or is refused for the reason that the page gives. This says what our model of Entra
// does, and nothing about a tenant.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../config/env.ts';
import { APP_ID, TENANT_ID } from '../../../standins/openid-issuer/entra-apps.ts';
import {
  ENTRA_CLIENTS,
  type EntraClient,
  VS_CODE_APP,
} from '../../../standins/openid-issuer/entra-clients.ts';
import type { Person, Variant } from '../../../standins/openid-issuer/entra-directory.ts';
import { entra } from '../../../standins/openid-issuer/entra-mode.ts';
import { signInAs } from '../../../standins/openid-issuer/entra-sign-in.ts';
import { type OpenIdIssuer, openIssuer } from '../../../standins/openid-issuer/openid-issuer.ts';
import { tableRows } from '../../docs/markdown.ts';
import { appsOfCase } from '../../infra/registered-apps.ts';
import { call, JSON_HEADERS } from '../mount/http/mounts.ts';
import { openHost, type TestHost } from '../start-host.ts';

const BASE_URL = 'https://func-abcdefgh23456.azurewebsites.net';
const TARGET = { address: `${BASE_URL}/notes/mcp`, scope: 'mcp.notes' };
const page = 'docs/authorization.md';

/** A directory, and a host that takes its tokens. */
interface World {
  readonly issuer: OpenIdIssuer;
  readonly host: TestHost;
}

const CONSENTING: Person = { mayConsent: true, isAssigned: true };
const PLAIN_PERSON: Person = { mayConsent: false, isAssigned: true };
const STRICT: Variant = { strictScopes: true, refreshNeedsScope: true };
/** With the defaults, and with every client chosen. */
const CASES = { defaults: 'entra-changes', all: 'entra-clients' } as const;

const worlds: World[] = [];
async function open(name: string, person = CONSENTING, variant: Variant = {}): Promise<World> {
  const issuer = await openIssuer(entra([...appsOfCase(name), VS_CODE_APP], person, variant));
  const host = await openHost({
    yaml: 'servers: { notes: { module: ./kernel-v1.mjs, auth: entra } }',
    environment: readEnvironment({
      AZURE_AUTHORITY_HOST: issuer.url,
      MCP_ENTRA_TENANT_ID: TENANT_ID,
      MCP_ENTRA_CLIENT_ID: APP_ID,
      MCP_PUBLIC_BASE_URL: BASE_URL,
    }),
  });
  const world = { issuer, host };
  worlds.push(world);
  return world;
}

/** What becomes of a sign-in; every token that it brings must open the server. */
async function outcomeOf(client: EntraClient, { issuer, host }: World): Promise<string> {
  const { tokens, refusal } = await signInAs(client, issuer, TARGET);
  for (const token of tokens) {
    const answer = await host.app.inject({
      method: 'POST',
      url: '/notes/mcp',
      headers: { ...JSON_HEADERS, authorization: `Bearer ${token}` },
      payload: call('echo', { text: 'x' }),
    });
    expect(answer.statusCode).toBe(200);
  }
  return refusal ?? (tokens.length > 1 ? 'signs in, refreshes' : 'signs in');
}

let byCase: Record<'defaults' | 'all', Record<'asIs' | 'strict' | 'plainPerson', World>>;
beforeAll(async () => {
  const worldsOf = async (name: string) => ({
    asIs: await open(name),
    strict: await open(name, CONSENTING, STRICT),
    plainPerson: await open(name, PLAIN_PERSON),
  });
  byCase = { defaults: await worldsOf(CASES.defaults), all: await worldsOf(CASES.all) };
});
afterAll(async () => {
  for (const { host, issuer } of worlds) {
    await host.close();
    await issuer.stop();
  }
});

/** The cell of the table. */
async function modelOf(client: EntraClient): Promise<string> {
  const { needs } = client;
  const own = byCase[needs ? 'all' : 'defaults'];
  const asIs = await outcomeOf(client, own.asIs);
  const strict = await outcomeOf(client, own.strict);
  const plainPerson = await outcomeOf(client, own.plainPerson);
  const setting = needs === 'ENTRA_REDIRECT_URIS' ? needs : `ENTRA_CLIENTS ${needs}`;
  const first = needs ? [await outcomeOf(client, byCase.defaults.asIs)] : [];
  return [
    ...first,
    needs ? `with ${setting}: ${asIs}` : asIs,
    ...(strict === asIs ? [] : [`strict: ${strict}`]),
    ...(plainPerson === asIs ? [] : [`without the right to consent: ${plainPerson}`]),
  ].join('; ');
}

const rows = tableRows(page, 'client');

describe('the model of Entra', () => {
  it.each(ENTRA_CLIENTS.map((client, index) => ({ ...client, index })))(
    '$client does what the table says',
    async (client) => {
      const [name, requests, model, tenant] = rows[client.index] ?? [];
      expect([name, requests, model]).toEqual([
        client.client,
        client.requests,
        await modelOf(client),
      ]);
      expect(tenant).toMatch(/\S/);
    },
  );

  it('has a row for each client, and no more', () => {
    expect(rows.map(([name]) => name)).toEqual(ENTRA_CLIENTS.map(({ client }) => client));
  });
});
