// Upstreams that speak both eras: which one is spoken for which caller.

import { expect, test } from 'vitest';
import { post } from '../../post.ts';
import { legacyCaller, modernCaller } from '../command/hosted.ts';
import { hostOf, serve, startUpstream, type Upstream } from './upstreams.ts';

interface Behavior {
  /** How often `server/discover` is left without an answer. */
  readonly silent?: number;
  readonly refusesLegacy?: boolean;
}

/** An upstream of both eras with sessions, whose tool tells in which era it was called. */
function twoEras({ silent = 0, refusesLegacy = false }: Behavior = {}): Promise<Upstream> {
  const serverInfo = { name: 'two-eras', version: '1' };
  const tools = [{ name: 'era', inputSchema: { type: 'object' } }];
  let silences = silent;
  return serve((request, response, { id, method }) => {
    const isModern = request.headers['mcp-protocol-version'] === '2026-07-28';
    const answer = (result: object, headers = {}): void => {
      const common = isModern ? { resultType: 'complete', ttlMs: 0, cacheScope: 'private' } : {};
      response
        .writeHead(200, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify({ jsonrpc: '2.0', id, result: { ...common, ...result } }));
    };
    if (id === undefined) response.writeHead(202).end();
    else if (method === 'server/discover') {
      silences -= 1;
      if (silences >= 0) return;
      answer({ supportedVersions: ['2026-07-28'], capabilities: { tools: {} } });
    } else if (method === 'initialize' && refusesLegacy) {
      const error = { code: -32022, message: 'No.', data: { supported: ['2026-07-28'] } };
      response
        .writeHead(400, { 'content-type': 'application/json' })
        .end(JSON.stringify({ jsonrpc: '2.0', id, error }));
    } else if (method === 'initialize') {
      const capabilities = { tools: {}, logging: {} };
      const headers = { 'mcp-session-id': `s${Math.random()}` };
      answer({ protocolVersion: '2025-11-25', capabilities, serverInfo }, headers);
    } else if (method === 'tools/list') answer({ tools });
    else answer({ content: [{ type: 'text', text: isModern ? 'modern' : 'legacy' }] });
  });
}

const addressOf = ({ url }: { url: string }): string => `${url}/up/mcp`;

test.each(['per-session', 'per-request'])(
  'an upstream of both eras is spoken to in the era of the caller with `instance: %s`',
  async (instance) => {
    const url = addressOf(await hostOf(await twoEras(), `instance: ${instance}`));
    expect((await modernCaller(url).call('era')).text).toBe('modern');
    const legacy = await legacyCaller(url);
    expect((await legacy.call('era')).text).toBe('legacy');
    expect((await modernCaller(url).call('era')).text).toBe('modern');
  },
);

test('with `instance: shared` all callers are spoken for in 2026-07-28', async () => {
  const upstream = await twoEras();
  const url = addressOf(await hostOf(upstream, 'instance: shared'));
  const legacy = await legacyCaller(url);
  expect((await legacy.call('era')).text).toBe('modern');
  expect(upstream.of('initialize')).toHaveLength(0);
});

test('clients of each era are told what the upstream declares in it', async () => {
  const url = addressOf(await hostOf(await twoEras()));
  const modern = modernCaller(url);
  expect((await modern.send('server/discover')).result?.capabilities).not.toHaveProperty('logging');
  const clientInfo = { name: 'tester', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  const hello = await post(url, { jsonrpc: '2.0', id: 1, method: 'initialize', params });
  expect(hello.result?.capabilities).toHaveProperty('logging');
  expect((await modern.send('server/discover')).result?.capabilities).not.toHaveProperty('logging');
});

test('an upstream of 2026-07-28 alone is tried in the 2025 era once', async () => {
  const upstream = await twoEras({ refusesLegacy: true });
  const url = addressOf(await hostOf(upstream));
  for (let time = 0; time < 2; time += 1) {
    const legacy = await legacyCaller(url);
    expect((await legacy.call('era')).text).toBe('modern');
  }
  expect(upstream.of('initialize')).toHaveLength(1);
});

test('an upstream that gives no sessions gets calls in 2026-07-28, where it can ask', async () => {
  const upstream = await startUpstream('v2');
  const url = addressOf(await hostOf(upstream));
  const legacy = await legacyCaller(url);
  await legacy.call('count');
  await legacy.send('resources/subscribe', { uri: 'up://x' });
  const versions = (method: string) =>
    upstream.of(method).map(({ headers }) => headers['mcp-protocol-version']);
  expect(versions('tools/call')).toEqual(['2026-07-28']);
  expect(versions('resources/subscribe')).toEqual(['2025-11-25']);
});

test('an upstream that was slow once is still spoken to in 2026-07-28', async () => {
  const upstream = await twoEras({ silent: 1 });
  const url = addressOf(await hostOf(upstream, 'startTimeoutMs: 2000'));
  const legacy = await legacyCaller(url);
  expect((await legacy.call('era')).text).toBe('legacy');
  expect((await modernCaller(url).call('era')).text).toBe('modern');
  expect(upstream.of('server/discover')).toHaveLength(2);
});
