// When a process that stands still is ended, and when it is not.

import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { type Operation, operationOf } from '../../runtime/exchange/entered.ts';
import { addBlockedNotes } from '../../runtime/process/add-blocked-notes.ts';
import { readNotes } from '../../runtime/process/note-file.ts';
import { blockedNotesFile } from '../../runtime/process/note-place.ts';
import { post } from '../runtime/post.ts';
import { callTool } from './call-tool.ts';
import { type HostProcess, type SpawnOptions, spawnHost } from './spawn-host.ts';

const BLOCKED_TIMEOUT_MS = 2_000;
const STOPPED_MS = 4_000;

const SERVERS = `
defaults: { auth: anonymous }
servers:
  bad: { module: ./fault-process.mjs }
  good: { module: ./fault-process.mjs }
`;

async function start(options: Partial<SpawnOptions> = {}): Promise<HostProcess> {
  return spawnHost({
    yaml: `host: { blockedTimeoutMs: ${BLOCKED_TIMEOUT_MS} }${SERVERS}`,
    ...options,
  });
}

const echo = (url: string) => callTool(`${url}/good/mcp`, 'echo', { text: 'up' });
const isUp = { status: 200, text: 'up' };

it('a process that stands still is ended, and says which tool it was in, and where', async () => {
  const host = await start();
  const url = await host.url();
  await expect(callTool(`${url}/bad/mcp`, 'block', { ms: 60_000 })).rejects.toThrow();
  expect(await host.exited).toEqual({ code: null, signal: 'SIGKILL' });
  expect(host.stderr()).toMatch(
    / At fault: servers\.bad, "tools\/call block", in "file:\/\/\/\S+\/fault-process\.mjs:\d+"\./,
  );
});

const LATE_BLOCK = `
host: { blockedTimeoutMs: ${BLOCKED_TIMEOUT_MS} }
defaults: { auth: anonymous }
servers:
  bad: { module: ./late-block.mjs }
  good: { module: ./stays.mjs }
`;

/** @returns what the end of the process left behind. */
async function endOf(tool: string, isOtherCalled: boolean) {
  const host = await start({ yaml: LATE_BLOCK });
  const url = await host.url();
  const notes = blockedNotesFile(join(host.directory, 'servers.yaml'), 0);
  onTestFinished(() => rmSync(notes, { force: true }));
  const args = isOtherCalled ? { url: `${url}/good/mcp` } : {};
  await expect(callTool(`${url}/bad/mcp`, tool, args)).rejects.toThrow();
  expect(await host.exited).toEqual({ code: null, signal: 'SIGKILL' });
  const noted: unknown = existsSync(notes) ? JSON.parse(readNotes(notes)) : [];
  return { stderr: host.stderr(), noted };
}

it('a tool that loops after an await is noted, and not the one that was called in between', async () => {
  const { stderr, noted } = await endOf('loop', true);
  expect(stderr).toMatch(
    / At fault: servers\.bad, "tools\/call loop", in "file:\S+\/late-block\.mjs:\d+"\./,
  );
  expect(noted).toMatchObject([{ server: 'bad', operation: 'tools/call loop' }]);
});

it('a block in native code names nobody it cannot be sure of', async () => {
  const { stderr, noted } = await endOf('native', true);
  expect(stderr).toContain('Probably at fault: servers.good, "tools/call stay".');
  expect(noted).toEqual([]);
});

it('a block in native code names the only tool that runs', async () => {
  const { stderr, noted } = await endOf('native', false);
  expect(stderr).toContain('Probably at fault: servers.bad, "tools/call native".');
  expect(noted).toMatchObject([{ server: 'bad', operation: 'tools/call native' }]);
});

/**
 * A host whose earlier processes were blocked by `bad` in these requests. Nothing blocks it, so it
 * has the usual limit: on a busy machine, loading takes more than a second.
 */
function startAfter(operations: readonly Operation[]): Promise<HostProcess> {
  return spawnHost({
    yaml: SERVERS,
    prepare: (folder) => {
      const notes = blockedNotesFile(join(folder, 'servers.yaml'), 0);
      onTestFinished(() => rmSync(notes, { force: true }));
      const noted = operations.map((each) => ({ server: 'bad', operation: operationOf(each) }));
      addBlockedNotes(notes, noted);
    },
  });
}

