// The rules of the loopback issuer's Entra, one by one: what it registers, where it sends a
// browser, what it refuses. They follow Microsoft's pages; where those say nothing,
// docs/authorization.md says so.

import { afterEach, describe, expect, it } from 'vitest';
import {
  APP_ID,
  appsOf,
  CLIENTS_APP_ID,
  type EntraApp,
  platformOf,
  register,
} from './entra-apps.ts';
import type { Person, Variant } from './entra-directory.ts';
import { entra } from './entra-mode.ts';
import { type OpenIdIssuer, openIssuer } from './openid-issuer.ts';

const API = 'api://00000000-0000-0000-0000-000000000002/mcp';
const HOME = 'https://mcp.example.com';

/** What a template registers for servers with these addresses and scopes, and for their clients. */
function registered(
  addresses: readonly string[],
  scopes: Readonly<Record<string, { isEnabled: boolean }>>,
): EntraApp[] {
  const ids = Object.keys(scopes).map((value) => `id-of-${value}`);
  return appsOf([
    {
      publicClient: {
        redirectUris: [
          'http://localhost/callback',
          'http://127.0.0.1/',
          'https://vscode.dev/redirect',
        ],
      },
    },
    {
      identifierUris: [API, ...addresses],
      api: {
        requestedAccessTokenVersion: 2,
        oauth2PermissionScopes: Object.entries(scopes).map(([value, { isEnabled }]) => ({
          id: `id-of-${value}`,
          value,
          isEnabled,
        })),
        preAuthorizedApplications: [
          { appId: "[reference('clientsApp').appId]", delegatedPermissionIds: ids },
        ],
      },
    },
  ]);
}

const ENABLED = { isEnabled: true };
const apps = registered([`${HOME}/notes/mcp`], {
  'mcp.notes': ENABLED,
  'mcp.gone': { isEnabled: false },
});
const [clients, servers] = apps as [EntraApp, EntraApp];
const [, ADDRESS = ''] = servers.identifierUris;
const SCOPE = `${ADDRESS}/mcp.notes`;
const REDIRECT = 'http://localhost:40123/callback';
/** Of the verifier `verifier`. */
const CHALLENGE = 'iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ';

const issuers: OpenIdIssuer[] = [];
afterEach(async () => {
  for (const issuer of issuers.splice(0)) await issuer.stop();
});

interface World {
  readonly apps?: readonly EntraApp[];
  readonly person?: Person;
  readonly variant?: Variant;
}

async function open({ apps: own = apps, person, variant }: World = {}) {
  const issuer = await openIssuer(entra(own, person, variant));
  issuers.push(issuer);
  const base = issuer.issuer.replace('/v2.0', '');
  return {
    issuer,
    authorize(changes: Record<string, string | undefined> = {}) {
      const members = {
        response_type: 'code',
        client_id: CLIENTS_APP_ID,
        redirect_uri: REDIRECT,
        scope: `${SCOPE} offline_access`,
        resource: ADDRESS,
        state: 'the-state',
        code_challenge: CHALLENGE,
        code_challenge_method: 'S256',
        ...changes,
      };
      const query = new URLSearchParams(JSON.parse(JSON.stringify(members)));
      return fetch(`${base}/oauth2/v2.0/authorize?${query}`, { redirect: 'manual' });
    },
    async token(members: Record<string, string>, headers: Record<string, string> = {}) {
      const body = new URLSearchParams({ client_id: CLIENTS_APP_ID, ...members });
      const answer = await fetch(`${base}/oauth2/v2.0/token`, { method: 'POST', body, headers });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    },
  };
}

type Entra = Awaited<ReturnType<typeof open>>;

/** Where the browser was sent. */
const backOf = (answer: Response) =>
  new URL(answer.headers.get('location') ?? 'none:').searchParams;

async function codeFrom(directory: Entra, changes = {}): Promise<Record<string, string>> {
  const code = backOf(await directory.authorize(changes)).get('code') ?? 'none';
  return {
    grant_type: 'authorization_code',
    code,
    code_verifier: 'verifier',
    redirect_uri: REDIRECT,
    ...changes,
  };
}

const codesOf = (body: Record<string, unknown>) => body.error_codes;

