// 2026-07-28: what every result carries, what a server declares, and how the error codes of the
// 2025 era change.

import { describe, expect, it } from 'vitest';
import { post } from '../../post.ts';
import { callModern, key, MOUNTS, postModern, sharedHosts } from './modern.ts';

const hostOf = sharedHosts();

const nameOf = (mount: string): string => `era-${mount.slice(0, 2)}`;
const serverInfo = key('serverInfo');

/** What a handler throws, and what its caller gets. */
const CODES = [
  [-32602, -32602],
  [-32002, -32602],
  [-32603, -32603],
  [-32042, -32603],
  [-32020, -32603],
  [-32022, -32603],
  [-32050, -32603],
  [-32099, -32603],
  [-32000, -32000],
  [-32100, -32100],
  [1, 1],
] as const;

const LISTS = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'] as const;

const RESULTS = [
  ...LISTS.map((list) => [list, {}] as const),
  ['tools/call', { name: 'echo', arguments: { text: 'x' } }],
  ['resources/read', { uri: 'test://static' }],
] as const;

describe.each(MOUNTS)('%s', (mount) => {
  const start = async (settings?: string): Promise<string> =>
    `${(await hostOf(settings)).url}/${mount}/mcp`;

  it('answers server/discover from what the server declares, without changes nobody can hear of', async () => {
    const { status, result } = await postModern(await start(), 'server/discover');
    expect({ status, result }).toEqual({
      status: 200,
      result: {
        resultType: 'complete',
        supportedVersions: ['2026-07-28'],
        capabilities: { logging: {}, tools: {}, prompts: {}, resources: {} },
        instructions: 'Both eras.',
        ttlMs: 0,
        cacheScope: 'private',
        _meta: { [serverInfo]: { name: nameOf(mount), version: '1.0.0', title: 'Era' } },
      },
    });
  });

  it('marks every result as complete and names its server', async () => {
    const url = await start();
    for (const [method, params] of RESULTS) {
      const { result } = await postModern(url, method, params);
      expect({ method, ...result }).toMatchObject({
        method,
        resultType: 'complete',
        _meta: { [serverInfo]: { name: nameOf(mount) } },
      });
    }
  });

  it("keeps the server's own metadata", async () => {
    const { result } = await callModern(await start(), 'own-meta');
    expect(result?._meta).toMatchObject({
      'com.example/own': 1,
      [serverInfo]: { name: nameOf(mount) },
    });
  });

  it('gives every result that may be kept the hints of servers.yaml, and no other', async () => {
    const url = await start('ttlMs: 5000, cacheScope: public');
    for (const [method, params] of RESULTS.filter(([name]) => name !== 'tools/call')) {
      const { result } = await postModern(url, method, params);
      expect({ method, ...result }).toMatchObject({ method, ttlMs: 5000, cacheScope: 'public' });
    }
    const { result } = await callModern(url, 'echo', { text: 'x' });
    expect(result).not.toHaveProperty('ttlMs');
    expect(result).not.toHaveProperty('cacheScope');
  });

  it('answers the same list twice in the same order', async () => {
    const url = await start();
    for (const method of LISTS) {
      const [first, second] = [await postModern(url, method), await postModern(url, method)];
      expect(second.body).toBe(first.body);
    }
  });

  it('leaves results of the 2025 era as the server gives them', async () => {
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    const { result } = await post(await start('ttlMs: 5000'), list);
    expect(Object.keys(result ?? {})).toEqual(['tools']);
  });

  it('answers an unknown resource with -32602 and its uri', async () => {
    const uri = 'test://nowhere';
    const answer = await postModern(await start(), 'resources/read', { uri });
    expect(answer).toMatchObject({ status: 200, error: { code: -32602, data: { uri } } });
  });

  it("keeps a handler's codes out of those that the protocol has for itself, and in band", async () => {
    const url = await start();
    const answers = [];
    for (const [thrown] of CODES) {
      const prompt = { name: 'fail', arguments: { code: String(thrown) } };
      const read = { uri: `test://code/${thrown}` };
      const got = await postModern(url, 'prompts/get', prompt);
      const other = await postModern(url, 'resources/read', read);
      expect(other.error?.code).toBe(got.error?.code);
      expect([got.status, other.status]).toEqual([200, 200]);
      answers.push([thrown, got.error?.code]);
    }
    expect(answers).toEqual(CODES);
  });

  it('never mints or echoes a session', async () => {
    const headers = { 'mcp-session-id': 'of-another-host' };
    const answer = await postModern(await start(), 'server/discover', {}, { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty('mcp-session-id');
  });
});

it.each(['v1-shared', 'v1-per-request'])(
  'tells the uri that a handler of %s did not find',
  async (mount) => {
    const { url } = await hostOf();
    const uri = 'test://code/-32002';
    const { error } = await postModern(`${url}/${mount}/mcp`, 'resources/read', { uri });
    expect(error).toMatchObject({ code: -32602, data: { uri } });
  },
);

describe('a server that offers tools only', () => {
  const toolsOnly = (sdk: string): string => `
  tools-only: { module: ../../runtime/protocol/eras/servers/era-${sdk}.mjs, export: createToolsOnly }`;

  it.each(['v1', 'v2'])('is asked for nothing else (%s)', async (sdk) => {
    const { url } = await hostOf('', toolsOnly(sdk));
    for (const [method, params] of [
      ['prompts/list', {}],
      ['prompts/get', { name: 'x' }],
      ['resources/list', {}],
      ['resources/templates/list', {}],
      ['resources/read', { uri: 'test://x' }],
      ['completion/complete', {}],
    ] as const) {
      const { status, error } = await postModern(`${url}/tools-only/mcp`, method, params);
      expect({ method, status, code: error?.code }).toEqual({ method, status: 404, code: -32601 });
    }
    expect((await postModern(`${url}/tools-only/mcp`, 'tools/list')).status).toBe(200);
  });
});
