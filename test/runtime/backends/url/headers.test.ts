// Which headers an upstream gets: those the host makes and those of the entry, and none of the
// caller's.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { post } from '../../post.ts';
import { callModern, modernHeaders, modernMessage } from '../../protocol/eras/modern.ts';
import { shakeHands } from '../../protocol/questions/asking.ts';
import { hostOf, KINDS, serve, startUpstream } from './upstreams.ts';

const OF_CALLER = {
  authorization: 'Bearer callers-token',
  cookie: 'session=callers-cookie',
  'x-functions-key': 'callers-key',
  'x-ms-client-principal': 'callers-principal',
  'x-api-key': 'callers-api-key',
  'x-github-token': 'callers-github',
  'user-agent': 'callers-agent',
  'accept-language': 'callers-language',
  'x-forwarded-for': '198.51.100.7',
  'x-custom': 'callers-custom',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'callers=state',
  baggage: 'callers=baggage',
};

const MADE = new Set([
  'host',
  'connection',
  'content-length',
  'content-type',
  'accept',
  'mcp-protocol-version',
  'mcp-method',
  'mcp-name',
  'mcp-session-id',
  'x-up',
]);

const echo = (text: string) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'echo', arguments: { text } },
});

it.each(KINDS)('nothing of a caller reaches %s', async (kind) => {
  const upstream = await startUpstream(kind);
  const { url } = await hostOf(upstream, 'headers: { X-Up: "entry" }');
  const target = `${url}/up/mcp?code=callers-code&toolsets=callers-query`;
  const headers = await shakeHands(target, {}, OF_CALLER);
  expect((await post(target, echo('legacy'), headers)).text).toBe('legacy');
  const modern = { headers: OF_CALLER };
  expect((await callModern(target, 'echo', { text: 'modern' }, modern)).text).toBe('modern');
  expect(upstream.of('tools/call')).toHaveLength(2);
  for (const { headers: got, rawHeaders, path } of upstream.received) {
    expect(Object.keys(got).filter((name) => !MADE.has(name))).toEqual([]);
    expect(rawHeaders.join(' ')).not.toMatch(/callers|0af7651916cd43dd|198\.51/);
    expect(got['x-up']).toBe('entry');
    expect(got.host).toBe(`127.0.0.1:${upstream.port}`);
    expect(path).toBe('/mcp');
  }
});

it('a modern upstream gets the headers that repeat the body, under its own names', async () => {
  const upstream = await startUpstream('v2');
  const { url } = await hostOf(upstream, 'tools: { override: { marked: { name: published } } }');
  const args = { city: 'Zürich\r\nx-evil: 1', days: 3 };
  const message = modernMessage('tools/call', { name: 'published', arguments: args });
  const encoded = (value: string) => `=?base64?${Buffer.from(value).toString('base64')}?=`;
  const own = { 'mcp-param-city': encoded(args.city), 'mcp-param-days': '3' };
  const modern = await post(`${url}/up/mcp`, message, modernHeaders(message, own));
  expect(JSON.parse(modern.text ?? '')).toEqual(args);
  // A client of the 2025 era sends none of them.
  const legacy = { ...echo(''), params: { name: 'published', arguments: args } };
  expect(JSON.parse((await post(`${url}/up/mcp`, legacy)).text ?? '')).toEqual(args);
  for (const { headers } of upstream.of('tools/call')) {
    expect(headers).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'marked',
      ...own,
    });
    expect(headers['x-evil']).toBeUndefined();
  }
});

it('the query of the entry is sent, and its references are filled in', async () => {
  const upstream = await startUpstream('v1 stateless');
  vi.stubEnv('UP_SECRET', 'from-environment');
  onTestFinished(() => void vi.unstubAllEnvs());
  const settings = 'headers: { Authorization: "Bearer ${UP_SECRET}", x-other: "${UP_NONE:-none}" }';
  const { url, lines } = await hostOf({ url: `${upstream.url}?tenant=7` }, settings);
  await post(`${url}/up/mcp`, echo('x'));
  for (const { path, headers } of upstream.received) {
    expect(path).toBe('/mcp?tenant=7');
    expect(headers).toMatchObject({ authorization: 'Bearer from-environment', 'x-other': 'none' });
  }
  expect(lines.join('')).not.toContain('from-environment');
});

/** App Service's own endpoint, which gives out numbered tokens. */
async function identityEndpoint(lifeSeconds = 3_600, status = 200) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.headers['x-identity-header']} ${request.url}`);
    const expiresOn = String(Math.floor(Date.now() / 1000) + lifeSeconds);
    const body = { access_token: `token-${asked.length}`, expires_on: expiresOn };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const identity = {
    endpoint: `http://127.0.0.1:${port}/msi/token`,
    header: 'identity-secret',
    clientId: 'client-1',
  };
  return { asked, environment: { identity } };
}

