// Handlers and clients that do not wait: what gives up, leaves or is shut down ends, and leaves
// nothing behind.

import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { TestHost } from '../../start-host.ts';
import { modernHeaders, modernMessage } from '../eras/modern.ts';
import { openStream } from '../eras/stream.ts';
import {
  ADA,
  again,
  answered,
  askingHost,
  begin,
  callLegacy,
  callOf,
  EVERYTHING,
  MODES,
  type Mode,
  PARKED,
  REPLAYED,
  reply,
  shakeHands,
  stopTime,
  watchRejections,
} from './asking.ts';
import { strings } from './strings.ts';

/** How many handlers of a mount wait for their clients. */
const parked = ({ servers }: TestHost, mode: Mode): number | undefined => {
  return servers.find(({ config }) => config.name === mode)?.waiting;
};

const inFlight = ({ servers }: TestHost): number =>
  servers.reduce((sum, server) => sum + server.inFlight.size, 0);

/** Timers that keep the process alive. */
const timers = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

/** Looks again after every turn of the event loop, without a timer of its own. */
async function until(isTrue: () => boolean): Promise<void> {
  const limit = performance.now() + 5_000;
  while (!isTrue() && performance.now() < limit) await new Promise(setImmediate);
  expect(isTrue()).toBe(true);
}

const id = (): string => crypto.randomUUID();

describe.each(PARKED)('a parked handler (%s)', (mode) => {
  const start = async (settings?: string) => {
    const host = await askingHost(settings);
    return { host, path: `${host.url}/${mode}/mcp` };
  };

  it('that gives up while it is parked keeps its result for the retry', async () => {
    const { host, path } = await start();
    const pass = stopTime();
    const asking = callOf(path, 'gives-up');
    const round = await begin(asking);
    const ended = once(strings, 'ended');
    await pass(30);
    await ended;
    expect(parked(host, mode)).toBe(1);
    const { answer } = await again(
      asking,
      answered(round, () => ADA),
    );
    expect(answer.text).toBe('gave up');
    expect(parked(host, mode)).toBe(0);
  });

  it('that went on without its answer gives the retry its result', async () => {
    const { path } = await start();
    const name = id();
    const asking = callOf(path, 'races', { id: name });
    const round = await begin(asking);
    strings.emit(`go ${name}`);
    await new Promise(setImmediate);
    expect(
      (
        await again(
          asking,
          answered(round, () => ADA),
        )
      ).answer.text,
    ).toBe('went on');
  });

  it('ends with an error when its client does not come back in time', async () => {
    const { host, path } = await start('inputTimeoutMs: 60');
    const rejections = watchRejections();
    const name = id();
    const ended = once(strings, 'failed');
    await begin(callOf(path, 'watched', { id: name }));
    expect(await ended).toMatchObject([name, expect.any(String)]);
    expect(parked(host, mode)).toBe(0);
    await new Promise(setImmediate);
    expect(rejections).toEqual([]);
  });

  it('ends with an error when the host closes', async () => {
    const { host, path } = await start();
    const name = id();
    const ended = once(strings, 'failed');
    await begin(callOf(path, 'watched', { id: name }));
    await host.close();
    expect(await ended).toMatchObject([name, expect.any(String)]);
    expect(parked(host, mode)).toBe(0);
  });

  it('is refused its place once the host has begun to shut down', async () => {
    const { host, path } = await start();
    for (const server of host.servers) server.endpoint.stopWaiting();
    const { answer } = await begin(callOf(path, 'form'));
    expect(answer.result).toMatchObject({ isError: true });
    expect(parked(host, mode)).toBe(0);
  });

  it('is refused its place beyond maxParked, and gets it when another is answered', async () => {
    const { host, path } = await start('maxParked: 2');
    const asking = callOf(path, 'form');
    const [first] = [await begin(asking), await begin(asking)];
    const third = await begin(asking);
    expect(third.answer.result).toMatchObject({ isError: true });
    expect(third.answer.text).toContain('Too many requests are waiting');
    expect(
      (
        await again(
          asking,
          answered(first, () => ADA),
        )
      ).answer.text,
    ).toBe('accept Ada');
    expect((await begin(asking)).state).toEqual(expect.any(String));
    expect(parked(host, mode)).toBe(2);
  });

  it('never waits with `maxParked: 0`', async () => {
    const { path } = await start('maxParked: 0');
    expect((await begin(callOf(path, 'form'))).answer.text).toContain(
      'Too many requests are waiting',
    );
  });

  it('is not bound by the time limit of a request while it is parked', async () => {
    const { path } = await start('timeoutMs: 100');
    const pass = stopTime();
    const asking = callOf(path, 'rounds', { count: 1 });
    const round = await begin(asking);
    await pass(200);
    expect(
      (
        await again(
          asking,
          answered(round, () => ADA),
        )
      ).answer.text,
    ).toBe('Ada');
  });

  it('reports progress and logs to the request that waits', async () => {
    const { path } = await start();
    const logLevel = { 'io.modelcontextprotocol/logLevel': 'info' };
    const asking = callOf(path, 'reports');
    const first = await begin(asking, { meta: { progressToken: 'one' } });
    expect(first.answer.notifications).toMatchObject([
      { params: { progressToken: 'one', progress: 1 } },
    ]);
    const retry = answered(first, () => ADA);
    const { answer } = await again(asking, retry, { meta: { progressToken: 2, ...logLevel } });
    expect(answer.notifications).toMatchObject([
      { method: 'notifications/progress', params: { progressToken: 2, progress: 2 } },
      { method: 'notifications/message', params: { level: 'info', data: 'at 2' } },
    ]);
  });

  it('reports nothing to a retry that did not ask for it', async () => {
    const { path } = await start();
    const asking = callOf(path, 'reports');
    const first = await begin(asking, { meta: { progressToken: 'one' } });
    const { answer } = await again(
      asking,
      answered(first, () => ADA),
    );
    expect(answer).toMatchObject({ text: 'accept Ada', notifications: [] });
  });
});

