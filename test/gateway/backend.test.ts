// What reaches the backend, and what of its answers comes back: headers, all statuses, streams,
// silence, departures, limits. The backend is one that tells what it got and answers as it is told.
// Stand-in only.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HostError } from '../../runtime/exchange/refusals.ts';
import { openAnswer, send } from '../../standins/functions-host/fixtures/client.ts';
import { type Gateway, openGateway } from '../../standins/gateway/gateway.ts';
import { gatewayAddresses, readSnapshot } from '../infra/cases.ts';
import { type Issuers, KINDS, openIssuers } from '../runtime/authorization/guarded-servers.ts';
import { GATEWAY_KEY, namedValues } from './under-test.ts';

/** What the backend does with a request; it can be looked at afterwards. */
type Answering = (request: IncomingMessage, response: ServerResponse) => void;

let issuers: Issuers;
let backend: Server;
let gateway: Gateway;
let answering: Answering;
let clockMs = 0;

const BASE_URL = 'https://mcp.example.com';

beforeAll(async () => {
  issuers = await openIssuers();
  backend = createServer((request, response) => answering(request, response));
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
  gateway = await openGateway({
    snapshot: readSnapshot('gateway'),
    backendUrl: `http://127.0.0.1:${(backend.address() as AddressInfo).port}`,
    port: 0,
    namedValues: namedValues(BASE_URL, issuers),
    replacements: { [gatewayAddresses.issuer]: issuers.plain.issuer },
    secondMs: 1,
    now: () => clockMs,
  });
});
afterAll(async () => {
  await gateway.stop();
  backend.close();
  backend.closeAllConnections();
  await issuers.stop();
});

/** Headers of a caller who may call. */
async function credentials(path: string): Promise<Record<string, string>> {
  const server = path.split('/')[1] as string;
  const kind = KINDS.find((each) => server === each.server || server === each.other);
  if (kind) {
    const token = await kind.issuerOf(issuers).token(kind.claims(server, BASE_URL));
    return { authorization: `Bearer ${token}` };
  }
  return path.startsWith('/open') ? {} : { 'x-functions-key': 'key-of-a-client' };
}

async function post(path: string, headers: Record<string, string> = {}) {
  return send(gateway.url, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(await credentials(path)), ...headers },
    body: '{"jsonrpc":"2.0"}',
  });
}

/** The body of the host's own refusal. */
function hostBody(reason: ConstructorParameters<typeof HostError>[0]): string {
  return JSON.stringify({ jsonrpc: '2.0', id: null, error: new HostError(reason).error });
}

const PATHS = ['/notes/mcp', '/weather/mcp', '/keyed/mcp', '/open/mcp'] as const;
const isGuarded = (path: string) => path.startsWith('/notes') || path.startsWith('/weather');

describe('what reaches the backend', () => {
  /** Answers with the request as it came. */
  const echo: Answering = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
  };
  const received = async (path: string, headers = {}) => {
    answering = echo;
    return JSON.parse((await post(path, headers)).body.toString());
  };

  test.each(PATHS)('%s: body, query and the headers of MCP as they are', async (path) => {
    const mcp = {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'x',
      'mcp-param-a': '=?base64?YQ==?=',
      'last-event-id': '7',
      accept: 'text/event-stream',
    };
    const { method, url, headers, body } = await received(`${path}?a=b%20c`, mcp);
    expect({ method, url, body }).toEqual({
      method: 'POST',
      url: `${path}/?a=b%20c`,
      body: '{"jsonrpc":"2.0"}',
    });
    expect(headers).toMatchObject(mcp);
    expect(headers.host).toMatch(/^127\.0\.0\.1/);
  });

  test.each(PATHS.filter(isGuarded))(
    '%s: the token, and the key of the gateway in place of any other',
    async (path) => {
      const sent = { ...(await credentials(path)), 'x-functions-key': 'key-of-a-client' };
      const { headers } = await received(path, sent);
      expect(headers['x-functions-key']).toBe(GATEWAY_KEY);
      expect(headers.authorization).toMatch(/^Bearer ey/);
      expect(headers.authorization).toBe((sent as Record<string, string>).authorization);
    },
  );

  test('auth: function: the key of the client', async () => {
    expect((await received('/keyed/mcp')).headers['x-functions-key']).toBe('key-of-a-client');
  });

  test('auth: anonymous: no key', async () => {
    expect((await received('/open/mcp')).headers).not.toHaveProperty('x-functions-key');
  });
});

