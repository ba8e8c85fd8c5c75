// Programs that have a key of their caller in their environment.

import { describe, expect, test, vi } from 'vitest';
import { entry, hostPrograms, legacyCaller, modernCaller, sessionlessCaller } from './hosted.ts';

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: it is what people write in servers.yaml.
const KEYED = { env: { TOKEN: 'Bearer ${header:X-Upstream-Token}' } };
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: see above.

const tokenIn = { name: 'TOKEN' };
const keyOf = (key: string): Record<string, string> => ({ 'x-upstream-token': key });

describe.each(['per-session', 'per-request'])('with `instance: %s`', (instance) => {
  test('a program gets the key of its own caller', async () => {
    const { url } = await hostPrograms({ mcp: entry('mcp.mjs', { ...KEYED, instance }) });
    for (const key of ['one', 'two', 'one']) {
      const caller = await legacyCaller(`${url}/mcp/mcp`, {}, keyOf(key));
      expect((await caller.call('variable', tokenIn)).text).toBe(`Bearer ${key}`);
      const modern = modernCaller(`${url}/mcp/mcp`, {}, keyOf(key));
      expect((await modern.call('variable', tokenIn)).text).toBe(`Bearer ${key}`);
    }
  });

  test('a request without the key is refused with the name of the header', async () => {
    const { url, logs, lines } = await hostPrograms({
      mcp: entry('mcp.mjs', { ...KEYED, instance }),
    });
    const without = await sessionlessCaller(`${url}/mcp/mcp`).call('whoami');
    expect(without.status).toBe(400);
    expect(without.error).toMatchObject({
      message: expect.stringContaining('x-upstream-token'),
      data: { reason: 'missing-header', headers: ['x-upstream-token'] },
    });
    expect(logs.filter(({ reason }) => reason === 'start-timeout')).toEqual([]);
    const caller = sessionlessCaller(`${url}/mcp/mcp`, keyOf('a secret of mine'));
    expect((await caller.call('variable', tokenIn)).text).toBe('Bearer a secret of mine');
    const later = await sessionlessCaller(`${url}/mcp/mcp`).call('whoami');
    expect(later.status).toBe(400);
    expect(lines.join('')).not.toContain('a secret of mine');
  });
});

test('one session with another key gets another program', async () => {
  const { url } = await hostPrograms({ mcp: entry('mcp.mjs', KEYED) });
  const { headers } = await legacyCaller(`${url}/mcp/mcp`, {}, keyOf('one'));
  const one = sessionlessCaller(`${url}/mcp/mcp`, headers);
  const other = sessionlessCaller(`${url}/mcp/mcp`, { ...headers, ...keyOf('two') });
  await one.call('remember', { value: 'of one' });
  expect((await other.call('recall')).text).toBe('nothing');
  expect((await one.call('recall')).text).toBe('of one');
});

test('the host’s own key starts the server, but serves no caller', async () => {
  vi.stubEnv('X_UPSTREAM_TOKEN', 'of the host');
  const { url } = await hostPrograms({
    mcp: entry('mcp.mjs', { ...KEYED, start: 'eager' }),
  });
  vi.unstubAllEnvs();
  const caller = await legacyCaller(`${url}/mcp/mcp`);
  expect((await caller.send('tools/list')).result?.tools).toBeDefined();
  expect((await caller.call('variable', tokenIn)).status).toBe(400);
  const keyed = await legacyCaller(`${url}/mcp/mcp`, {}, keyOf('mine'));
  expect((await keyed.call('variable', tokenIn)).text).toBe('Bearer mine');
});