describe.each(MODES)('a client that leaves (%s)', (mode) => {
  it('ends the handler that works for it after an answer', async () => {
    const host = await askingHost();
    const rejections = watchRejections();
    const path = `${host.url}/${mode}/mcp`;
    const name = id();
    const asking = callOf(path, 'answers-then-waits', { id: name });
    const retry = answered(await begin(asking, { meta: { progressToken: 0 } }), () => ADA);
    const options = { capabilities: EVERYTHING, meta: { progressToken: 1 } };
    const message = modernMessage('tools/call', { ...asking[2], ...retry }, options);
    const stream = await openStream(path, message, modernHeaders(message));
    expect((await stream.next())?.method).toBe('notifications/progress');
    const aborted = once(strings, 'aborted');
    stream.leave();
    expect(await aborted).toEqual([name]);
    await until(() => inFlight(host) === 0);
    expect(parked(host, mode)).toBe(0);
    expect(rejections).toEqual([]);
  });
});

describe.each(PARKED)('clients of the 2025 era who are asked (%s)', (mode) => {
  const start = async (maxParked: number) => {
    const host = await askingHost(`maxParked: ${maxParked}`);
    const path = `${host.url}/${mode}/mcp`;
    const headers = await shakeHands(path);
    const call = (name: string) => callLegacy(path, name, {}, headers);
    const isAsked = async (): Promise<boolean> => {
      const stream = await call('form');
      const message = await stream.next();
      stream.leave();
      if (message?.result)
        expect(JSON.stringify(message)).toContain('Too many requests are waiting');
      return message?.method === 'elicitation/create';
    };
    return { host, path, headers, call, isAsked };
  };

  it('are at most maxParked, until one answers', async () => {
    const { path, headers, call, isAsked } = await start(1);
    const stream = await call('form');
    const question = await stream.next();
    expect(await isAsked()).toBe(false);
    await reply(path, question?.id, ADA, headers);
    await stream.rest();
    expect(await isAsked()).toBe(true);
  });

  it('are at most maxParked, until one leaves; several questions of a call count once', async () => {
    const { host, call, isAsked } = await start(1);
    const stream = await call('three');
    for (let asked = 0; asked < 3; asked += 1) expect(await stream.next()).toHaveProperty('method');
    expect(await isAsked()).toBe(false);
    stream.leave();
    await until(() => inFlight(host) === 0);
    expect(await isAsked()).toBe(true);
  });

  it('are at most maxParked, until a handler takes its question back', async () => {
    const { host, call, isAsked } = await start(1);
    const stream = await call('gives-up-and-hangs');
    expect((await stream.next())?.method).toBe('elicitation/create');
    expect((await stream.next())?.method).toBe('notifications/cancelled');
    expect(inFlight(host)).toBe(1);
    expect(await isAsked()).toBe(true);
    stream.leave();
  });

  it('are none with `maxParked: 0`', async () => {
    const { isAsked } = await start(0);
    expect(await isAsked()).toBe(false);
  });
});