describe.each(PATHS)('answers of the backend: %s', (path) => {
  const statuses = [200, 202, 204, 301, 400, 403, 404, 405, 406, 413, 415, 429, 500, 502, 503, 504];
  test.each(statuses)('%d passes with its headers and its body', async (status) => {
    answering = (_request, response) =>
      response
        .writeHead(status, { 'x-own': 'kept', 'retry-after': '7', location: '/x' })
        .end('{"own":1}');
    const answer = await post(path);
    expect({ status: answer.status, body: answer.body.toString() }).toEqual({
      status,
      body: status === 204 ? '' : '{"own":1}',
    });
    expect(answer.headers).toMatchObject({ 'x-own': 'kept', 'retry-after': '7' });
  });

  test("401 with a challenge passes: it is the host's own", async () => {
    answering = (_request, response) =>
      response
        .writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' })
        .end('{"own":1}');
    const answer = await post(path);
    expect({ status: answer.status, body: answer.body.toString() }).toEqual({
      status: 401,
      body: '{"own":1}',
    });
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
  });

  test("401 without one is about the gateway's key where it has one: never a reason to sign in", async () => {
    answering = (_request, response) => response.writeHead(401).end();
    const answer = await post(path);
    expect(answer.headers).not.toHaveProperty('www-authenticate');
    expect(answer.status).toBe(isGuarded(path) ? 502 : 401);
    if (!isGuarded(path)) return;
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.body.toString()).toBe(BAD_GATEWAY);
  });

  test('a connection that breaks is 502', async () => {
    answering = (request) => request.socket.destroy();
    const answer = await post(path);
    expect({ status: answer.status, body: answer.body.toString() }).toEqual({
      status: 502,
      body: BAD_GATEWAY,
    });
  });

  test('silence is 504 after the time of forward-request, with the body of the host', async () => {
    answering = () => {};
    const answer = await post(path);
    expect({ status: answer.status, body: answer.body.toString() }).toEqual({
      status: 504,
      body: hostBody('deadline'),
    });
    expect(answer.headers['content-type']).toBe('application/json');
  });
});

const BAD_GATEWAY = JSON.stringify({
  jsonrpc: '2.0',
  id: null,
  error: {
    code: -32603,
    message: 'The gateway cannot reach the server; try again later.',
    data: { reason: 'bad-gateway' },
  },
});

describe('event streams', () => {
  test.each(PATHS)(
    '%s: a chunk is there before the next one is written, however long it takes',
    async (path) => {
      let write: (text: string) => void = () => {};
      answering = (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
        write = (text) => void response.write(text);
        write('data: 1\n\n');
      };
      const answer = await openAnswer(gateway.url, path, {
        method: 'POST',
        headers: await credentials(path),
        body: '{}',
      });
      expect(answer.headers).toMatchObject({
        'content-type': 'text/event-stream',
        'x-accel-buffering': 'no',
      });
      const next = async () => String((await once(answer, 'data'))[0]);
      expect(await next()).toBe('data: 1\n\n');
      write('data: 2\n\n');
      expect(await next()).toBe('data: 2\n\n');
      answer.destroy();
    },
  );

  test.each(PATHS)('%s: whoever leaves takes the request of the backend along', async (path) => {
    const closed = new Promise<unknown>((resolve) => {
      answering = (_request, response) => {
        response.on('close', resolve);
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      };
    });
    const leaving = new AbortController();
    const answer = await openAnswer(gateway.url, path, {
      method: 'POST',
      headers: await credentials(path),
      body: '{}',
      signal: leaving.signal,
    });
    answer.on('error', () => {});
    leaving.abort();
    await closed;
  });
});

