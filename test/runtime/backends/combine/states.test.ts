// A member that is down, slow, or comes back: the others serve, and the operator sees it.

import { describe, expect, it, vi } from 'vitest';
import { modernHeaders, modernMessage } from '../../protocol/eras/modern.ts';
import { openStream } from '../../protocol/eras/stream.ts';
import { call, ERAS, listed, memberOf, readiness, send, startCombined } from './combined-host.ts';

describe.each(ERAS)('one member down, %s', (era) => {
  it('leaves its tools out and fails its calls; the others serve', async () => {
    const two = await memberOf('two');
    two.failure = new Error('down');
    const host = await startCombined();
    expect(await listed(host, era, 'tools/list')).toEqual(['one_who', 'one_wait']);
    expect(await call(host, era, 'one_who')).toMatchObject({ text: 'one' });
    expect(await call(host, era, 't_who')).toMatchObject({
      status: 503,
      error: { data: { reason: 'unavailable' } },
    });
    expect(await readiness(host, 'desk')).toMatchObject({
      status: 'partial',
      absentMembers: ['two'],
    });
    expect(await readiness(host, 'two')).toMatchObject({
      status: 'unavailable',
      reason: 'factory-failed',
    });
    expect(host.logs.filter(({ server, level }) => server === 'desk' && level !== 'info')).toEqual(
      [],
    );
  });

  it('has it again when it is back', async () => {
    const two = await memberOf('two');
    two.failure = new Error('down');
    const host = await startCombined();
    two.failure = undefined;
    await vi.waitFor(async () => expect(await listed(host, era, 'tools/list')).toContain('t_who'), {
      timeout: 5_000,
      interval: 50,
    });
    expect(await call(host, era, 't_who')).toMatchObject({ text: 'two' });
    expect(await readiness(host, 'desk')).toMatchObject({ status: 'serving' });
  });

  it('asks the others for a resource, and tells of the one that may have it', async () => {
    const one = await memberOf('one');
    one.failure = new Error('down');
    const host = await startCombined();
    const read = (uri: string) => send(host, era, 'resources/read', { uri });
    expect((await read('two://own')).result?.contents).toMatchObject([{ text: 'two' }]);
    expect(await read('one://own')).toMatchObject({ status: 503 });
  });

  it('is unavailable when all members are, and serves with the first that is back', async () => {
    const [one, two] = [await memberOf('one'), await memberOf('two')];
    one.failure = new Error('down');
    two.failure = new Error('down');
    const host = await startCombined();
    expect(await send(host, era, 'tools/list')).toMatchObject({
      status: 503,
      headers: { 'retry-after': expect.any(String) },
    });
    expect(await readiness(host, 'desk')).toMatchObject({
      status: 'unavailable',
      reason: 'no-member',
    });
    two.failure = undefined;
    await vi.waitFor(
      async () => expect(await call(host, era, 't_who')).toMatchObject({ text: 'two' }),
      { timeout: 5_000, interval: 50 },
    );
  });

  it('keeps no list that lacks a member, where lists are kept', async () => {
    const two = await memberOf('two');
    let isSlow = true;
    const tools = { tools: [{ name: 'late', inputSchema: { type: 'object' } }] };
    two.pages = { 'tools/list': () => (isSlow ? new Promise(() => {}) : tools) };
    const host = await startCombined({
      defaults: 'auth: anonymous, ttlMs: 60000, cacheScope: public',
      two: 'startTimeoutMs: 500',
      desk: 'combine: { one: {}, two: {} }, timeoutMs: 600',
    });
    expect(await listed(host, era, 'tools/list')).toEqual(['one_who', 'one_wait']);
    isSlow = false;
    expect(await listed(host, era, 'tools/list')).toEqual(['one_who', 'one_wait', 'two_late']);
  });

  it('lists the others when one member does not answer, and says so once', async () => {
    const two = await memberOf('two');
    two.pages = { 'tools/list': () => new Promise(() => {}) };
    const host = await startCombined({
      two: 'startTimeoutMs: 500',
      desk: 'combine: { one: {}, two: {} }, timeoutMs: 600',
    });
    expect(await listed(host, era, 'tools/list')).toEqual(['one_who', 'one_wait']);
    expect(await listed(host, era, 'tools/list')).toEqual(['one_who', 'one_wait']);
    expect(host.logs.filter(({ msg }) => String(msg).startsWith('a member cannot'))).toEqual([
      expect.objectContaining({ server: 'desk', member: 'two', method: 'tools/list' }),
    ]);
  });
});

it.each(ERAS)('lets no call wait for the start of another member, %s', async (era) => {
  const two = await memberOf('two');
  let release = (): void => {};
  two.hold = new Promise((resolve) => {
    release = resolve;
  });
  const host = await startCombined({
    load: false,
    desk: 'combine: { one: {}, two: { prefix: t } }, tools: { override: { one_wait: { name: pause } } }',
    one: 'tools: { override: { who: { name: me } } }',
  });
  const loading = host.load();
  expect(await call(host, era, 'one_me')).toMatchObject({ text: 'one' });
  const listing = listed(host, era, 'tools/list');
  const calling = call(host, era, 't_who');
  const first = await Promise.race([listing, calling, call(host, era, 'one_me')]);
  expect(first).toMatchObject({ text: 'one' });
  release();
  expect(await listing).toEqual(['one_me', 'pause', 't_who', 't_wait']);
  expect(await calling).toMatchObject({ text: 'two' });
  await loading;
});

it('waits with its first handshake until each member has said what it offers', async () => {
  const host = await startCombined({ load: false });
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: {} };
  const shaking = send(host, 'legacy', 'initialize', params);
  await host.load();
  const { result } = await shaking;
  expect(result?.instructions).toMatch(/I am one\.[\s\S]*I am two\./);
});

it('tells listening clients that the list of a member changed', async () => {
  const one = await memberOf('one');
  const host = await startCombined({ desk: 'combine: { one: {}, two: {} }, subscriptions: true' });
  const message = modernMessage('subscriptions/listen', {
    notifications: { toolsListChanged: true },
  });
  const stream = await openStream(`${host.url}/desk/mcp`, message, modernHeaders(message));
  expect(await stream.next()).toMatchObject({
    params: { notifications: { toolsListChanged: true } },
  });
  one.servers.at(-1)?.registerTool('more', {}, () => ({ content: [] }));
  expect(await stream.next()).toMatchObject({ method: 'notifications/tools/list_changed' });
  expect(await listed(host, 'modern', 'tools/list')).toContain('one_more');
  stream.leave();
});
