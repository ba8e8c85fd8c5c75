// The era that servers.lock.json names for a program.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../../../config/load.ts';
import { entryHash, type OutsideServer, renderLockFile } from '../../../../config/lock-file.ts';
import { startHost } from '../../start-host.ts';
import { legacyCaller } from './hosted.ts';

const PROGRAMS = join(import.meta.dirname, '../../../fixtures/programs');

test.each([
  ['legacy', 'mcp.mjs', 'echo', { value: 'x' }],
  // It has become another one since.
  ['modern', 'mcp.mjs', 'echo', { value: 'x' }],
  ['modern', 'mcp.mjs exits', 'echo', { value: 'x' }],
  ['legacy', 'sdk.mjs v2-modern kernel-v2.mjs', 'echo', { text: 'x' }],
] as const)('a lock file that says %s of %s', async (era, program, tool, args) => {
  const directory = mkdtempSync(join(tmpdir(), 'mcp-locked-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [file, ...rest] = program.split(' ');
  const entry = { command: 'node', args: [join(PROGRAMS, file as string), ...rest] };
  const yaml = `defaults: { auth: anonymous }\nservers: { mcp: ${JSON.stringify(entry)} }\n`;
  const [server] = parseConfig(yaml, join(directory, 'servers.yaml')).servers;
  const locked = {
    entry: entryHash(server as OutsideServer),
    era,
    serverInfo: { name: 'locked', version: '1' },
    capabilities: { tools: {} },
    toolHashes: {},
  };
  const lock = renderLockFile({ mcp: locked });
  writeFileSync(join(directory, 'servers.lock.json'), lock);
  const { url } = await startHost({ yaml, directory, listen: true });
  const caller = await legacyCaller(`${url}/mcp/mcp`);
  expect((await caller.call(tool, args)).text).toMatch(/x$/);
});
