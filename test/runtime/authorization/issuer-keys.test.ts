// The issuer's keys over time: fetched when first needed, renewed, rotated, and what holds while
// the issuer is down.

import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { readEnvironment } from '../../../config/env.ts';
import { PLAIN } from '../../../standins/openid-issuer/modes.ts';
import {
  type IssuerOptions,
  type OpenIdIssuer,
  openIssuer,
} from '../../../standins/openid-issuer/openid-issuer.ts';
import type { SigningKey } from '../../../standins/openid-issuer/signing-keys.ts';
import { createSigningKey } from '../../../standins/openid-issuer/signing-keys.ts';
import { call, JSON_HEADERS } from '../mount/http/mounts.ts';
import { startHost, type TestHost } from '../start-host.ts';

const BASE_URL = 'https://mcp.example.com';
const MINUTE_MS = 60_000;

beforeEach(() => {
  // Only the clock: sockets and their timers stay real.
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
});

function pass(ms: number): void {
  vi.advanceTimersByTime(ms);
}

function yaml(issuer: string, more = ''): string {
  return `
servers:
  notes: { module: ./kernel-v1.mjs, instance: shared, auth: jwt, jwt: { issuer: "${issuer}", audience: notes${more} } }
  tasks: { module: ./kernel-v1.mjs, instance: shared, auth: jwt, jwt: { issuer: "${issuer}", audience: notes${more} } }
`;
}

interface Setup {
  readonly issuer: OpenIdIssuer;
  readonly host: TestHost;
  /** The end of a call with a token of the issuer's key, or of another. */
  end(key?: SigningKey, server?: string): Promise<string>;
}

async function startIssuer(options?: IssuerOptions): Promise<OpenIdIssuer> {
  const issuer = await openIssuer(PLAIN, options);
  onTestFinished(() => issuer.stop());
  return issuer;
}

async function setUp(options: IssuerOptions = {}): Promise<Setup> {
  const issuer = await startIssuer(options);
  const environment = readEnvironment({ MCP_PUBLIC_BASE_URL: BASE_URL });
  const host = await startHost({ yaml: yaml(issuer.issuer), environment });
  return {
    issuer,
    host,
    async end(key, server = 'notes') {
      const token = await issuer.token({ aud: 'notes', sub: 'ada' }, key);
      return endOf(host, server, token);
    },
  };
}

async function endOf(host: TestHost, server: string, token: string): Promise<string> {
  const answer = await host.app.inject({
    method: 'POST',
    url: `/${server}/mcp`,
    headers: { ...JSON_HEADERS, authorization: `Bearer ${token}` },
    payload: call('echo', { text: 'x' }),
  });
  const { error } = answer.json();
  if (!error) return 'served';
  const wait = answer.headers['retry-after'];
  return `${answer.statusCode} ${error.data.reason}${wait ? ` ${wait}` : ''}`;
}

const UNAVAILABLE = '503 issuer-unavailable 5';
const INVALID = '401 invalid-token';
const FETCH = ['/.well-known/openid-configuration', '/keys'];

describe('the issuer is asked', () => {
  it('not before a token comes, and then once for all servers and callers', async () => {
    const { issuer, host, end } = await setUp();
    expect(issuer.requests).toEqual([]);
    const answer = await host.app.inject({
      method: 'POST',
      url: '/notes/mcp',
      headers: JSON_HEADERS,
      payload: '{}',
    });
    expect(answer.statusCode).toBe(401);
    expect(issuer.requests).toEqual([]);
    const ends = await Promise.all(
      Array.from({ length: 20 }, (_, number) => end(undefined, number % 2 ? 'notes' : 'tasks')),
    );
    expect(new Set(ends)).toEqual(new Set(['served']));
    expect(issuer.requests).toEqual(FETCH);
  });

  it('again after 10 minutes, without a caller waiting for it', async () => {
    const { issuer, end } = await setUp();
    await end();
    pass(9 * MINUTE_MS);
    await end();
    expect(issuer.requests).toEqual(FETCH);
    pass(2 * MINUTE_MS);
    expect(await end()).toBe('served');
    await vi.waitUntil(() => issuer.requests.length === 4);
  });

  it('for unknown keys at once, but once in 30 s, whatever is sent', async () => {
    const { issuer, end } = await setUp();
    await end();
    for (let count = 0; count < 10; count += 1) {
      expect(await end(await createSigningKey(`unknown-${count}`))).toBe(INVALID);
    }
    expect(issuer.requests).toEqual([...FETCH, ...FETCH]);
    pass(31_000);
    expect(await end(await createSigningKey('unknown'))).toBe(INVALID);
    expect(issuer.requests).toHaveLength(6);
  });
});