describe('limits', () => {
  const limited = ['/tasks/mcp', '/time/mcp', '/few/mcp', '/counted/mcp'];
  /** Calls of one caller in a minute, in the case's servers.yaml. */
  const most = 30;
  const exhaust = async (call: () => Promise<number>) => {
    for (let calls = 0; calls < most; calls += 1) expect(await call()).toBe(200);
    expect(await call()).toBe(429);
  };
  const ok: Answering = (_request, response) => void response.end('{}');

  test.each(limited)(
    '%s: calls beyond those of a caller are 429, as the host says it, until the window has passed',
    async (path) => {
      answering = ok;
      for (let calls = 0; calls < most; calls += 1) expect((await post(path)).status).toBe(200);
      clockMs += 20_000;
      const refused = await post(path);
      expect({ status: refused.status, body: refused.body.toString() }).toEqual({
        status: 429,
        body: hostBody('rate-limited'),
      });
      expect(refused.headers).toMatchObject({
        'retry-after': '40',
        'content-type': 'application/json',
      });
      clockMs += 40_000;
      expect((await post(path)).status).toBe(200);
      clockMs += 60_000;
    },
  );

  test('callers do not count for each other, whatever they write behind their key', async () => {
    answering = ok;
    const call = async (key: string) =>
      (await post('/counted/mcp', { 'x-functions-key': key })).status;
    await exhaust(() => call('one'));
    expect(await call('two')).toBe(200);
    expect(await call('one,another')).toBe(429);
    expect(await call('ONE')).toBe(429);
    for (const query of ['code=one', 'Code=one&code=two', 'CODE=One']) {
      const byQuery = await send(gateway.url, `/counted/mcp?${query}`, { method: 'POST' });
      expect(byQuery.status).toBe(429);
    }
    const [plain] = KINDS;
    const token = await issuers.plain.token({ ...plain?.claims('tasks', BASE_URL), sub: 'eve' });
    await exhaust(async () => (await post('/tasks/mcp')).status);
    expect((await post('/tasks/mcp', { authorization: `Bearer ${token}` })).status).toBe(200);
    clockMs += 60_000;
  });

  test('tokens that do not pass count for nobody but their address, 1200 a minute, before they are looked at', async () => {
    let asked = 0;
    answering = (request, response) => {
      asked += 1;
      ok(request, response);
    };
    const statuses = new Map<number, number>();
    const worker = async () => {
      for (let calls = 0; calls < 150; calls += 1) {
        const { status } = await post('/tasks/mcp', { authorization: 'Bearer x' });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    expect([...statuses]).toEqual([[401, 1200]]);
    expect((await post('/tasks/mcp', { authorization: 'Bearer x' })).status).toBe(429);
    expect((await post('/tasks/mcp')).status).toBe(429);
    expect((await post('/notes/mcp')).status).toBe(200);
    expect(asked).toBe(1);
    clockMs += 60_000;
    expect((await post('/tasks/mcp')).status).toBe(200);
  });
});

describe('keys of issuers, as the pages say', () => {
  test('are asked for once in an hour; a new one is known five minutes after that at the latest', async () => {
    answering = (_request, response) => void response.end('{}');
    const asked = () => issuers.plain.requests.filter((path) => path === '/keys').length;
    clockMs += 3_600_000;
    expect((await post('/notes/mcp')).status).toBe(200);
    const before = asked();
    clockMs += 3_500_000;
    expect((await post('/notes/mcp')).status).toBe(200);
    expect(asked()).toBe(before);
    await issuers.plain.rotate();
    expect((await post('/notes/mcp')).status).toBe(200);
    await issuers.plain.rotate();
    // The host looks again after 30 s; this is the one refusal that only a gateway makes.
    expect((await post('/notes/mcp')).status).toBe(401);
    clockMs += 300_000;
    expect((await post('/notes/mcp')).status).toBe(200);
  });

  test('serve on while the issuer is down', async () => {
    await issuers.plain.goDown();
    clockMs += 3_600_000;
    expect((await post('/notes/mcp')).status).toBe(200);
    await issuers.plain.comeBack();
  });

  test('by ES256 are not among those that validate-jwt knows; the host takes them', async () => {
    const { createSigningKey } = await import('../../standins/openid-issuer/signing-keys.ts');
    const key = await createSigningKey('by-es256', 'ES256');
    issuers.plain.publish(key);
    const [plain] = KINDS;
    const token = await issuers.plain.token(plain?.claims('notes', BASE_URL) ?? {}, key);
    clockMs += 3_600_000;
    expect((await post('/notes/mcp', { authorization: `Bearer ${token}` })).status).toBe(401);
  });
});