describe.each(PARKED)('a shutdown in the 2025 era (%s)', (mode) => {
  it('ends the call of a client that is asked at once, and no other', async () => {
    const host = await askingHost();
    const path = `${host.url}/${mode}/mcp`;
    const headers = await shakeHands(path);
    const name = id();
    const asked = await callLegacy(path, 'watched', { id: name }, headers);
    const question = await asked.next();
    const working = await callLegacy(path, 'answers-then-waits', { id: name }, headers);
    await reply(path, (await working.next())?.id, ADA, headers);
    const failed = once(strings, 'failed');
    for (const server of host.servers) server.endpoint.stopWaiting();
    expect(await asked.rest()).toMatchObject([{ error: { data: { reason: 'shutdown' } } }]);
    expect(await failed).toMatchObject([name, expect.any(String)]);
    expect((await reply(path, question?.id, ADA, headers)).status).toBe(400);
    expect(inFlight(host)).toBe(1);
    working.leave();
  });

  it('asks nobody once it has begun', async () => {
    const host = await askingHost();
    const path = `${host.url}/${mode}/mcp`;
    const headers = await shakeHands(path);
    for (const server of host.servers) server.endpoint.stopWaiting();
    const [message] = await (await callLegacy(path, 'form', {}, headers)).rest();
    expect(message?.result).toMatchObject({ isError: true });
    expect(JSON.stringify(message?.result)).toContain('shut down');
  });
});

describe.each(PARKED)('a client of the 2025 era that leaves (%s)', (mode) => {
  it('ends the handler that waits for its answer, and leaves no timer behind', async () => {
    const host = await askingHost();
    const path = `${host.url}/${mode}/mcp`;
    const rejections = watchRejections();
    const headers = await shakeHands(path);
    const before = timers();
    const name = id();
    const stream = await callLegacy(path, 'watched', { id: name }, headers);
    await stream.next();
    const ends = ['aborted', 'failed', 'ended'].map((event) => once(strings, event));
    stream.leave();
    expect((await Promise.all(ends)).map(([which]) => which)).toEqual([name, name, name]);
    await until(() => inFlight(host) === 0 && timers() <= before);
    expect(rejections).toEqual([]);
  });

  it('ends a question that its handler no longer waits for, with the call', async () => {
    const host = await askingHost();
    const path = `${host.url}/${mode}/mcp`;
    const headers = await shakeHands(path);
    const before = timers();
    const name = id();
    const stream = await callLegacy(path, 'races', { id: name }, headers);
    const question = await stream.next();
    strings.emit(`go ${name}`);
    expect((await stream.rest())[0]?.result?.content).toMatchObject([{ text: 'went on' }]);
    await until(() => inFlight(host) === 0 && timers() <= before);
    expect((await reply(path, question?.id, ADA, headers)).status).toBe(400);
  });
});

describe.each(MODES)('questions that nobody awaits (%s)', (mode) => {
  it('fail without an unhandled rejection when the handler ends', async () => {
    const host = await askingHost();
    const rejections = watchRejections();
    const before = timers();
    const name = id();
    const asking = callOf(`${host.url}/${mode}/mcp`, 'leaves-alone', { id: name });
    const round = await begin(asking);
    expect(Object.keys(round.questions)).toHaveLength(2);
    strings.emit(`go ${name}`);
    await new Promise(setImmediate);
    if (PARKED.includes(mode)) {
      expect(
        (
          await again(
            asking,
            answered(round, () => undefined),
          )
        ).answer.text,
      ).toBe('left');
    }
    await until(() => inFlight(host) === 0 && timers() <= before);
    expect(rejections).toEqual([]);
  });

  it('fail without an unhandled rejection when the first of several does', async () => {
    const { url } = await askingHost('inputTimeoutMs: 60');
    const pass = stopTime();
    const rejections = watchRejections();
    const asking = callOf(`${url}/${mode}/mcp`, 'awaits-in-turn', { id: id() });
    const round = await begin(asking);
    await pass(61);
    expect(
      (
        await again(
          asking,
          answered(round, () => ADA),
        )
      ).answer.error?.code,
    ).toBe(-32602);
    expect(rejections).toEqual([]);
  });
});

describe.each(REPLAYED)('a replayed handler (%s)', (mode) => {
  it('holds nothing while its client is asked', async () => {
    const host = await askingHost();
    const rejections = watchRejections();
    const before = timers();
    const name = id();
    const ended = once(strings, 'ended');
    await begin(callOf(`${host.url}/${mode}/mcp`, 'watched', { id: name }));
    expect(await ended).toEqual([name]);
    expect(parked(host, mode)).toBe(0);
    await until(() => inFlight(host) === 0 && timers() <= before);
    expect(rejections).toEqual([]);
  });
});
