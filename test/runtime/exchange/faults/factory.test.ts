// Factories that fail, hang or return more than a server: only their own callers notice, and
// nothing is left behind.

import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { startHost, type TestHost } from '../../start-host.ts';
import {
  behaviors,
  callTool,
  countEvents,
  detailOf,
  expectAllServing,
  SERVINGS,
  servingsYaml,
  startCall,
} from './servings.ts';

const ECHO = { text: 'x' };
const PER_REQUEST = SERVINGS.filter(({ instance }) => instance === 'per-request');

const host = (settings = ''): Promise<TestHost> =>
  startHost({ yaml: servingsYaml(settings), listen: true });

async function factorySwitches() {
  const { events, factory } = await behaviors();
  onTestFinished(() => {
    Object.assign(factory, { fails: false, failsForAll: false, waitsFor: undefined });
  });
  return { events, factory };
}

describe.each(PER_REQUEST)('$name', (serving) => {
  it('answers 500 to the caller for whom the factory throws, and serves the next one', async () => {
    const { url, logs } = await host();
    const { factory } = await factorySwitches();
    factory.fails = true;
    const answer = await callTool(url, serving, 'echo', ECHO);
    const error = { code: -32603, data: { reason: 'server-failed' } };
    expect(answer).toMatchObject({ status: 500, id: 1, error });
    expect(answer.body).not.toContain('secret-detail');
    expect(logs).toContainEqual(
      expect.objectContaining({
        level: 'error',
        server: serving.server,
        err: expect.objectContaining({ message: 'secret-detail' }),
      }),
    );
    factory.fails = false;
    await expectAllServing(url);
    expect(await detailOf(url, serving.server)).toMatchObject({
      inFlight: 0,
      abandonedHandlers: 0,
    });
  });

  it('is not called for a minute once it has failed for everybody five times in a row', async () => {
    const { url } = await host();
    const { events, factory } = await factorySwitches();
    factory.failsForAll = true;
    const detail = () => detailOf(url, serving.server);
    for (let call = 0; call < 5; call += 1) {
      expect(await callTool(url, serving, 'echo', ECHO)).toMatchObject({ status: 500 });
    }
    await eventually(async () =>
      expect(await detail()).toMatchObject({ status: 'unavailable', reason: 'factory-failed' }),
    );
    factory.failsForAll = false;
    const counts = countEvents(events, ['built']);
    expect(await callTool(url, serving, 'echo', ECHO)).toMatchObject({
      status: 503,
      error: { data: { reason: 'unavailable' } },
      headers: { 'retry-after': expect.stringMatching(/^(60|5\d)$/) },
    });
    expect(counts).toEqual({ built: 0 });
    const others = SERVINGS.filter(({ server }) => server !== serving.server);
    for (const other of others) {
      expect(await callTool(url, other, 'echo', ECHO)).toMatchObject({ status: 200 });
    }
  });

  it('stays open for the others when it fails for one caller only', async () => {
    const { url } = await host();
    const { factory } = await factorySwitches();
    factory.fails = true;
    for (let call = 0; call < 12; call += 1) {
      expect(await callTool(url, serving, 'echo', ECHO)).toMatchObject({ status: 500 });
    }
    factory.fails = false;
    expect(await callTool(url, serving, 'echo', ECHO)).toMatchObject({ status: 200 });
  });

  it('answers by the deadline when the factory hangs, and closes the server that comes too late', async () => {
    const { url } = await host('timeoutMs: 300');
    const { events, factory } = await factorySwitches();
    factory.waitsFor = once(events, 'go on');
    const answer = await callTool(url, serving, 'ignore-abort');
    expect(answer).toMatchObject({ status: 504, error: { data: { reason: 'deadline' } } });
    const counts = countEvents(events, ['called']);
    const closed = once(events, 'closed');
    factory.waitsFor = undefined;
    events.emit('go on');
    await closed;
    await expectAllServing(url);
    expect(counts).toEqual({ called: 0 });
  });

  it('never calls the handler of a caller who left while the factory ran', async () => {
    const { url } = await host();
    const { events, factory } = await factorySwitches();
    factory.waitsFor = once(events, 'go on');
    const building = once(events, 'building');
    const call = startCall(url, serving, 'ignore-abort');
    await building;
    call.hangUp();
    while ((await detailOf(url, serving.server)).inFlight > 0);
    const counts = countEvents(events, ['called']);
    const closed = once(events, 'closed');
    factory.waitsFor = undefined;
    events.emit('go on');
    await closed;
    await expectAllServing(url);
    expect(counts).toEqual({ called: 0 });
  });

  it('counts abandoned handlers while another caller waits for the factory', async () => {
    const { url } = await host('timeoutMs: 500');
    const { events, factory } = await factorySwitches();
    await callTool(url, serving, 'ignore-abort');
    factory.waitsFor = new Promise(() => {});
    const building = once(events, 'building');
    const waiting = callTool(url, serving, 'echo', ECHO);
    await building;
    expect(await detailOf(url, serving.server)).toMatchObject({
      inFlight: 1,
      abandonedHandlers: 1,
    });
    events.emit('release');
    await waiting;
  });

  it('takes a place of `maxConcurrent` until it returns, also when nobody waits for it', async () => {
    const { url } = await host('timeoutMs: 300, maxConcurrent: 1');
    const { events, factory } = await factorySwitches();
    factory.waitsFor = once(events, 'go on');
    expect(await callTool(url, serving, 'echo', ECHO)).toMatchObject({ status: 504 });
    expect(await detailOf(url, serving.server)).toMatchObject({
      inFlight: 0,
      abandonedHandlers: 1,
    });
    const counts = countEvents(events, ['building']);
    expect(await callTool(url, serving, 'echo', ECHO)).toMatchObject({
      status: 503,
      error: { data: { reason: 'overloaded' } },
    });
    expect(counts).toEqual({ building: 0 });
    factory.waitsFor = undefined;
    const closed = once(events, 'closed');
    events.emit('go on');
    await closed;
    expect(await callTool(url, serving, 'echo', ECHO)).toMatchObject({ status: 200 });
  });

  it('closes the server of every call once', async () => {
    const { url } = await host();
    const { events } = await behaviors();
    const counts = countEvents(events, ['built', 'closed']);
    await Promise.all(Array.from({ length: 20 }, () => callTool(url, serving, 'echo', ECHO)));
    expect(counts).toEqual({ built: 20, closed: 20 });
  });
});
