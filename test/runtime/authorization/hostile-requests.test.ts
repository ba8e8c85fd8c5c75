// Requests around the token check: what comes before it, what needs no token, and what must not get
// by.

import { beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../config/env.ts';
import { PLAIN } from '../../../standins/openid-issuer/modes.ts';
import { type OpenIdIssuer, openIssuer } from '../../../standins/openid-issuer/openid-issuer.ts';
import { call, JSON_HEADERS } from '../mount/http/mounts.ts';
import { openSocket, postBytes } from '../mount/http/raw-socket.ts';
import { expectNotReached, expectRefusal } from '../mount/http/refusal.ts';
import { openHost, type TestHost } from '../start-host.ts';

const ORIGIN = 'https://app.example';

let issuer: OpenIdIssuer;
let host: TestHost;
let good: string;
beforeAll(async () => {
  issuer = await openIssuer(PLAIN);
  host = await openHost({
    yaml: `
servers:
  notes:
    module: ./kernel-v2.mjs
    auth: jwt
    jwt: { issuer: "${issuer.issuer}", audience: notes }
    allowedOrigins: ["${ORIGIN}"]
  broken: { module: ./no-such-file.mjs, auth: jwt, jwt: { issuer: "${issuer.issuer}", audience: notes } }
`,
    environment: readEnvironment({ PORT: '0' }),
    listen: true,
  });
  good = await issuer.token({ aud: 'notes', sub: 'ada' });
  return async () => {
    await host.close();
    await issuer.stop();
  };
});

const BODY = JSON.stringify(call('echo', { text: 'x' }));

function post(path: string, headers: Record<string, string> = {}, payload = BODY) {
  const request = { method: 'POST', headers: { ...JSON_HEADERS, ...headers }, payload } as const;
  return host.app.inject({ ...request, url: path });
}

describe('a token is not found', () => {
  it.each([
    ['in the query', `?access_token=TOKEN`, {}],
    ['in another header', '', { 'x-authorization': 'Bearer TOKEN' }],
    ['in a cookie', '', { cookie: 'access_token=TOKEN' }],
    ['in a header of App Service', '', { 'x-ms-token-aad-access-token': 'TOKEN' }],
    ['in the name of a principal', '', { 'x-ms-client-principal-id': 'ada' }],
    ['in a function key', '', { 'x-functions-key': 'TOKEN' }],
  ])('%s', async (_what, query, headers) => {
    const filled = Object.entries(headers).map(([name, value]) => [
      name,
      value.replace('TOKEN', good),
    ]);
    const path = `/notes/mcp${query.replace('TOKEN', good)}`;
    const answer = await expectNotReached(() => post(path, Object.fromEntries(filled)));
    expectRefusal(answer, { status: 401, reason: 'token-required' });
    expect(JSON.stringify(answer.headers)).not.toContain(good);
  });

  it('in a body', async () => {
    const payload = JSON.stringify({ ...call('echo', { text: 'x' }), access_token: good });
    expectRefusal(await post('/notes/mcp', {}, payload), { status: 401, reason: 'token-required' });
  });
});

it.each([
  ['twice the same', (token: string) => [`Bearer ${token}`, `Bearer ${token}`]],
  ['a good one first', (token: string) => [`Bearer ${token}`, 'Bearer x']],
  ['a good one last', (token: string) => ['Basic YTpi', `Bearer ${token}`]],
])('Authorization that comes twice is refused: %s', async (_what, values) => {
  const lines = values(good).map((value) => `Authorization: ${value}\r\n`);
  const bytes = postBytes('/notes/mcp', BODY).replace('\r\n', `\r\n${lines.join('')}`);
  const [answer] = await expectNotReached(() => openSocket(host.url, bytes).answers(1));
  expectRefusal(answer as never, { status: 400, reason: 'bad-headers' });
});

it.each(['/notes/mcp', '/notes/mcp/', '/notes/mcp?x=1', '/notes/mcp/?x', '/notes/mcp?'])(
  'every spelling that is served is guarded: %s',
  async (path) => {
    const answer = await expectNotReached(() => post(path));
    expectRefusal(answer, { status: 401, reason: 'token-required' });
    expect((await post(path, { authorization: `Bearer ${good}` })).statusCode).toBe(200);
  },
);

it.each(['/NOTES/mcp', '/notes//mcp', '/%6eotes/mcp', '/notes/mcp%2f', '/notes/mcp;x'])(
  'no other spelling is served: %s',
  async (path) => {
    const answer = await post(path, { authorization: `Bearer ${good}` });
    expectRefusal(answer, { status: 404, reason: 'not-found' });
  },
);

it('messages of every kind are guarded', async () => {
  const bodies = [
    { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} },
    { jsonrpc: '2.0', method: 'notifications/initialized' },
    { jsonrpc: '2.0', id: 'x', result: {} },
    { jsonrpc: '2.0', id: 1, method: 'ping' },
    [call('echo', { text: 'x' })],
    {},
  ];
  for (const body of bodies) {
    const answer = await expectNotReached(() => post('/notes/mcp', {}, JSON.stringify(body)));
    expectRefusal(answer, { status: 401, reason: 'token-required' });
  }
  expectRefusal(await post('/notes/mcp', {}, '{'), { status: 401, reason: 'token-required' });
});