it.each([
  { noted: ['one', 'two'], status: 503, reason: 'blocked' },
  { noted: ['one', 'echo'], status: 200, reason: undefined },
])(
  'a tool that is not listed answers $status after ends in $noted, and a listed one goes on',
  async ({ noted, status, reason }) => {
    const host = await startAfter(
      noted.map((name) => ({ method: 'tools/call', params: { name } })),
    );
    const url = await host.url();
    expect(await callTool(`${url}/bad/mcp`, 'three')).toMatchObject({ status, reason });
    expect(await callTool(`${url}/bad/mcp`, 'echo', { text: 'up' })).toMatchObject(isUp);
    expect(await callTool(`${url}/good/mcp`, 'three')).toMatchObject({ status: 200 });
  },
);

const named = (name: string): Operation => ({ method: 'prompts/get', params: { name } });
const read = (uri: string): Operation => ({ method: 'resources/read', params: { uri } });

it.each([
  { noted: [named('one'), named('two')], asked: named('three'), reason: 'blocked' },
  { noted: [named('one')], asked: named('three'), reason: undefined },
  { noted: [read('test://one'), read('test://two')], asked: read('test://3'), reason: 'blocked' },
])(
  '$asked.method with another name after $noted.length ends: $reason, and tools go on',
  async ({ noted, asked, reason }) => {
    const host = await startAfter(noted);
    const url = await host.url();
    const message = { jsonrpc: '2.0', id: 1, ...asked } as const;
    const refused = { data: { reason } };
    const { error } = await post(`${url}/bad/mcp`, message);
    expect(error).toMatchObject(reason ? refused : { code: -32601 });
    expect(await callTool(`${url}/bad/mcp`, 'echo', { text: 'up' })).toMatchObject(isUp);
    expect((await post(`${url}/good/mcp`, message)).error).toMatchObject({ code: -32601 });
  },
);

it.skipIf(process.platform === 'win32')(
  'a process that was stopped for longer goes on when it is continued',
  async () => {
    const host = await start();
    const url = await host.url();
    const held = callTool(`${url}/good/mcp`, 'hold', { ms: 1_000 });
    await host.waitForLog({ held: 1 });
    host.signal('SIGSTOP');
    await wait(STOPPED_MS);
    host.signal('SIGCONT');
    expect(await held).toMatchObject({ status: 200, text: 'held' });
    // The watchdog has had its time to act.
    await wait(2 * BLOCKED_TIMEOUT_MS);
    expect(await echo(url)).toMatchObject(isUp);
  },
);

it('a process that is debugged stands still as long as it likes', async () => {
  const host = await start({ nodeArguments: ['--inspect=127.0.0.1:0'] });
  const url = await host.url();
  const blocked = await callTool(`${url}/bad/mcp`, 'block', { ms: 3 * BLOCKED_TIMEOUT_MS });
  expect(blocked).toMatchObject({ status: 200, text: 'ok' });
  expect(await echo(url)).toMatchObject(isUp);
});

it('a pause that is shorter is nobody’s business', async () => {
  const host = await start();
  const url = await host.url();
  const blocked = await callTool(`${url}/bad/mcp`, 'block', { ms: BLOCKED_TIMEOUT_MS / 2 });
  expect(blocked).toMatchObject({ status: 200, text: 'ok' });
});

it('the watchdog keeps no process that is told to end', async () => {
  const host = await start();
  await host.url();
  host.signal('SIGTERM');
  expect(await host.exited).toEqual({ code: 0, signal: null });
});

it('a process that stands still while it drains is ended all the same', {
  timeout: 30_000,
}, async () => {
  const host = await start({
    yaml: 'servers: { bad: { module: ./late/index.mjs, auth: anonymous } }',
    files: {
      'late/index.mjs': `
        import { existsSync } from 'node:fs';
        export { createServer } from '../fault-process.mjs';
        const file = new URL('go', import.meta.url);
        setInterval(() => { while (existsSync(file)); }, 20);
      `,
    },
  });
  const url = await host.url();
  void callTool(`${url}/bad/mcp`, 'hold', { ms: 60_000 }).catch(() => {});
  await host.waitForLog({ held: 1 });
  host.signal('SIGTERM');
  await host.waitForLog({ msg: 'draining' });
  writeFileSync(join(host.directory, 'late/go'), '');
  expect(await host.exited).toEqual({ code: null, signal: 'SIGKILL' });
  expect(host.stderr()).toContain('did not stop within its time limit');
});