describe('rotated keys', () => {
  it('serve at once, for all who come at the same time, and the old one no more', async () => {
    const { issuer, end } = await setUp();
    await end();
    const old = await issuer.rotate();
    expect(await end(old)).toBe('served');
    expect(await Promise.all([end(), end(), end(undefined, 'tasks')])).toEqual([
      'served',
      'served',
      'served',
    ]);
    expect(await end(old)).toBe(INVALID);
  });

  it('that nobody uses yet end the old one within 10 minutes', async () => {
    const { issuer, end } = await setUp();
    await end();
    const old = await issuer.rotate();
    pass(11 * MINUTE_MS);
    await end(old);
    await vi.waitUntil(() => issuer.requests.length === 4);
    await vi.waitUntil(async () => (await end(old)) === INVALID);
  });
});

describe('an issuer that is down', () => {
  it('at start: 503 with Retry-After, never 401, until it comes up', async () => {
    const { issuer, host, end } = await setUp({ up: false });
    expect(await end()).toBe(UNAVAILABLE);
    expect(await end(await createSigningKey('unknown'))).toBe(UNAVAILABLE);
    await issuer.comeBack();
    // Asked again no sooner than the caller was told to come again.
    expect(await end()).toBe(UNAVAILABLE);
    expect(issuer.requests).toEqual([]);
    pass(5_000);
    expect(await end()).toBe('served');
    expect(host.logs).toContainEqual(
      expect.objectContaining({ level: 'warn', msg: 'issuer unavailable', issuer: issuer.issuer }),
    );
  });

  it('later: its keys serve for an hour more, then 503, and again when it is back', async () => {
    const { issuer, end } = await setUp();
    await end();
    await issuer.goDown();
    pass(69 * MINUTE_MS);
    expect(await end()).toBe('served');
    pass(2 * MINUTE_MS);
    expect(await end()).toBe(UNAVAILABLE);
    await issuer.comeBack();
    pass(6_000);
    expect(await end()).toBe('served');
  });

  it('later: a key that is not known may be a new one, so 503', async () => {
    const { issuer, end } = await setUp();
    await end();
    const old = await issuer.rotate();
    await issuer.goDown();
    expect(await end()).toBe(UNAVAILABLE);
    expect(await end(old)).toBe('served');
    await issuer.comeBack();
    pass(6_000);
    expect(await end()).toBe('served');
  });

  it('does not keep a token that is wrong in itself from its 401', async () => {
    const { issuer, host, end } = await setUp();
    await end();
    await issuer.goDown();
    const expired = await issuer.token({ aud: 'notes', sub: 'ada', exp: 1 });
    expect(await endOf(host, 'notes', expired)).toBe(INVALID);
  });
});

describe('an issuer whose documents are wrong', () => {
  it.each([
    ['another issuer', { issuer: 'https://evil.example' }],
    ['no key set', { jwks_uri: undefined }],
    ['a key set that anybody on the way can change', { jwks_uri: 'http://evil.example/keys' }],
    ['a key set that does not exist', { jwks_uri: 'http://127.0.0.1:9/keys' }],
  ])('counts as down: %s', async (_what, members) => {
    const { issuer, host, end } = await setUp();
    issuer.misconfigure(members);
    expect(await end()).toBe(UNAVAILABLE);
    expect(host.logs.filter(({ msg }) => msg === 'issuer unavailable')).toHaveLength(1);
  });
});

it('an issuer whose key set is empty counts as down', async () => {
  const { issuer, end } = await setUp();
  await end();
  issuer.unpublish();
  pass(11 * MINUTE_MS);
  expect(await end()).toBe('served');
  await vi.waitUntil(() => issuer.requests.length === 4);
  expect(await end()).toBe('served');
});

it('openIdConfigUrl says where the configuration is', async () => {
  const issuer = await startIssuer();
  const url = `${issuer.url}/.well-known/oauth-authorization-server`;
  const host = await startHost({
    yaml: yaml(issuer.issuer, `, openIdConfigUrl: "${url}"`),
    environment: readEnvironment({ MCP_PUBLIC_BASE_URL: BASE_URL }),
  });
  expect(await endOf(host, 'notes', await issuer.token({ aud: 'notes', sub: 'a' }))).toBe('served');
  expect(issuer.requests).toEqual(['/.well-known/oauth-authorization-server', '/keys']);
});
