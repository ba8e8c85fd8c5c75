// Programs with their own listener that misbehave, and what their callers see of it.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { openHost, type TestHost } from '../../start-host.ts';
import { type Caller, entry, hostPrograms, legacyCaller, modernCaller } from './hosted.ts';
import { hostListener, listenerOn, PORT, pidOf } from './listeners.ts';
import { isAlive } from './programs.ts';

const isLinux = process.platform === 'linux';

async function expectGone(...pids: readonly number[]): Promise<void> {
  await eventually(async () => {
    expect(await Promise.all(pids.map(isAlive))).toEqual(pids.map(() => false));
  });
}

/** A file that a program writes to. */
function notesFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-host-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'notes');
}

const unavailable = ({ logs }: TestHost) => logs.find(({ msg }) => msg === 'unavailable');

describe('a program that does not listen', () => {
  test('is unavailable at its time limit, and is ended', async () => {
    const host = await hostListener(listenerOn('v1', 'never'), { startTimeoutMs: 4_000 });
    const answer = await modernCaller(host.target).send('tools/list');
    expect(answer.status).toBe(503);
    expect(unavailable(host)).toMatchObject({ reason: 'not-listening' });
    expect(unavailable(host)?.detail).toContain('the variable PORT');
  });

  test('because it exits is unavailable at once, with its last words in the log', async () => {
    const host = await hostListener(listenerOn('v1', 'exit-at-once'), { startTimeoutMs: 120_000 });
    const startedAt = performance.now();
    expect((await modernCaller(host.target).send('tools/list')).status).toBe(503);
    expect(performance.now() - startedAt).toBeLessThan(60_000);
    expect(unavailable(host)).toMatchObject({ reason: 'not-listening' });
    expect(unavailable(host)?.detail).toContain('exit code 3');
    expect(unavailable(host)?.detail).toContain('cannot start: no license');
  });

  test.runIf(isLinux)('on the port that it was given is told which one it took', async () => {
    const host = await hostListener(listenerOn('v1', 'other-port'), { startTimeoutMs: 4_000 });
    expect((await modernCaller(host.target).send('tools/list')).status).toBe(503);
    expect(unavailable(host)?.detail).toMatch(/It listens on \d+ instead\./);
  });
});

describe('a port that another process takes first', () => {
  test.each([
    ['ends', ['taken', '1']],
    ['lives on without it', ['taken-and-lives']],
  ])('is given up for another one when the program %s', async (_, [mode = '', ...args]) => {
    if (!isLinux && mode !== 'taken') return;
    const notes = notesFile();
    const { target } = await hostListener(listenerOn('v1', mode, notes, ...args));
    const caller = await legacyCaller(target);
    expect((await caller.call('echo', { value: 'mine' })).text).toBe('mine');
    // Nothing was sent to it.
    expect(existsSync(notes)).toBe(false);
  });

  test.runIf(isLinux)('three times in a row makes the server unavailable', async () => {
    const notes = notesFile();
    const host = await hostListener(listenerOn('v1', 'taken', notes, '9'));
    expect((await modernCaller(host.target).send('tools/list')).status).toBe(503);
    expect(unavailable(host)).toMatchObject({ reason: 'not-listening' });
    expect(unavailable(host)?.detail).toContain('took 3 ports in a row');
    expect(existsSync(notes)).toBe(false);
    expect(readFileSync(`${notes}.starts`, 'utf8')).toBe('...');
  });
});

describe('a program that ends', () => {
  test('fails all that it was asked, in both eras, and the next call starts another', async () => {
    const { target, logs } = await hostListener(listenerOn('v1'));
    const caller = await legacyCaller(target);
    const pid = await pidOf(caller);
    const open = [caller.call('never'), modernCaller(target).call('never')];
    await caller.call('whoami');
    const answer = await caller.call('exit', { code: 137 });
    for (const each of [answer, ...(await Promise.all(open))]) {
      expect(each.status).toBe(502);
      expect(each.error?.data?.reason).toBe('server-exited');
      expect(each.body).not.toContain('the last words');
    }
    expect(await pidOf(caller)).not.toBe(pid);
    const line = logs.find(({ msg }) => msg === 'program ended');
    expect(line?.detail).toContain('exit code 137');
    expect(line?.detail).toContain('the last words');
  });

  test('five times within five minutes is not started for a while, and leaves no process', async () => {
    const host = await hostListener(listenerOn('v1'), { instance: 'shared' });
    const caller = await legacyCaller(host.target);
    const pids: number[] = [];
    for (let end = 0; end < 5; end += 1) {
      pids.push(await pidOf(caller));
      expect((await caller.call('exit')).error?.data?.reason).toBe('server-exited');
    }
    const refused = await caller.call('whoami');
    expect(refused.status).toBe(503);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(30);
    const ready = await fetch(`${host.url}/readyz`);
    expect(await ready.json()).toMatchObject({
      servers: [{ status: 'unavailable', reason: 'server-ended' }],
    });
    expect(new Set(pids).size).toBe(5);
    await expectGone(...pids);
  });

  test('and cannot be started again is told so, and counts as one that ended', async () => {
    const notes = notesFile();
    const { target, logs } = await hostListener(listenerOn('v1', 'once', notes));
    const caller = await legacyCaller(target);
    await caller.call('exit');
    expect((await caller.call('whoami')).status).toBe(503);
    expect(logs).toContainEqual(
      expect.objectContaining({ msg: 'program not started', reason: 'not-listening' }),
    );
  });
});

