// Programs over stdio as servers: both eras, every instance, every way to find out the era.

import { describe, expect, test } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { openStream } from '../../protocol/eras/stream.ts';
import { entry, hostPrograms, legacyCaller, modernCaller, sessionlessCaller } from './hosted.ts';

const INSTANCES = ['shared', 'per-session', 'per-request'] as const;

const FIRST_ANSWERS = ['unknown-method', 'invalid-params', 'not-initialized', 'exits', 'silent'];

/** How programs on the official SDKs are started, with the era that they are then asked in. */
const SDK_PROGRAMS = {
  v1: 'sdk.mjs v1 kernel-v1.mjs',
  v2: 'sdk.mjs v2 kernel-v2.mjs',
  'v2 of 2026-07-28 alone': 'sdk.mjs v2-modern kernel-v2.mjs',
};

describe('a program', () => {
  test.each(INSTANCES)('with `instance: %s` answers callers of both eras', async (instance) => {
    const { url } = await hostPrograms({ mcp: entry('mcp.mjs', { instance }) });
    const legacy = await legacyCaller(`${url}/mcp/mcp`);
    expect((await legacy.call('echo', { value: 'old' })).text).toBe('old');
    const answer = await modernCaller(`${url}/mcp/mcp`).call('echo', { value: 'new' });
    expect(answer.text).toBe('new');
    expect(answer.result).toMatchObject({ resultType: 'complete' });
  });

  test.each(FIRST_ANSWERS)(
    'of the 2025 era that answers an unknown first message with "%s" is served',
    async (first) => {
      const { url } = await hostPrograms({
        mcp: entry(`mcp.mjs ${first}`, { instance: 'shared' }),
      });
      const caller = await legacyCaller(`${url}/mcp/mcp`);
      expect((await caller.call('echo', { value: 'here' })).text).toBe('here');
    },
  );

  test.each(Object.entries(SDK_PROGRAMS))('on SDK %s answers both eras', async (_name, program) => {
    const { url } = await hostPrograms({
      shared: entry(program, { instance: 'shared' }),
      session: entry(program),
      request: entry(program, { instance: 'per-request' }),
    });
    for (const path of ['shared', 'session', 'request']) {
      const legacy = await legacyCaller(`${url}/${path}/mcp`);
      const old = await legacy.call('echo', { text: 'old' });
      expect(old.text).toMatch(/:old$/);
      expect(old.result).not.toHaveProperty('resultType');
      const modern = modernCaller(`${url}/${path}/mcp`);
      expect((await modern.call('echo', { text: 'new' })).text).toMatch(/:new$/);
      const { result } = await modern.send('tools/list');
      expect(result?.tools).toContainEqual(expect.objectContaining({ name: 'echo' }));
    }
  });

  test.each([
    ['legacy', 'sdk.mjs v1 kernel-v1.mjs'],
    ['modern', 'sdk.mjs v2-modern kernel-v2.mjs'],
  ])('whose `era` is %s is not asked for it', async (era, program) => {
    const { url } = await hostPrograms({ mcp: entry(program, { era, instance: 'shared' }) });
    const caller = await legacyCaller(`${url}/mcp/mcp`);
    expect((await caller.call('echo', { text: 'x' })).text).toMatch(/:x$/);
  });

  test('whose `era` is legacy, but which speaks 2026-07-28 alone, is unavailable', async () => {
    const { url, logs } = await hostPrograms({
      mcp: entry('sdk.mjs v2-modern kernel-v2.mjs', { era: 'legacy' }),
    });
    const answer = await sessionlessCaller(`${url}/mcp/mcp`).send('tools/list');
    expect(answer.error?.data?.reason).toBe('unavailable');
    expect(logs).toContainEqual(expect.objectContaining({ reason: 'no-handshake' }));
  });

  test('that exits at once is unavailable, and only the log has what it wrote', async () => {
    const { url, logs } = await hostPrograms({ mcp: entry('fault.mjs exit-at-once') });
    const answer = await sessionlessCaller(`${url}/mcp/mcp`).send('tools/list');
    expect(answer.status).toBe(503);
    expect(answer.body).not.toContain('no token');
    const line = logs.find(({ reason }) => reason === 'no-handshake');
    expect(line?.detail).toContain('exit code 3');
    expect(line?.detail).toContain('cannot start: no token');
  });

  test('that lacks a native part is unavailable, and the log has the way out', async () => {
    const { url, logs } = await hostPrograms({ mcp: entry('fault.mjs native-part-missing') });
    await sessionlessCaller(`${url}/mcp/mcp`).send('tools/list');
    const line = logs.find(({ reason }) => reason === 'no-handshake');
    expect(line?.detail).toContain('Fix: npm rebuild keytar --ignore-scripts=false');
  });

  test('that writes something else than MCP is unavailable with a word of its own', async () => {
    const { url, logs } = await hostPrograms({ mcp: entry('fault.mjs noise 200') });
    const answer = await sessionlessCaller(`${url}/mcp/mcp`).send('tools/list');
    expect(answer.status).toBe(503);
    expect(logs).toContainEqual(expect.objectContaining({ reason: 'not-mcp' }));
  });

  test('that does not answer its handshake is unavailable after `startTimeoutMs`', async () => {
    const { url, logs } = await hostPrograms({
      mcp: entry('fault.mjs deaf', { startTimeoutMs: 300 }),
    });
    const answer = await sessionlessCaller(`${url}/mcp/mcp`).send('tools/list');
    expect(answer.status).toBe(503);
    expect(logs).toContainEqual(expect.objectContaining({ reason: 'start-timeout' }));
  });
});