describe('a registration', () => {
  it('without addresses is taken in every directory', () => {
    const own = registered([], { 'mcp.notes': ENABLED });
    expect(() => register(own, { verifiedUrisOnly: true })).not.toThrow();
  });

  it.each<[string, EntraApp[], RegExp, boolean]>([
    ['an app that issues old tokens', [{ ...servers, tokenVersion: 1 }], /verified domain/, false],
    ['a slash at the end', [{ ...servers, identifierUris: [`${ADDRESS}/`] }], /Invalid/, false],
    ['one address twice', [servers, servers], /already exists/, false],
    ['addresses, by policy of the directory', [servers], /All newly added URIs/, true],
  ])('is refused for %s', (_, own, text, verifiedUrisOnly) => {
    expect(() => register(own, { verifiedUrisOnly })).toThrow(text);
  });

  it.each([
    ['http://localhost/callback', 'public'],
    ['http://localhost:1/callback', 'public'],
    ['http://127.0.0.1:33418/', 'public'],
    ['http://localhost:1/Callback', undefined],
    ['http://127.0.0.1:1/callback', undefined],
    ['http://[::1]:1/callback', undefined],
    ['https://vscode.dev:8443/redirect', undefined],
    ['http://localhost:1/callback/', undefined],
  ])('has the redirect URI %s: %s', (uri, platform) => {
    expect(platformOf(clients, uri)).toBe(platform);
  });
});

it('the issuer describes itself in one place, with offline_access and without PKCE methods', async () => {
  const { issuer } = await open();
  const document = await fetch(`${issuer.issuer}/.well-known/openid-configuration`);
  const found = (await document.json()) as { scopes_supported: string[] };
  expect(found.scopes_supported).toContain('offline_access');
  expect(found).not.toHaveProperty('code_challenge_methods_supported');
  expect(found).not.toHaveProperty('registration_endpoint');
  const { pathname } = new URL(issuer.issuer);
  for (const path of ['oauth-authorization-server', 'openid-configuration']) {
    const answer = await fetch(`${issuer.url}/.well-known/${path}${pathname}`);
    expect(answer.status).toBe(404);
  }
});

describe('a request to sign in', () => {
  it('leads back with code and state', async () => {
    const back = backOf(await (await open()).authorize());
    expect([...back.keys()].toSorted()).toEqual(['code', 'state']);
    expect(back.get('state')).toBe('the-state');
  });

  it.each([
    [700016, { client_id: '99999999-9999-4999-8999-999999999999' }],
    [50011, { redirect_uri: 'https://evil.example/callback' }],
    [50011, { client_id: APP_ID }],
  ])('is a page with %i, and leads nowhere, for %j', async (code, changes) => {
    const answer = await (await open()).authorize(changes);
    expect([answer.status, answer.headers.get('location')]).toEqual([200, null]);
    expect(await answer.text()).toContain(`"sErrorCode":"${code}"`);
  });

  it.each<[number, Record<string, string | undefined>]>([
    [900144, { scope: undefined }],
    [9010010, { scope: 'mcp.notes' }],
    [650053, { scope: 'mcp.notes', resource: undefined }],
    [9010010, { scope: 'openid offline_access' }],
    [9010010, { resource: `${ADDRESS}/` }],
    [9010010, { resource: ADDRESS.toUpperCase() }],
    [9010010, { resource: 'https://other.example/mcp' }],
    [9010010, { scope: 'https://other.example/mcp/mcp.notes' }],
    [500011, { scope: 'https://other.example/mcp/mcp.notes', resource: undefined }],
    [650053, { scope: `${ADDRESS}/mcp.unknown` }],
    [650053, { scope: `${ADDRESS}/mcp.gone` }],
    [700022, { scope: `${SCOPE} ${CLIENTS_APP_ID}/x` }],
  ])('leads back with %i, state and a link for %j', async (code, changes) => {
    const back = backOf(await (await open()).authorize(changes));
    expect(back.get('error_description')).toMatch(new RegExp(`^AADSTS${code}: `));
    expect(back.get('state')).toBe('the-state');
    expect(back.get('error_uri')).toBe(`https://login.microsoftonline.com/error?code=${code}`);
  });

  it.each([
    ['the client id', `${APP_ID}/mcp.notes`],
    ['another URI of the app', `${servers.identifierUris[0]}/mcp.notes`],
  ])(
    'below %s is taken by one reading of the pages, and refused by the other',
    async (_, scope) => {
      expect(backOf(await (await open()).authorize({ scope })).has('code')).toBe(true);
      const strict = await open({ variant: { strictScopes: true } });
      const back = backOf(await strict.authorize({ scope }));
      expect(back.get('error_description')).toContain('AADSTS9010010');
      expect(backOf(await strict.authorize({ scope, resource: undefined })).has('code')).toBe(true);
    },
  );

  const alone: Person = { mayConsent: false, isAssigned: true };
  const notOurs = [servers, { ...clients, appId: '88888888-8888-4888-8888-888888888888' }];
  it.each<[string, number | undefined, World, Record<string, string>]>([
    ['may not consent, and needs not', undefined, { person: alone }, {}],
    ['may not consent, and is asked', 90094, { person: alone }, { prompt: 'consent' }],
    [
      'may not consent to a client that is not pre-authorized',
      65001,
      { person: alone, apps: notOurs },
      { client_id: '88888888-8888-4888-8888-888888888888' },
    ],
    ['is not assigned', 50105, { person: { mayConsent: true, isAssigned: false } }, {}],
  ])('of a person who %s: %s', async (_, code, world, changes) => {
    const back = backOf(await (await open(world)).authorize(changes));
    expect(/AADSTS(\d+)/.exec(back.get('error_description') ?? '')?.[1]).toBe(code && String(code));
    expect(back.has('code')).toBe(code === undefined);
  });
});

