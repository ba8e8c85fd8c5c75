// How programs end, and what their callers see of it.

import { describe, expect, test } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { openHost } from '../../start-host.ts';
import {
  type Caller,
  entry,
  hostPrograms,
  legacyCaller,
  modernCaller,
  sessionlessCaller,
} from './hosted.ts';

const SHARED = { instance: 'shared' };

async function pidOf(caller: Caller): Promise<number> {
  return Number((await caller.call('whoami')).text);
}

function expectGone(pid: number): void {
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
}

describe('a program that ends', () => {
  test.each(['shared', 'per-session', 'per-request'])(
    'with `instance: %s` fails its calls, which are never run again, and the next call starts another',
    async (instance) => {
      const { url, logs } = await hostPrograms({ mcp: entry('mcp.mjs', { instance }) });
      const caller = await legacyCaller(`${url}/mcp/mcp`);
      const startedAt = performance.now();
      const answer = await caller.call('exit', { code: 137 });
      expect(answer.status).toBe(502);
      expect(answer.error?.data?.reason).toBe('server-exited');
      expect(answer.body).not.toContain('the last words');
      expect(performance.now() - startedAt).toBeLessThan(20_000);
      expect((await caller.call('echo', { value: 'again' })).text).toBe('again');
      const line = logs.find(({ msg }) => msg === 'program ended');
      expect(line).toMatchObject({ server: 'mcp', level: 'warn', reason: 'exited', exitCode: 137 });
      expect(line?.detail).toContain('exit code 137');
      expect(line?.detail).toContain('the last words');
    },
  );

  test('takes with it all that it was asked, in both eras', async () => {
    const { url } = await hostPrograms({ mcp: entry('mcp.mjs', SHARED) });
    const caller = await legacyCaller(`${url}/mcp/mcp`);
    await caller.call('whoami');
    const open = [caller.call('never'), modernCaller(`${url}/mcp/mcp`).call('never')];
    await caller.call('whoami');
    await caller.call('exit');
    for (const answer of await Promise.all(open)) {
      expect(answer.error?.data?.reason).toBe('server-exited');
    }
  });

  test('five times within five minutes is not started for a while', async () => {
    const { url, logs } = await hostPrograms({ mcp: entry('mcp.mjs', SHARED) });
    const caller = await legacyCaller(`${url}/mcp/mcp`);
    for (let end = 0; end < 5; end += 1) {
      expect((await caller.call('exit')).error?.data?.reason).toBe('server-exited');
    }
    const refused = await caller.call('echo', { value: 'x' });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(30);
    const ready = await fetch(`${url}/readyz`);
    expect(await ready.json()).toMatchObject({
      servers: [{ status: 'unavailable', reason: 'server-ended', restarts: 5 }],
    });
    const told = logs.filter(({ msg }) => msg === 'unavailable');
    expect(told).toMatchObject([{ server: 'mcp', level: 'error', reason: 'server-ended' }]);
    expect(told[0]?.retryInMs).toBeGreaterThan(30_000);
  });
});

test.each(['per-session', 'per-request'])(
  'a client that ends its own programs again and again keeps nobody else away, with `instance: %s`',
  async (instance) => {
    const { url } = await hostPrograms({ mcp: entry('mcp.mjs', { instance }) });
    const bad = await legacyCaller(`${url}/mcp/mcp`);
    const good = await legacyCaller(`${url}/mcp/mcp`);
    for (let end = 0; end < 6; end += 1) {
      expect((await bad.call('exit')).error?.data?.reason).toBe('server-exited');
      expect((await good.call('echo', { value: 'x' })).text).toBe('x');
    }
  },
);