describe('lists of a program', () => {
  test('come in one page from what it said at its start, and start no program', async () => {
    const { url } = await hostPrograms({
      mcp: entry('mcp.mjs', { instance: 'per-request', spares: 0 }),
    });
    const caller = await legacyCaller(`${url}/mcp/mcp`);
    const { result } = await caller.send('tools/list');
    expect(result).not.toHaveProperty('nextCursor');
    for (const name of ['whoami', 'hold-memory']) {
      expect(result?.tools).toContainEqual(expect.objectContaining({ name }));
    }
    expect((await modernCaller(`${url}/mcp/mcp`).send('tools/list')).result).toMatchObject({
      resultType: 'complete',
      tools: result?.tools,
    });
    const foreign = await caller.send('tools/list', { cursor: 'more' });
    expect(foreign.error?.code).toBe(-32602);
  });

  test('that it does not know are asked of it by each caller', async () => {
    const { url } = await hostPrograms({ mcp: entry('mcp.mjs', { instance: 'shared' }) });
    const caller = await legacyCaller(`${url}/mcp/mcp`);
    const { error } = await caller.send('prompts/list');
    expect(error).toMatchObject({ code: -32601, message: 'Method not found' });
  });

  test('are read again when a shared program says that they changed', async () => {
    const { url } = await hostPrograms({ mcp: entry('mcp.mjs', { instance: 'shared' }) });
    const caller = await legacyCaller(`${url}/mcp/mcp`);
    await caller.call('add-tool', { name: 'later' });
    await eventually(async () => {
      const { result } = await modernCaller(`${url}/mcp/mcp`).send('tools/list');
      expect(result?.tools).toContainEqual(expect.objectContaining({ name: 'later' }));
    });
  });

  test('of a shared program tell listening clients that they changed', async () => {
    const host = await hostPrograms({
      mcp: entry('mcp.mjs', { instance: 'shared', subscriptions: true }),
    });
    const url = `${host.url}/mcp/mcp`;
    const { headers, envelope } = modernCaller(url);
    const stream = await openStream(
      url,
      {
        jsonrpc: '2.0',
        id: 'mine',
        method: 'subscriptions/listen',
        params: { notifications: { toolsListChanged: true }, _meta: envelope },
      },
      { ...headers, 'mcp-method': 'subscriptions/listen' },
    );
    expect(await stream.next()).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: { toolsListChanged: true } },
    });
    await (await legacyCaller(url)).call('add-tool', { name: 'later' });
    expect(await stream.next()).toMatchObject({ method: 'notifications/tools/list_changed' });
    stream.leave();
  });

  test('that changed in the program of one session are that session’s own', async () => {
    const { url } = await hostPrograms({ mcp: entry('mcp.mjs') });
    const one = await legacyCaller(`${url}/mcp/mcp`);
    const other = await legacyCaller(`${url}/mcp/mcp`);
    await other.call('whoami');
    await one.call('add-tool', { name: 'of-one' });
    // It answers by itself from now on, page by page.
    await eventually(async () => {
      const { result } = await one.send('tools/list', { cursor: 'more' });
      expect(result?.tools).toContainEqual(expect.objectContaining({ name: 'of-one' }));
    });
    expect((await other.send('tools/list')).result?.tools).not.toContainEqual(
      expect.objectContaining({ name: 'of-one' }),
    );
  });
});

describe('what a program says beside its answers', () => {
  const hosted = async () =>
    await hostPrograms({
      shared: entry('mcp.mjs', { instance: 'shared' }),
      session: entry('mcp.mjs'),
    });

  test('is dropped where it answers nothing that was asked', async () => {
    const { url } = await hosted();
    const caller = await legacyCaller(`${url}/shared/mcp`);
    const values = ['a', 'b', 'c', 'd'];
    const tools = ['twice', 'strangers', 'echo', 'twice'];
    const answers = await Promise.all(
      values.map((value, index) => caller.call(tools[index] as string, { value })),
    );
    expect(answers.map(({ text }) => text)).toEqual(values);
  });

  test('is an internal error where its error is not one of JSON-RPC', async () => {
    const { url } = await hosted();
    const { error } = await (await legacyCaller(`${url}/shared/mcp`)).call('malformed');
    expect(error?.code).toBe(-32603);
  });

  test('is progress under the token of the caller, who may have the same as others', async () => {
    const { url } = await hosted();
    for (const path of ['shared', 'session']) {
      const caller = await legacyCaller(`${url}/${path}/mcp`);
      const values = ['a', 'b', 'c', 'd', 'e', 'f'];
      const answers = await Promise.all(
        values.map((value) => caller.call('progress', { value }, { progressToken: 'same' })),
      );
      for (const [index, { text, notifications }] of answers.entries()) {
        expect(text).toBe(values[index]);
        expect(notifications.map(({ params }) => params)).toEqual([
          { progressToken: 'same', progress: 1, message: 'one' },
          { progressToken: 'same', progress: 1, message: values[index] },
        ]);
      }
    }
  });

  test('is a log message of the one open request of its client, and nobody’s where it is shared', async () => {
    const { url, logs } = await hosted();
    const caller = await legacyCaller(`${url}/session/mcp`);
    const own = await caller.call('log', { value: 'mine' });
    expect(own.notifications).toMatchObject([{ params: { data: 'mine' } }]);
    const shared = await legacyCaller(`${url}/shared/mcp`);
    for (const value of ['one', 'two']) {
      expect((await shared.call('log', { value })).notifications).toEqual([]);
    }
    const warnings = logs.filter(({ msg }) => String(msg).includes('notifications/message'));
    expect(warnings).toHaveLength(1);
  });

  test('is a ping, which the host answers', async () => {
    const { url } = await hosted();
    const { text } = await (await legacyCaller(`${url}/shared/mcp`)).call('ping');
    expect(text).toBe('{}');
  });
});
