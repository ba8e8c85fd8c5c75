// Who calls, behind the Functions host: its key checks in front of the servers, and rate limits
// that count by key and never by an address, which anybody can claim.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from '../../../standins/functions-host/fixtures/client.ts';
import type { FunctionsHost } from '../../../standins/functions-host/functions-host.ts';
import { realFunctionsHostUrl } from '../../../standins/functions-host/under-test.ts';
import { startStandIn } from './app.ts';
import { asRequest, expectEcho, logWritten, toolCall } from './calls.ts';

const environment = { MCP_SERVERS_FILE: join(import.meta.dirname, 'fixtures/limits.yaml') };

/** What a caller says of itself in one call. */
interface Said {
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly query?: string;
}

const withKey = (key: string): Said => ({ headers: { 'x-functions-key': key } });
const inQuery = (key: string): Said => ({ query: `?code=${key}` });

/** The limit of each server is 3: so many calls pass. */
const limited = [200, 200, 200, 429];

let host: FunctionsHost;

/** Status of one call. */
async function call(
  server: string,
  { headers, query = '' }: Said,
  baseUrl = host.url,
): Promise<number> {
  const request = asRequest(toolCall('echo', { text: 'x' }), { ...(headers && { headers }) });
  return (await send(baseUrl, `/${server}/mcp${query}`, request)).status;
}

/** Statuses of four calls, one after the other. */
async function fourCalls(
  server: string,
  said: (index: number) => Said,
  baseUrl?: string,
): Promise<number[]> {
  const statuses: number[] = [];
  for (let index = 0; index < 4; index += 1) {
    statuses.push(await call(server, said(index), baseUrl));
  }
  return statuses;
}

describe.skipIf(realFunctionsHostUrl)('where the Functions host checks keys', () => {
  const keys = ['key-a', 'key-b', 'a-host-key', 'the-master-key'];
  beforeAll(async () => {
    const functions = { 'http-handler1': ['key-a', 'key-b', 'key-in-many-spellings'] };
    const enableAuth = { master: 'the-master-key', host: ['a-host-key'], functions };
    host = await startStandIn({ environment, enableAuth });
  });
  afterAll(() => host.stop());

  test.each([
    ['no key', {}],
    ['a wrong key', withKey('wrong')],
    ['a wrong code', inQuery('wrong')],
  ])('a call with %s is a bare 401 that no server sees', async (_, said: Said) => {
    const request = asRequest(toolCall('echo'), { ...(said.headers && { headers: said.headers }) });
    const answer = await send(host.url, `/by-key/mcp${said.query ?? ''}`, request);
    expect(answer).toMatchObject({ status: 401, body: Buffer.alloc(0) });
    expect(answer.headers).not.toHaveProperty('www-authenticate');
    await logWritten(host, { 'x-functions-key': 'a-host-key' });
    const seen = host.output.filter(({ text }) => /"msg":"(request|refused)"/.test(text));
    expect(seen.filter(({ text }) => !text.includes('comes-last'))).toEqual([]);
  });

  test('each key has a limit of its own, however it is sent', async () => {
    await expectEcho(host.url, 'by-key', { 'x-functions-key': 'key-a' });
    expect(await call('by-key', inQuery('key-a'))).toBe(200);
    expect(await call('by-key', withKey('key-a'))).toBe(200);
    expect(await call('by-key', withKey('key-a'))).toBe(429);
    expect(await call('by-key', inQuery('key-a'))).toBe(429);
    expect(await fourCalls('by-key', () => withKey('key-b'))).toEqual(limited);
    expect(await fourCalls('by-key', () => inQuery('a-host-key'))).toEqual(limited);
  });

  test('one key in 20 spellings is one caller', async () => {
    const statuses: number[] = [];
    for (let spelling = 0; spelling < 20; spelling += 1) {
      const letters = [...'key-in-many-spellings'];
      const key = letters
        .map((one, at) => ((spelling >> at) & 1 ? one.toUpperCase() : one))
        .join('');
      const how = [
        withKey(key),
        inQuery(key),
        { query: `?Code=${key}` },
        { query: `?CODE=${key}` },
      ];
      statuses.push(await call('by-key', how[spelling % 4] as Said));
    }
    expect(statuses).toEqual([200, 200, 200, ...Array(17).fill(429)]);
  });

  test('a refusal by the limit says when to come again', async () => {
    const request = asRequest(toolCall('echo'), { headers: { 'x-functions-key': 'key-a' } });
    const { status, headers, body } = await send(host.url, '/by-key/mcp', request);
    expect(status).toBe(429);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(JSON.parse(body.toString()).error.data).toEqual({ reason: 'rate-limited' });
  });

  test('a server that everybody may call has one limit for all, whatever key they show', async () => {
    expect(await fourCalls('open', (index) => withKey(keys[index] as string))).toEqual(limited);
  });
});

describe.skipIf(realFunctionsHostUrl)('where the Functions host checks no keys', () => {
  beforeAll(async () => {
    host = await startStandIn({ environment });
  });
  afterAll(() => host.stop());

  test.each<[string, (index: number) => Said]>([
    ['nothing', () => ({})],
    ['addresses', (index) => ({ headers: claimedAddress(`203.0.113.${index}`) })],
    ['principals', (index) => ({ headers: claimedPrincipal(`user ${index}`) })],
    ['more-headers', (index) => ({ headers: { 'x-functions-key': ['key', `more ${index}`] } })],
    ['more-queries', (index) => ({ query: `?code=key&code=more${index}` })],
  ])('callers that claim %s share one limit', async (server, said) => {
    expect(await fourCalls(server, said)).toEqual(limited);
  });

  test.each(['forwarded', 'forwarded-open'])(
    'the handler itself trusts no address either, not even from the host: %s',
    async (server) => {
      await expectEcho(host.url, server);
      const said = (index: number): Said => ({ headers: claimedAddress(`203.0.113.${index}`) });
      const handlerUrl = `http://127.0.0.1:${host.handlerPort}`;
      expect(await fourCalls(server, said, handlerUrl)).toEqual([200, 200, 429, 429]);
    },
  );
});

function claimedAddress(address: string): Record<string, string> {
  const names = ['x-forwarded-for', 'x-real-ip', 'client-ip', 'x-azure-clientip', 'true-client-ip'];
  return Object.fromEntries([
    ...names.map((name) => [name, address]),
    ['forwarded', `for=${address}`],
  ]);
}

function claimedPrincipal(user: string): Record<string, string> {
  return {
    'x-ms-client-principal-id': user,
    'x-ms-client-principal-name': user,
    'mcp-session-id': user,
    authorization: `Bearer ${user}`,
    'user-agent': user,
  };
}
