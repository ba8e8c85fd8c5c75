// The clock of the machine is set by an hour, in either direction, while the host runs. Timers go
// on: only `Date` is another one.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { readEnvironment } from '../../../config/env.ts';
import { PLAIN } from '../../../standins/openid-issuer/modes.ts';
import { type OpenIdIssuer, openIssuer } from '../../../standins/openid-issuer/openid-issuer.ts';
import { until } from '../../turns.ts';
import { entry, hostPrograms, legacyCaller } from '../backends/command/hosted.ts';
import { hostOf, startUpstream } from '../backends/url/upstreams.ts';
import { post } from '../post.ts';
import { startHost } from '../start-host.ts';

const HOUR_MS = 3_600_000;
const JUMPS = [
  ['on', HOUR_MS],
  ['back', -HOUR_MS],
] as const;

const call = (url: string, name: string, args: object = {}, headers = {}) =>
  post(
    url,
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } },
    headers,
  );

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  onTestFinished(() => void vi.useRealTimers());
});

const set = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

describe.each(JUMPS)('a clock that is set %s by an hour', (_direction, jumpMs) => {
  it.each([
    ['a module', 'module: ./thread-v1.mjs'],
    ['a module in a thread', 'module: ./thread-v1.mjs, isolation: thread'],
  ])('ends no call of %s early or late', async (_kind, keys) => {
    const host = await startHost({
      listen: true,
      yaml: `
defaults: { auth: anonymous, timeoutMs: 2000 }
servers: { one: { ${keys} } }`,
    });
    const url = `${host.url}/one/mcp`;
    const startedAt = performance.now();
    const hanging = call(url, 'ignore-abort');
    const working = call(url, 'echo', { text: 'in time', delayMs: 200 });
    await until(() => host.servers[0]?.inFlight.size === 2);
    set(jumpMs);
    expect(await working).toMatchObject({ status: 200, text: 'in time' });
    expect(await hanging).toMatchObject({ status: 504 });
    expect(performance.now() - startedAt).toBeGreaterThan(1_900);
  });

  it('leaves the pause of a program that keeps ending as it is', async () => {
    const { url } = await hostPrograms({ mcp: entry('mcp.mjs', { instance: 'shared' }) });
    const caller = await legacyCaller(`${url}/mcp/mcp`);
    for (let end = 0; end < 5; end += 1) await caller.call('exit');
    set(jumpMs);
    const refused = await caller.call('echo', { value: 'x' });
    expect(refused.status).toBe(503);
    const seconds = Number(refused.headers['retry-after']);
    expect(seconds).toBeGreaterThan(30);
    expect(seconds).toBeLessThanOrEqual(60);
  });

  it('leaves the window of a rate limit as it is', async () => {
    const { url } = await startHost({
      listen: true,
      yaml: `
servers:
  one: { module: ./kernel-v1.mjs, auth: anonymous, rateLimit: { max: 1, windowSeconds: 60 } }`,
    });
    expect(await call(`${url}/one/mcp`, 'echo', { text: 'x' })).toMatchObject({ status: 200 });
    set(jumpMs);
    const refused = await call(`${url}/one/mcp`, 'echo', { text: 'x' });
    expect(refused.status).toBe(429);
    const seconds = Number(refused.headers['retry-after']);
    expect(seconds).toBeGreaterThan(30);
    expect(seconds).toBeLessThanOrEqual(60);
  });

  it('asks no issuer for its keys again', async () => {
    const { issuer, url } = await guardedHost();
    const send = async () => {
      const token = await issuer.token({ aud: 'one', sub: 'ada' });
      return call(url, 'echo', { text: 'x' }, { authorization: `Bearer ${token}` });
    };
    expect(await send()).toMatchObject({ status: 200 });
    const asked = issuer.requests.length;
    set(jumpMs);
    expect(await send()).toMatchObject({ status: 200 });
    expect(issuer.requests).toHaveLength(asked);
  });
});

describe('tokens follow the clock, as their issuers mean them', () => {
  it('a caller whose token has expired by the new clock is refused, and served when it is set right', async () => {
    const { issuer, url } = await guardedHost();
    const exp = Math.floor(Date.now() / 1_000) + 600;
    const token = await issuer.token({ aud: 'one', sub: 'ada', exp });
    const send = () => call(url, 'echo', { text: 'x' }, { authorization: `Bearer ${token}` });
    expect(await send()).toMatchObject({ status: 200 });
    set(HOUR_MS);
    expect(await send()).toMatchObject({ status: 401 });
    set(-HOUR_MS);
    expect(await send()).toMatchObject({ status: 200 });
  });

  it('a token of the app is never sent longer than it lives, although the clock was set back', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'], now: Date.now() });
    const { asked, environment } = await identityEndpoint();
    const upstream = await startUpstream('v1 json');
    const as = 'upstreamAuth: { as: app, audience: "api://crm" }';
    const { url } = await hostOf(upstream, as, environment);
    expect(await call(`${url}/up/mcp`, 'echo', { text: 'x' })).toMatchObject({ status: 200 });
    expect(asked).toHaveLength(1);
    vi.advanceTimersByTime(HOUR_MS);
    set(-HOUR_MS);
    await call(`${url}/up/mcp`, 'echo', { text: 'x' });
    expect(asked).toHaveLength(2);
  });
});

/** A host whose server asks for tokens of the issuer. */
async function guardedHost(): Promise<{ issuer: OpenIdIssuer; url: string }> {
  const issuer = await openIssuer(PLAIN);
  onTestFinished(() => issuer.stop());
  const { url } = await startHost({
    listen: true,
    yaml: `
servers:
  one: { module: ./kernel-v1.mjs, auth: jwt, jwt: { issuer: "${issuer.issuer}", audience: one } }`,
    environment: readEnvironment({ MCP_PUBLIC_BASE_URL: 'https://mcp.example.com' }),
  });
  return { issuer, url: `${url}/one/mcp` };
}

/** App Service's endpoint for tokens that live for an hour. */
async function identityEndpoint() {
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    const expiresOn = String(Math.floor((Date.now() + HOUR_MS) / 1_000));
    const body = { access_token: `token-${asked.length}`, expires_on: expiresOn };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const identity = { endpoint: `http://127.0.0.1:${port}/msi/token`, header: 'secret' };
  return { asked, environment: { identity } };
}