describe('the host ends a program', () => {
  const SHORT = { idleTimeoutMs: 1_000 };

  test('that nobody has called for `idleTimeoutMs`, and the next call starts another', async () => {
    const { target } = await hostListener(listenerOn('v1'), SHORT);
    const caller = await legacyCaller(target);
    await caller.call('remember', { value: 'something' });
    await expectGone(await pidOf(caller));
    expect((await caller.call('recall')).text).toBe('nothing');
  });

  test('never while it is called', async () => {
    const { target } = await hostListener(listenerOn('v2'), SHORT);
    const late = await modernCaller(target).call('echo-later', { value: 'late', ms: 2_500 });
    expect(late.text).toBe('late');
  });

  test('never while somebody may listen to its changes', async () => {
    const keys = { ...SHORT, instance: 'shared', subscriptions: true };
    const { target } = await hostListener(listenerOn('v1'), keys);
    const caller = await legacyCaller(target);
    const pid = await pidOf(caller);
    const other = await hostListener(listenerOn('v1'), SHORT);
    await expectGone(await pidOf(await legacyCaller(other.target)));
    expect(await pidOf(caller)).toBe(pid);
  });

  test.skipIf(process.platform === 'win32')('that holds more than `memoryMb`', async () => {
    const { target, logs } = await hostListener(listenerOn('v1'), { memoryMb: 200 });
    const caller = await legacyCaller(target);
    const pid = await pidOf(caller);
    await caller.call('hold-memory', { megabytes: 250 });
    await expectGone(pid);
    expect(logs).toContainEqual(
      expect.objectContaining({ msg: 'program ended', reason: 'out-of-memory', memoryMb: 200 }),
    );
    expect((await caller.call('echo', { value: 'small again' })).text).toBe('small again');
  });

  test.skipIf(process.platform === 'win32')(
    'that is idle when all together hold too much',
    async () => {
      const listener = { ...listenerOn('v1'), url: `http://127.0.0.1:${PORT}/mcp` };
      const { url } = await hostPrograms(
        { listener: JSON.stringify(listener), stdio: entry('mcp.mjs') },
        { host: { childrenMemoryMb: 1 } },
      );
      const pid = await pidOf(await legacyCaller(`${url}/listener/mcp`));
      expect(await pidOf(await legacyCaller(`${url}/stdio/mcp`))).toBeGreaterThan(0);
      await expectGone(pid);
    },
  );

  test.each(['v1', 'v2'] as const)(
    'on SDK %s that leaves three calls in a row and a ping unanswered',
    async (sdk) => {
      const { target, logs } = await hostListener(listenerOn(sdk), {
        timeoutMs: 1_000,
        start: 'eager',
      });
      const caller = await eventually(() => legacyCaller(target));
      await caller.call('freeze');
      const calls = Array.from({ length: 3 }, () => caller.call('whoami'));
      for (const answer of await Promise.all(calls)) expect(answer.status).toBe(504);
      await eventually(() =>
        expect(logs).toContainEqual(
          expect.objectContaining({ msg: 'program ended', reason: 'unanswered', unanswered: 3 }),
        ),
      );
      await eventually(async () => expect(await pidOf(caller)).toBeGreaterThan(0));
    },
  );

  test('that takes no connections any more', async () => {
    const { target, logs } = await hostListener(listenerOn('v1'), { instance: 'shared' });
    const caller = await legacyCaller(target);
    const pid = await pidOf(caller);
    await caller.call('stop-listening');
    await eventually(async () => expect(await pidOf(caller)).not.toBe(pid));
    await expectGone(pid);
    expect(logs).toContainEqual(
      expect.objectContaining({
        msg: 'program ended',
        reason: 'unanswered',
        detail: 'The program no longer accepts connections.',
      }),
    );
  });

  test.skipIf(process.platform === 'win32')(
    'that ignores SIGTERM together with what it has started, when the host ends',
    async () => {
      const listener = listenerOn('v1', 'stubborn');
      const keys = { ...listener, url: `http://127.0.0.1:${PORT}/mcp` };
      const host = await openHost({
        listen: true,
        directory: join(import.meta.dirname, '../../../fixtures/programs'),
        yaml: `defaults: { auth: anonymous }\nservers:\n  mcp: ${JSON.stringify(keys)}\n`,
      });
      const caller: Caller = await legacyCaller(`${host.url}/mcp/mcp`);
      const pids = [await pidOf(caller), Number((await caller.call('grandchild')).text)];
      expect(await Promise.all(pids.map(isAlive))).toEqual([true, true]);
      await host.close();
      expect(await Promise.all(pids.map(isAlive))).toEqual([false, false]);
    },
  );
});
