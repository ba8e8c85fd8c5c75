// Programs that speak both eras: which one a caller's program is spoken to in.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { post } from '../../post.ts';
import { entry, hostPrograms, legacyCaller, modernCaller } from './hosted.ts';

/** A host whose server `mcp` is the program of both eras. */
async function hostTwoEras(keys: object, mode = '') {
  const directory = mkdtempSync(join(tmpdir(), 'mcp-eras-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'starts');
  const { url } = await hostPrograms({ mcp: entry(`two-eras.mjs ${file} ${mode}`.trim(), keys) });
  return {
    url: `${url}/mcp/mcp`,
    starts: () => readFileSync(file, 'utf8').split('\n').length - 1,
  };
}

async function initialize(url: string, capabilities: object = {}) {
  const clientInfo = { name: 'tester', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities, clientInfo };
  return post(url, { jsonrpc: '2.0', id: 1, method: 'initialize', params });
}

test.each(['per-session', 'per-request'])(
  'a program of both eras is spoken to in the era of its caller with `instance: %s`',
  async (instance) => {
    const { url } = await hostTwoEras({ instance });
    const modern = modernCaller(url);
    expect((await modern.call('era')).text).toBe('modern');
    const legacy = await legacyCaller(url);
    expect((await legacy.call('era')).text).toBe('legacy');
    expect((await modern.call('era')).text).toBe('modern');
    expect((await legacy.call('era')).text).toBe('legacy');
  },
);

test('a shared program of both eras is spoken to in 2026-07-28 for all callers', async () => {
  const { url, starts } = await hostTwoEras({ instance: 'shared' });
  const legacy = await legacyCaller(url);
  expect((await legacy.call('era')).text).toBe('modern');
  expect((await modernCaller(url).call('era')).text).toBe('modern');
  expect(starts()).toBe(1);
});

test.each([
  ['legacy', 'legacy'],
  ['modern', 'modern'],
] as const)('with `era: %s` both callers get the %s program', async (era, told) => {
  const { url } = await hostTwoEras({ era });
  const legacy = await legacyCaller(url);
  expect((await legacy.call('era')).text).toBe(told);
  expect((await modernCaller(url).call('era')).text).toBe(told);
});

test('callers of each era are told what the program declares in it', async () => {
  const { url } = await hostTwoEras({});
  const modern = modernCaller(url);
  const before = await modern.send('server/discover');
  expect(before.result?.capabilities).not.toHaveProperty('logging');
  expect((await initialize(url)).result?.capabilities).toHaveProperty('logging');
  const legacy = await legacyCaller(url);
  expect(await legacy.send('logging/setLevel', { level: 'info' })).toMatchObject({ result: {} });
  const after = await modern.send('server/discover');
  expect(after.result?.capabilities).toEqual(before.result?.capabilities);
});

test('the program that told what it speaks in the 2025 era serves the first client of that era', async () => {
  const { url, starts } = await hostTwoEras({});
  // A session id tells the capabilities in another order.
  const legacy = await legacyCaller(url, { roots: {}, elicitation: { form: {} } });
  expect((await legacy.call('era')).text).toBe('legacy');
  expect(starts()).toBe(2);
});

test('a program that was slow to start once is still spoken to in 2026-07-28', async () => {
  const { url } = await hostTwoEras({}, 'slow-once');
  const legacy = await legacyCaller(url);
  expect((await legacy.call('era')).text).toBe('legacy');
  expect((await modernCaller(url).call('era')).text).toBe('modern');
});

test('a program that is silent in 2026-07-28 is asked twice, and then is one of the 2025 era', async () => {
  const { url } = await hostPrograms({ mcp: entry('mcp.mjs silent') });
  const modern = modernCaller(url.concat('/mcp/mcp'));
  expect((await modern.call('echo', { value: 'x' })).text).toBe('x');
  const since = performance.now();
  expect((await modern.call('echo', { value: 'y' })).text).toBe('y');
  expect(performance.now() - since).toBeLessThan(2_000);
});
