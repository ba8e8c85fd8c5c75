// What keeps a module in a thread from serving, and what its environment is.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { startHost, type TestHost } from '../../start-host.ts';
import { call, stateOf } from './thread-host.ts';

const FIXTURES = resolve(import.meta.dirname, '../../../fixtures/servers');
const BUILD = `import { createServer } from ${JSON.stringify(join(FIXTURES, 'thread-v1.mjs'))};\n`;

function folder(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'mcp-thread-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

const hostOf = (module: string, files: Readonly<Record<string, string>> = {}): Promise<TestHost> =>
  startHost({
    listen: true,
    directory: folder({ 'm.mjs': module, ...files }),
    yaml: `
host: { blockedTimeoutMs: 1000 }
defaults: { auth: anonymous }
servers:
  m: { module: ./m.mjs, isolation: thread, startTimeoutMs: 3000 }
`,
  });

describe('a module in a thread', () => {
  it.each([
    {
      what: 'ends its process while it is loaded',
      module: 'process.exit(0);',
      reason: 'ends-process',
    },
    {
      what: 'reads standard input while it is loaded',
      module: `${BUILD}process.stdin.on('data', () => {}); export { createServer };`,
      reason: 'connects-stdio',
    },
    { what: 'has no factory', module: 'export const nothing = 1;', reason: 'no-factory' },
    {
      what: 'needs a native addon that does not load',
      module: `import { createRequire } from 'node:module';
        createRequire(import.meta.url)('./broken.node');`,
      reason: 'native-addon',
    },
  ])('that $what is unavailable for good: $reason', async ({ module, reason }) => {
    const { url, logs } = await hostOf(module, { 'broken.node': 'no library' });
    const state = await stateOf(url, 'm');
    expect(state).toMatchObject({ status: 'unavailable', reason });
    expect(state).not.toHaveProperty('retryInSeconds');
    expect(logs).toContainEqual(
      expect.objectContaining({ reason, detail: expect.stringContaining('Fix:') }),
    );
  });

  it('that throws while it is imported is imported anew: a thread has modules of its own', async () => {
    const module = `${BUILD}import { existsSync } from 'node:fs';
      if (!existsSync(new URL('./ready', import.meta.url))) throw new Error('not ready');
      export { createServer };`;
    const directory = folder({ 'm.mjs': module });
    const { url } = await startHost({
      listen: true,
      directory,
      yaml: `
defaults: { auth: anonymous }
servers:
  m: { module: ./m.mjs, isolation: thread }
`,
    });
    expect(await stateOf(url, 'm')).toMatchObject({ reason: 'import-failed' });
    writeFileSync(join(directory, 'ready'), '');
    await eventually(async () =>
      expect(await call(`${url}/m/mcp`, 'legacy', 'echo', { text: 'x' })).toMatchObject({
        text: 'x',
      }),
    );
  });

  it('whose loading never ends is ended at its limit, and others serve', async () => {
    const { url, logs } = await hostOf('for (;;);');
    expect(await stateOf(url, 'm')).toMatchObject({ reason: 'start-timeout' });
    expect(logs).toContainEqual(expect.objectContaining({ reason: 'start-timeout' }));
  });

  it('that fails later while it is loaded says why', async () => {
    const { url, logs } = await hostOf(
      `setTimeout(() => { throw new Error('too early'); }); await new Promise(() => {});`,
    );
    expect(await stateOf(url, 'm')).toMatchObject({ reason: 'server-ended' });
    expect(JSON.stringify(logs)).toContain('too early');
  });
});

describe('the environment of a thread', () => {
  it('has the values of its entry, not those of others and not the secrets of the host', async () => {
    Object.assign(process.env, {
      MCP_HOST_STATE_KEY: 'secret',
      AzureWebJobsStorage: 'secret',
      THREAD_TEST_SHARED: 'of the process',
    });
    onTestFinished(() => {
      for (const name of ['MCP_HOST_STATE_KEY', 'AzureWebJobsStorage', 'THREAD_TEST_SHARED']) {
        delete process.env[name];
      }
      delete process.env.THREAD_TEST_BESIDE;
    });
    const { url } = await startHost({
      listen: true,
      yaml: `
defaults: { auth: anonymous }
servers:
  one: { module: ./thread-v1.mjs, isolation: thread, env: { WHO: one, THREAD_TEST_OTHER: one } }
  two: { module: ./thread-v2.mjs, isolation: thread, env: { WHO: two } }
  beside: { module: ./kernel-v1.mjs, env: { WHO: beside, THREAD_TEST_BESIDE: beside } }
`,
    });
    onTestFinished(() => void delete process.env.WHO);
    const variable = async (server: string, text: string): Promise<string | undefined> =>
      (await call(`${url}/${server}/mcp`, 'legacy', 'variable', { text })).text;
    expect(await variable('one', 'WHO')).toBe('one');
    expect(await variable('two', 'WHO')).toBe('two');
    expect(process.env.WHO).toBe('beside');
    expect(await variable('two', 'THREAD_TEST_SHARED')).toBe('of the process');
    for (const name of [
      'THREAD_TEST_OTHER',
      'THREAD_TEST_BESIDE',
      'MCP_HOST_STATE_KEY',
      'AzureWebJobsStorage',
    ]) {
      expect(await variable('two', name)).toBe('unset');
    }
    expect(process.env.THREAD_TEST_OTHER).toBeUndefined();
  });
});
