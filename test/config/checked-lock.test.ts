// servers.lock.json as the build has checked it: the start says the same as without a build, also
// when one of the files has changed since.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readCheckedLocks } from '../../config/checked-lock.ts';
import { compile, readCompiled } from '../../config/compiled.ts';
import { ConfigError } from '../../config/diagnostics.ts';
import { loadConfig } from '../../config/load.ts';
import {
  checkedLockOf,
  entryHash,
  hashesOf,
  isOutside,
  type LockedServer,
  readLocks,
  renderLockFile,
} from '../../config/lock-file.ts';
import type { ServersConfig } from '../../config/schema.ts';
import { post } from '../runtime/post.ts';
import { startHost } from '../runtime/start-host.ts';

const YAML = `
defaults: { auth: anonymous }
servers:
  s: { command: node, args: [s.mjs] }
  old: { command: node, args: [old.mjs] }
  module: { module: ./module.mjs }
`;

let folder: string;
let file: string;
let lockFile: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'checked-lock-'));
  file = join(folder, 'servers.yaml');
  lockFile = join(folder, 'servers.lock.json');
  writeFileSync(file, YAML);
  writeLock('echo');
  return () => rmSync(folder, { recursive: true });
});

/** A lock of `s`, of an entry that `old` had once, and of a server that is a module now. */
function writeLock(tool: string): void {
  const tools = [{ name: tool, inputSchema: { type: 'object' } }];
  const server = loadConfig(file)
    .servers.filter(isOutside)
    .find(({ name }) => name === 's');
  const locked: LockedServer = {
    entry: entryHash(server as NonNullable<typeof server>),
    era: 'modern',
    serverInfo: { name: 'locked', version: '1' },
    capabilities: { tools: {} },
    toolHashes: hashesOf(tools),
    tools,
  };
  const old = { ...locked, entry: `sha256-${'A'.repeat(43)}=` };
  writeFileSync(lockFile, renderLockFile({ s: locked, old, module: locked }));
}

function build(): void {
  const config = loadConfig(file);
  writeFileSync(join(folder, 'servers.json'), compile(config, checkedLockOf(config)));
}

const built = (): ServersConfig => readCompiled(file, folder) as ServersConfig;

it('is used as it is', () => {
  build();
  const locks = readCheckedLocks(built());
  expect(locks).toEqual(readLocks(loadConfig(file)));
  expect([...(locks ?? [])].map(([name, { isStale }]) => [name, isStale])).toEqual([
    ['s', false],
    ['old', true],
  ]);
});

it.each([
  ['changes after the build', () => writeLock('other')],
  ['is damaged after the build', () => writeFileSync(lockFile, '{}')],
])('is not used when it %s', (_, change) => {
  build();
  change();
  expect(readCheckedLocks(built())).toBeUndefined();
});

it.each([
  ['there was none', () => rmSync(lockFile)],
  ['it was damaged', () => writeFileSync(lockFile, '{}')],
])('is not used when at the build %s', (_, change) => {
  change();
  build();
  writeLock('echo');
  expect(readCheckedLocks(built())).toBeUndefined();
});

describe('a host of a build', () => {
  const listed = async (name: string) => {
    const host = await startHost({ yaml: '', config: built(), listen: true });
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    const { result } = await post(`${host.url}/${name}/mcp`, message);
    return {
      tools: (result?.tools as { name: string }[] | undefined)?.map((tool) => tool.name),
      stale: host.logs.filter(({ reason }) => reason === 'lock-stale').map(({ server }) => server),
    };
  };

  it('answers lists from the lock file, and from that of now when it has changed', async () => {
    build();
    expect(await listed('s')).toEqual({ tools: ['echo'], stale: ['old'] });
    writeLock('other');
    expect(await listed('s')).toEqual({ tools: ['other'], stale: ['old'] });
  });

  it('does not start with a lock file that was damaged since', async () => {
    build();
    writeFileSync(lockFile, '{}');
    await expect(listed('s')).rejects.toThrow(ConfigError);
  });

  it('lists nothing from a lock file of another entry, when servers.yaml has changed', async () => {
    build();
    writeFileSync(file, YAML.replace('[s.mjs]', '[t.mjs]'));
    expect(readCompiled(file, folder)).toBeUndefined();
    build();
    expect(await listed('s')).toEqual({ tools: undefined, stale: ['s', 'old'] });
  });
});