describe('a request for a token', () => {
  const on = (platform: 'web' | 'spa') => [
    servers,
    { ...clients, redirects: { public: [], web: [], spa: [], [platform]: [REDIRECT] } },
  ];

  it('brings the short scope, the client id as audience, and a refresh token for offline_access only', async () => {
    const directory = await open();
    const { body } = await directory.token(await codeFrom(directory));
    const [, payload = ''] = String(body.access_token).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    expect(claims).toMatchObject({
      aud: APP_ID,
      azp: CLIENTS_APP_ID,
      scp: 'mcp.notes',
      ver: '2.0',
    });
    expect(body).toHaveProperty('refresh_token');
    const form = await codeFrom(directory, { scope: SCOPE });
    expect((await directory.token(form)).body).not.toHaveProperty('refresh_token');
  });

  it.each<[string, number | undefined, World, Record<string, string>, Record<string, string>]>([
    ['public, with a secret', 700025, {}, { client_secret: 'x' }, {}],
    ['web, without a secret', 7000218, { apps: on('web') }, {}, {}],
    ['web, with a secret', undefined, { apps: on('web') }, { client_secret: 'x' }, {}],
    ['a page, without Origin', 9002327, { apps: on('spa') }, {}, {}],
    ['a page, with Origin', undefined, { apps: on('spa') }, {}, { origin: 'https://a.example' }],
    ['another resource', 9010010, {}, { resource: 'https://other.example' }, {}],
  ])('depends on the platform: %s', async (_, code, world, members, headers) => {
    const directory = await open(world);
    const { status, body } = await directory.token(
      { ...(await codeFrom(directory)), ...members },
      headers,
    );
    expect([status, codesOf(body)]).toEqual(code ? [400, [code]] : [200, undefined]);
    if (code) expect(Object.keys(body)).toEqual(expect.arrayContaining(['suberror', 'trace_id']));
  });

  const sameApp = [{ ...servers, redirects: clients.redirects }];
  it.each<[string, number | undefined, World, Record<string, string>]>([
    ['with scope and resource', undefined, {}, { scope: SCOPE, resource: ADDRESS }],
    ['without scope', undefined, {}, { resource: ADDRESS }],
    [
      'without scope, by the other reading',
      9010010,
      { variant: { refreshNeedsScope: true } },
      { resource: ADDRESS },
    ],
    [
      'with a resource that does not fit',
      9010010,
      {},
      { scope: SCOPE, resource: 'https://o.example' },
    ],
    ['of one app for both, without scope', 90009, { apps: sameApp }, {}],
    ['of one app for both, below the address', 90009, { apps: sameApp }, { scope: SCOPE }],
    [
      'of one app for both, below its id',
      undefined,
      { apps: sameApp },
      { scope: `${APP_ID}/mcp.notes` },
    ],
  ])('refreshes %s: %s', async (_, code, world, members) => {
    const directory = await open(world);
    const client_id = world.apps === sameApp ? APP_ID : CLIENTS_APP_ID;
    const { body: first } = await directory.token(await codeFrom(directory, { client_id }));
    const { body } = await directory.token({
      client_id,
      grant_type: 'refresh_token',
      refresh_token: String(first.refresh_token),
      ...members,
    });
    expect(codesOf(body)).toEqual(code && [code]);
    expect('access_token' in body).toBe(code === undefined);
  });
});

it('asks for more scopes of one server in one request (step-up)', async () => {
  const tasks = `${HOME}/team/tasks`;
  const every = registered([`${HOME}/notes/mcp`, tasks], {
    'mcp.notes': ENABLED,
    'tasks.read': ENABLED,
    'tasks.write': ENABLED,
  });
  const directory = await open({ apps: every });
  const form = await codeFrom(directory, {
    scope: `${tasks}/tasks.read ${tasks}/tasks.write offline_access`,
    resource: tasks,
    prompt: 'consent',
  });
  const { body } = await directory.token(form);
  expect(body.scope).toContain('tasks.write');
});

it('without addresses, a client that sends `resource` is refused, and one that sends none is not', async () => {
  const directory = await open({ apps: registered([], { 'mcp.notes': ENABLED }) });
  const request = { redirect_uri: 'http://127.0.0.1:1/', scope: `${APP_ID}/mcp.notes` };
  const sent = backOf(await directory.authorize(request));
  expect(sent.get('error_description')).toContain('AADSTS9010010');
  const left = backOf(await directory.authorize({ ...request, resource: undefined }));
  expect(left.has('code')).toBe(true);
});
