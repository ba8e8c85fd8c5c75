// Programs that have a key of their caller in their environment.

import { describe, expect, test, vi } from 'vitest';
import { entry, hostPrograms, legacyCaller, modernCaller, sessionlessCaller } from './hosted.ts';

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: it is what people write in servers.yaml.
const KEYED = { env: { TOKEN: 'Bearer ${header:X-Upstream-Token}' } };
const KEY = '${header:X-Upstream-Token}';
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

describe('a key that the program refuses', () => {
  const HOST = { keyed: entry('keyed.mjs', { env: { TOKEN: KEY } }) };
  const keyed = (url: string, key: string) => sessionlessCaller(`${url}/keyed/mcp`, keyOf(key));

  test('keeps nobody else from the server, before and after its first start', async () => {
    const { url } = await hostPrograms(HOST);
    for (let number = 0; number < 2; number += 1) {
      expect((await keyed(url, `wrong ${number}`).call('any')).status).toBe(503);
    }
    expect((await keyed(url, 'good').call('any')).text).toBe('good');
    for (let number = 0; number < 6; number += 1) {
      expect((await keyed(url, `wrong ${number}`).call('any')).status).toBe(503);
    }
    expect((await keyed(url, 'good').call('any')).text).toBe('good');
  });

  test('starts nothing for a while when it is sent again and again', async () => {
    const { url, logs } = await hostPrograms(HOST);
    expect((await keyed(url, 'good').call('any')).text).toBe('good');
    const waits: number[] = [];
    for (let number = 0; number < 7; number += 1) {
      waits.push(Number((await keyed(url, 'wrong').call('any')).headers['retry-after']));
    }
    expect(waits.slice(0, 5)).toEqual([1, 1, 1, 1, 1]);
    expect(Math.min(...waits.slice(5))).toBeGreaterThan(50);
    expect(logs.filter(({ msg }) => msg === 'program not started')).toHaveLength(5);
    expect((await keyed(url, 'good').call('any')).text).toBe('good');
  });

  test('does not end the wait of another caller whose key is right', async () => {
    const { url } = await hostPrograms({
      keyed: entry('keyed.mjs', { env: { TOKEN: KEY }, era: 'legacy', startTimeoutMs: 1_000 }),
    });
    const silent = keyed(url, 'silent').call('any');
    const good = keyed(url, 'good').call('any');
    expect((await silent).status).toBe(503);
    expect((await good).text).toBe('good');
  });

  test('is not in the log, also when the program prints it', async () => {
    const { url, lines } = await hostPrograms(HOST);
    await keyed(url, 'wrong-key-of-somebody').call('any');
    const log = lines.join('');
    expect(log).toContain('the key [hidden] is not known');
    expect(log).not.toContain('wrong-key-of-somebody');
  });
});

test('what the program of one key lists and says of itself is told to nobody else', async () => {
  const { url } = await hostPrograms({ keyed: entry('keyed.mjs', { env: { TOKEN: KEY } }) });
  const lists = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'];
  for (const key of ['alice', 'bob']) {
    const caller = await legacyCaller(`${url}/keyed/mcp`, {}, keyOf(key));
    const other = key === 'alice' ? 'bob' : 'alice';
    for (const method of lists) {
      const { body } = await caller.send(method);
      expect(body).toContain(key);
      expect(body).not.toContain(other);
    }
    const hello = await caller.send('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'tester', version: '1' },
    });
    expect(hello.result?.serverInfo).toMatchObject({ name: 'keyed' });
    expect(hello.body).not.toContain('alice');
  }
});

test('the host’s own key is the one whose lists everybody gets, whoever comes first', async () => {
  vi.stubEnv('X_UPSTREAM_TOKEN', 'host');
  const { url } = await hostPrograms({ keyed: entry('keyed.mjs', { env: { TOKEN: KEY } }) });
  vi.unstubAllEnvs();
  const caller = await legacyCaller(`${url}/keyed/mcp`, {}, keyOf('alice'));
  expect((await caller.send('resources/list')).body).toContain('file:///host');
  expect((await caller.call('any')).text).toBe('alice');
});