describe('the host ends a program', () => {
  test('that nobody has asked for `idleTimeoutMs`, and a session gets a fresh one', async () => {
    const { url } = await hostPrograms({ mcp: entry('mcp.mjs', { idleTimeoutMs: 1_000 }) });
    const caller = await legacyCaller(`${url}/mcp/mcp`);
    await caller.call('remember', { value: 'something' });
    const pid = await pidOf(caller);
    await eventually(() => expectGone(pid));
    expect((await caller.call('recall')).text).toBe('nothing');
  });

  test('never while it is asked', async () => {
    const { url } = await hostPrograms({ mcp: entry('mcp.mjs', { idleTimeoutMs: 1_000 }) });
    const caller = await legacyCaller(`${url}/mcp/mcp`);
    const { text } = await caller.call('echo-later', { value: 'late', ms: 2_500 });
    expect(text).toBe('late');
  });

  test('that leaves three calls in a row and a ping unanswered', async () => {
    const { url, logs } = await hostPrograms({
      mcp: entry('mcp.mjs', { ...SHARED, timeoutMs: 1_000, start: 'eager' }),
    });
    const caller = await legacyCaller(`${url}/mcp/mcp`);
    await eventually(async () => expect((await caller.call('deaf')).status).toBe(200));
    for (let call = 0; call < 3; call += 1) {
      expect((await caller.call('echo', { value: 'x' })).status).toBe(504);
    }
    await eventually(() =>
      expect(logs).toContainEqual(
        expect.objectContaining({ msg: 'program ended', reason: 'unanswered', unanswered: 3 }),
      ),
    );
    await eventually(async () =>
      expect((await caller.call('echo', { value: 'back' })).text).toBe('back'),
    );
  });

  test('but not one that still answers a ping', async () => {
    const { url, logs } = await hostPrograms({
      mcp: entry('mcp.mjs', { ...SHARED, timeoutMs: 1_000, start: 'eager' }),
    });
    const caller = await legacyCaller(`${url}/mcp/mcp`);
    const pid = await eventually(async () => {
      const found = await pidOf(caller);
      expect(found).toBeGreaterThan(0);
      return found;
    });
    const unanswered = Array.from({ length: 4 }, () => caller.call('never'));
    for (const answer of await Promise.all(unanswered)) expect(answer.status).toBe(504);
    expect(await pidOf(caller)).toBe(pid);
    expect(JSON.stringify(logs)).not.toContain('does not answer calls or pings');
    // Each was told that nobody waits for it.
    const { text } = await caller.call('cancelled');
    expect(JSON.parse(text ?? '')).toHaveLength(4);
  });

  test.skipIf(process.platform === 'win32')('that holds more than `memoryMb`', async () => {
    const { url, logs } = await hostPrograms({
      mcp: entry('mcp.mjs', { ...SHARED, memoryMb: 150 }),
    });
    const caller = await legacyCaller(`${url}/mcp/mcp`);
    const pid = await pidOf(caller);
    await caller.call('hold-memory', { megabytes: 200 });
    await eventually(() => expectGone(pid));
    expect(logs).toContainEqual(
      expect.objectContaining({ msg: 'program ended', reason: 'out-of-memory', memoryMb: 150 }),
    );
    expect((await caller.call('echo', { value: 'small again' })).text).toBe('small again');
  });

  test.skipIf(process.platform === 'win32')(
    'that was idle longest when all together hold too much, and refuses a new client when none is idle',
    async () => {
      const { url, logs } = await hostPrograms(
        { mcp: entry('mcp.mjs') },
        { host: { childrenMemoryMb: 1 } },
      );
      const one = await legacyCaller(`${url}/mcp/mcp`);
      const other = await legacyCaller(`${url}/mcp/mcp`);
      const pid = await pidOf(one);
      expect(await pidOf(other)).not.toBe(pid);
      await eventually(() => expectGone(pid));
      expect(logs).toContainEqual(
        expect.objectContaining({ msg: 'program ended', reason: 'evicted', server: 'mcp' }),
      );
      const busy = other.call('echo-later', { value: 'busy', ms: 1_500 });
      await eventually(async () => {
        const refused = await one.call('whoami');
        expect(refused.status).toBe(503);
        expect(refused.error?.data?.reason).toBe('overloaded');
      });
      expect((await busy).text).toBe('busy');
    },
  );

  test('when the host ends, after the calls in flight were answered', async () => {
    const host = await openHost({
      listen: true,
      directory: `${import.meta.dirname}/../../../fixtures/programs`,
      yaml: `defaults: { auth: anonymous }\nservers:\n  mcp: ${entry('mcp.mjs')}\n`,
    });
    const caller = await legacyCaller(`${host.url}/mcp/mcp`);
    const pid = await pidOf(caller);
    const inFlight = caller.call('echo-later', { value: 'in time', ms: 1 });
    await caller.call('whoami');
    expect((await inFlight).text).toBe('in time');
    await host.close();
    await eventually(() => expectGone(pid));
  });
});

test('a caller that leaves cancels its call at the program, and its late answer is dropped', async () => {
  const { url } = await hostPrograms({ mcp: entry('mcp.mjs', SHARED) });
  const caller = await legacyCaller(`${url}/mcp/mcp`);
  await caller.call('whoami');
  const leaving = new AbortController();
  const message = { jsonrpc: '2.0', id: 1, method: 'tools/call' };
  const params = { name: 'echo-later', arguments: { value: 'late', ms: 300 } };
  const left = fetch(`${url}/mcp/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...caller.headers,
    },
    body: JSON.stringify({ ...message, params }),
    signal: leaving.signal,
  });
  await caller.call('whoami');
  leaving.abort();
  await expect(left).rejects.toThrow();
  await eventually(async () => {
    const { text } = await caller.call('cancelled');
    expect(JSON.parse(text ?? '')).toHaveLength(1);
  });
  expect((await caller.call('echo-later', { value: 'own', ms: 400 })).text).toBe('own');
});

test('a server that cannot be found is unavailable, with the reason in the log', async () => {
  const { url, logs } = await hostPrograms({
    mcp: JSON.stringify({ command: 'no-such-program-anywhere' }),
  });
  const answer = await sessionlessCaller(`${url}/mcp/mcp`).send('tools/list');
  expect(answer.status).toBe(503);
  expect(logs).toContainEqual(expect.objectContaining({ reason: 'program-not-found' }));
});