it('a server that cannot be loaded says so only to who may call it', async () => {
  expectRefusal(await post('/broken/mcp'), { status: 401, reason: 'token-required' });
  const answer = await post('/broken/mcp', { authorization: `Bearer ${good}` });
  expectRefusal(answer, { status: 503, reason: 'unavailable', id: 1 });
});

describe('a page of an allowed origin', () => {
  const headers = { origin: ORIGIN, host: 'localhost' };

  it('may ask before it sends, without a token', async () => {
    const answer = await host.app.inject({ method: 'OPTIONS', url: '/notes/mcp', headers });
    expect(answer.statusCode).toBe(204);
    expect(answer.headers['access-control-allow-headers']).toContain('Authorization');
  });

  it('can read the challenge', async () => {
    const answer = await post('/notes/mcp', { origin: ORIGIN });
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-expose-headers': expect.stringContaining('WWW-Authenticate'),
      'www-authenticate': expect.stringContaining('resource_metadata='),
    });
  });

  it('of another one is refused before its token is looked at', async () => {
    const answer = await post('/notes/mcp', { origin: 'https://evil.example' });
    expectRefusal(answer, { status: 403, reason: 'forbidden-origin' });
    expect(answer.headers).not.toHaveProperty('www-authenticate');
  });
});

it.each(['GET', 'DELETE', 'PUT'] as const)('%s needs no token to be refused', async (method) => {
  const answer = await host.app.inject({
    method,
    url: '/notes/mcp',
    headers: { host: 'localhost' },
  });
  expectRefusal(answer, { status: 405, reason: 'method-not-allowed' });
});

it('a token that is too long for a header is refused as such', async () => {
  const bytes = postBytes('/notes/mcp', BODY).replace(
    '\r\n',
    `\r\nAuthorization: Bearer ${'x'.repeat(20_000)}\r\n`,
  );
  const [answer] = await openSocket(host.url, bytes).answers(1);
  expectRefusal(answer as never, { status: 431, reason: 'headers-too-large' });
});

it('what a token says in its head reaches the log bounded, and nobody else', async () => {
  const head = { alg: 'RS256', crit: ['cAnArY-5e1f'], 'cAnArY-5e1f': 'x\u202e' };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = `${part(head)}.${part({})}.x`;
  const answer = await post('/notes/mcp', { authorization: `Bearer ${token}` });
  expectRefusal(answer, { status: 401, reason: 'invalid-token' });
  expect(String(host.logs.at(-1)?.detail).length).toBeLessThanOrEqual(128);
});