const AS_APP = 'upstreamAuth: { as: app, audience: "api://crm" }';

it('upstreamAuth sends a token of the app, fetched once', async () => {
  const upstream = await startUpstream('v1 stateful');
  const { asked, environment } = await identityEndpoint();
  const { url, lines } = await hostOf(upstream, AS_APP, environment);
  await Promise.all(Array.from({ length: 4 }, () => post(`${url}/up/mcp`, echo('x'))));
  expect(asked).toEqual([
    'identity-secret /msi/token?api-version=2019-08-01&resource=api%3A%2F%2Fcrm&client_id=client-1',
  ]);
  for (const { headers } of upstream.received) expect(headers.authorization).toBe('Bearer token-1');
  expect(lines.join('')).not.toMatch(/token-1|identity-secret/);
});

it('upstreamAuth fetches a token that is about to expire again', async () => {
  const upstream = await startUpstream('v1 stateless');
  const { environment } = await identityEndpoint(10);
  const { url } = await hostOf(upstream, AS_APP, environment);
  await post(`${url}/up/mcp`, echo('1'));
  await post(`${url}/up/mcp`, echo('2'));
  const tokens = upstream.of('tools/call').map(({ headers }) => headers.authorization);
  expect(new Set(tokens).size).toBe(2);
});

it('without a token nothing is sent, and the caller may try again', async () => {
  const upstream = await startUpstream('v1 stateless');
  const { environment } = await identityEndpoint(3_600, 500);
  const { url, servers } = await hostOf(upstream, AS_APP, environment);
  const { status, error } = await post(`${url}/up/mcp`, echo('x'));
  expect([status, error?.data?.reason]).toEqual([503, 'unavailable']);
  expect(servers[0]?.state).toMatchObject({ is: 'unavailable', word: 'upstream-token' });
  expect(upstream.received).toHaveLength(0);
});

it('a token that cannot be renewed is 503 upstream-token', async () => {
  const upstream = await startUpstream('v1 stateless');
  const { environment } = await identityEndpoint(10);
  const { url } = await hostOf(upstream, AS_APP, environment);
  expect((await post(`${url}/up/mcp`, echo('x'))).status).toBe(200);
  vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('down'));
  onTestFinished(() => void vi.restoreAllMocks());
  const { status, error, headers } = await post(`${url}/up/mcp`, echo('x'));
  expect([status, error?.data?.reason]).toEqual([503, 'upstream-token']);
  expect(headers['retry-after']).toBe('5');
});

/** A proxy that refuses to connect anybody, and counts who asks. */
async function proxyServer() {
  const asked: string[] = [];
  const server = createServer();
  server.on('connect', (request, socket) => {
    asked.push(String(request.url));
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const proxy = `http://127.0.0.1:${port}`;
  return { asked, environment: { proxy: { httpProxy: proxy, httpsProxy: proxy, noProxy: '' } } };
}

it('proxy variables are heeded with proxy: true only', async () => {
  const upstream = await startUpstream('v1 stateless');
  const { asked, environment } = await proxyServer();
  const direct = await hostOf(upstream, '', environment);
  expect((await post(`${direct.url}/up/mcp`, echo('x'))).text).toBe('x');
  expect(asked).toEqual([]);
  const proxied = await hostOf(upstream, 'proxy: true', environment);
  expect((await post(`${proxied.url}/up/mcp`, echo('x'))).status).toBe(503);
  expect(proxied.servers[0]?.state).toMatchObject({ is: 'unavailable', word: 'unreachable' });
  expect(new Set(asked)).toEqual(new Set([`127.0.0.1:${upstream.port}`]));
});

it('NO_PROXY is heeded, and nothing of the process but what the environment says', async () => {
  const upstream = await startUpstream('v1 stateless');
  const { asked, environment } = await proxyServer();
  const { proxy } = environment;
  const excepted = { proxy: { ...proxy, noProxy: '127.0.0.1' } };
  const { url } = await hostOf(upstream, 'proxy: true', excepted);
  expect((await post(`${url}/up/mcp`, echo('x'))).text).toBe('x');
  vi.stubEnv('HTTP_PROXY', proxy.httpProxy);
  onTestFinished(() => void vi.unstubAllEnvs());
  const none = { proxy: { httpProxy: '', httpsProxy: '', noProxy: '' } };
  const other = await hostOf(upstream, 'proxy: true', none);
  expect((await post(`${other.url}/up/mcp`, echo('x'))).text).toBe('x');
  expect(asked).toEqual([]);
});

it('a header that the host makes itself cannot be written in the entry', async () => {
  const upstream = await serve((_, response) => response.end());
  await expect(hostOf(upstream, 'headers: { Mcp-Session-Id: "x" }')).rejects.toThrow(
    /does not set itself/,
  );
});
