// A member that asks for tokens: its own scopes and its own application role hold through the
// combination, for everything that reaches it, in both eras.

import { beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../../config/env.ts';
import { entraClaims } from '../../../../standins/openid-issuer/entra-mode.ts';
import { entraVariables, type Issuers, openIssuers } from '../../authorization/guarded-servers.ts';
import { modernHeaders, modernMessage } from '../../protocol/eras/modern.ts';
import { type OpenStream, openStream } from '../../protocol/eras/stream.ts';
import { openHost, type TestHost } from '../../start-host.ts';
import { ERAS, type Era, listed, moduleOf, send } from './combined-host.ts';

const BASE_URL = 'https://mcp.example.com';

let issuers: Issuers;
let host: TestHost;
beforeAll(async () => {
  issuers = await openIssuers();
  const jwt = `jwt: { issuer: "${issuers.plain.issuer}", audience: desk }`;
  host = await openHost({
    listen: true,
    yaml: `
servers:
  one: ${moduleOf('one', 'auth: anonymous')}
  open1: { module: ../servers/tells-v1.mjs, instance: shared, auth: anonymous }
  vault1: { module: ../servers/tells-v1.mjs, instance: shared, auth: jwt, ${jwt}, scopes: [vault] }
  vault2: { module: ../servers/tells-v2.mjs, instance: shared, auth: jwt, ${jwt}, scopes: [vault] }
  safe: { combine: { open1: {}, vault1: {}, vault2: {} }, auth: jwt, ${jwt}, scopes: [desk], subscriptions: true }
  notes: ${moduleOf('two', `auth: jwt, ${jwt}, scopes: [notes.read, notes.write]`)}
  desk: { combine: { one: {}, notes: {} }, auth: jwt, ${jwt}, scopes: [desk] }
  staff: ${moduleOf('two', 'auth: entra')}
  hidden: ${moduleOf('one', 'auth: entra, path: none')}
  office: { combine: { staff: {}, hidden: {} }, auth: entra }
`,
    environment: readEnvironment({
      MCP_PUBLIC_BASE_URL: BASE_URL,
      ...entraVariables(issuers),
    }),
  });
  return async () => {
    await host.close();
    await issuers.stop();
  };
});

const REQUESTS: readonly [what: string, method: string, params: object][] = [
  ['a tool', 'tools/call', { name: 'notes_who', arguments: {} }],
  ['a prompt', 'prompts/get', { name: 'notes_greet', arguments: { topic: 'x' } }],
  ['a resource', 'resources/read', { uri: 'two://own' }],
  [
    'a completion of a prompt',
    'completion/complete',
    { ref: { type: 'ref/prompt', name: 'notes_greet' }, argument: { name: 'topic', value: 'a' } },
  ],
  [
    'a completion of a template',
    'completion/complete',
    { ref: { type: 'ref/resource', uri: 'two://item/{id}' }, argument: { name: 'id', value: 'a' } },
  ],
];

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

async function withScopes(scope: string, server = 'desk') {
  const claims = { aud: 'desk', sub: 'ada', client_id: 'c', scope };
  return { ...bearer(await issuers.plain.token(claims)), server };
}

async function withEntra(claims: object, server = 'office') {
  return {
    ...bearer(await issuers.entra.token(entraClaims({ azp: 'editor', ...claims }))),
    server,
  };
}

describe.each(ERAS)('%s', (era: Era) => {
  it.each(REQUESTS)('asks for the scopes of the member: %s', async (_, method, params) => {
    const refused = await send(host, era, method, params, await withScopes('desk notes.read'));
    expect(refused).toMatchObject({
      status: 403,
      error: { data: { reason: 'insufficient-scope' } },
    });
    expect(refused.headers['www-authenticate']).toBe(
      `Bearer error="insufficient_scope", resource_metadata="${BASE_URL}/.well-known/oauth-protected-resource/desk/mcp", scope="desk notes.read notes.write"`,
    );
    const served = await send(
      host,
      era,
      method,
      params,
      await withScopes('desk notes.read notes.write'),
    );
    expect(served).toMatchObject({ status: 200, result: expect.anything() });
  });

  it('serves the other members without them', async () => {
    const params = { name: 'one_who', arguments: {} };
    expect(await send(host, era, 'tools/call', params, await withScopes('desk'))).toMatchObject({
      text: 'one',
    });
  });

  it('tells everybody which tools there are, and only those who may read of resources', async () => {
    const names = async (method: string, scope: string) => {
      const { result } = await send(host, era, method, {}, await withScopes(scope));
      const [items] = Object.values(result ?? {}).filter(Array.isArray);
      return (items as { name: string; uri?: string }[]).map(({ name, uri }) => uri ?? name);
    };
    expect(await names('tools/list', 'desk')).toContain('notes_who');
    expect(await names('resources/list', 'desk')).toEqual(['one://own', 'both://same']);
    const all = await names('resources/list', 'desk notes.read notes.write');
    expect(all).toEqual(['one://own', 'both://same', 'two://own']);
  });

  it('still asks for the scopes of the combination', async () => {
    const options = await withScopes('notes.read notes.write');
    expect(await send(host, era, 'tools/list', {}, options)).toMatchObject({ status: 403 });
  });

  it.each([
    ['a person with the scope of the combination', { scp: 'mcp.office' }, 403],
    ['a person with both scopes', { scp: 'mcp.office mcp.staff' }, 200],
    [
      'an application with the role of the combination',
      { scp: undefined, roles: ['mcp.office.app'] },
      403,
    ],
    [
      'an application with both roles',
      { scp: undefined, roles: ['mcp.office.app', 'mcp.staff.app'] },
      200,
    ],
  ])('knows the scope and the role of an entra member: %s', async (_, claims, status) => {
    const params = { name: 'staff_who', arguments: {} };
    const answer = await send(host, era, 'tools/call', params, await withEntra(claims));
    expect(answer.status).toBe(status);
    const scope = `scope="${BASE_URL}/office/mcp/mcp.office ${BASE_URL}/office/mcp/mcp.staff"`;
    if (status === 403) expect(answer.headers['www-authenticate']).toContain(scope);
    else expect(answer.text).toBe('two');
    const hidden = { name: 'hidden_who', arguments: {} };
    const anyway = await send(host, era, 'tools/call', hidden, await withEntra(claims));
    expect(anyway).toMatchObject({ status: 200, text: 'one' });
  });
});

describe.each(['vault1', 'vault2'])('listening to a combination with the member %s', (member) => {
  const CHANGES = [
    { method: 'notifications/resources/list_changed' },
    { method: 'notifications/resources/updated', params: { uri: 'x://secret' } },
    { method: 'notifications/tools/list_changed' },
  ];
  const WANTED = {
    toolsListChanged: true,
    resourcesListChanged: true,
    resourceSubscriptions: ['x://secret', 'x://open'],
  };

  const listen = async (scope: string) => {
    const { headers } = await withScopes(scope);
    const message = modernMessage('subscriptions/listen', { notifications: WANTED });
    const stream = await openStream(`${host.url}/safe/mcp`, message, {
      ...modernHeaders(message),
      ...headers,
    });
    await stream.next();
    return stream;
  };

  /** Has a member send changes, and the member without scopes one more after them. */
  const change = async () => {
    const options = await withScopes('desk vault', 'safe');
    const tell = async (name: string, notifications: object[]) => {
      const params = { name: `${name}_tell`, arguments: { notifications } };
      const answer = await send(host, 'modern', 'tools/call', params, options);
      expect(answer.text).toBe('tell');
    };
    await tell(member, CHANGES);
    const params = { uri: 'x://open' };
    await tell('open1', [{ method: 'notifications/resources/updated', params }]);
  };

  const hear = async (stream: OpenStream, count: number) => {
    const heard: string[] = [];
    while (heard.length < count) {
      const { method, params } = (await stream.next()) ?? {};
      heard.push(`${method} ${params?.uri ?? ''}`.replace('notifications/', '').trim());
    }
    stream.leave();
    return heard;
  };

  it('tells of its resources only those who may list them', async () => {
    const [without, withScope] = [await listen('desk'), await listen('desk vault')];
    await change();
    expect(await hear(without, 2)).toEqual(['tools/list_changed', 'resources/updated x://open']);
    expect(await hear(withScope, 4)).toEqual([
      'resources/list_changed',
      'resources/updated x://secret',
      'tools/list_changed',
      'resources/updated x://open',
    ]);
  });
});

it('has a metadata document for the combination, and none for a member without a path', async () => {
  const document = async (path: string) =>
    (await fetch(`${host.url}/.well-known/oauth-protected-resource${path}`)).status;
  expect(await document('/office/mcp')).toBe(200);
  expect(await document('/hidden/mcp')).toBe(404);
  expect(await document('none')).toBe(404);
});

it('does not serve a combination whose tokens cannot be checked', async () => {
  const unchecked = await openHost({
    listen: true,
    yaml: `
servers:
  one: ${moduleOf('one', 'auth: anonymous')}
  desk: { combine: { one: {} }, auth: entra }
`,
  });
  try {
    expect((await send(unchecked, 'legacy', 'tools/list')).status).toBe(503);
    expect(unchecked.logs).toContainEqual(
      expect.objectContaining({ server: 'desk', reason: 'missing-variable' }),
    );
    await expect(listed(unchecked, 'legacy', 'tools/list')).rejects.toThrow();
  } finally {
    await unchecked.close();
  }
});
