// The host owns the deadline: a call that its server does not answer ends in time, is aborted and
// frees its slot.

import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { stopTime } from '../../protocol/questions/asking.ts';
import { startHost, type TestHost } from '../../start-host.ts';
import {
  behaviors,
  callTool,
  countEvents,
  detailOf,
  expectAllServing,
  SERVINGS,
  servingsYaml,
} from './servings.ts';

const TIMEOUT_MS = 300;
/**
 * Every request ends by its deadline + 250 ms, the rest is for a busy
 * machine.
 */
const SLACK_MS = 1_000;

const ERROR = { code: -32603, data: { reason: 'deadline' } };

const host = (maxConcurrent = 1): Promise<TestHost> =>
  startHost({
    yaml: servingsYaml(`timeoutMs: ${TIMEOUT_MS}, maxConcurrent: ${maxConcurrent}`),
    listen: true,
  });

describe.each(SERVINGS)('$name', (serving) => {
  it('ends a call that never settles with 504, aborts it and frees its slot', async () => {
    const { url, logs } = await host();
    const { events } = await behaviors();
    const aborted = once(events, 'aborted');
    const startedAt = performance.now();
    const answer = await callTool(url, serving, 'wait');
    expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    expect(answer).toMatchObject({ status: 504, id: 1, error: ERROR });
    expect(answer.contentType).toContain('application/json');
    await aborted;
    // With one slot this passes only when the first call's slot is free again.
    await expectAllServing(url);
    expect(await detailOf(url, serving.server)).toMatchObject({ inFlight: 0 });
    expect(logs).toContainEqual(
      expect.objectContaining({ server: serving.server, outcome: 'deadline' }),
    );
  });

  it('ends a call in band once its event stream has begun', async () => {
    const { url } = await host();
    const { events } = await behaviors();
    const aborted = once(events, 'aborted');
    const answer = await callTool(url, serving, 'stream-and-wait');
    expect(answer).toMatchObject({ status: 200, id: 1, error: ERROR });
    expect(answer.contentType).toContain('text/event-stream');
    expect(answer.notifications).toMatchObject([{ method: 'notifications/progress' }]);
    await aborted;
    await expectAllServing(url);
  });

  it('counts a handler that ignores its abort until it has finished', async () => {
    const { url } = await host(2);
    const { events } = await behaviors();
    const answer = await callTool(url, serving, 'ignore-abort');
    expect(answer).toMatchObject({ status: 504, error: ERROR });
    // One slot is left: others are served.
    await expectAllServing(url);
    expect(await detailOf(url, serving.server)).toMatchObject({
      inFlight: 0,
      abandonedHandlers: 1,
    });
    const finished = once(events, 'finished');
    events.emit('release');
    await finished;
    await expectAllServing(url);
    expect(await detailOf(url, serving.server)).toMatchObject({ abandonedHandlers: 0 });
  });

  it('refuses calls with 503 while handlers that ignore their abort hold all places, and no others', async () => {
    const { url } = await host(2);
    const { events } = await behaviors();
    const calls = [1, 2].map(() => callTool(url, serving, 'ignore-abort'));
    for (const answer of await Promise.all(calls)) expect(answer).toMatchObject({ status: 504 });
    const counts = countEvents(events, ['called']);
    for (const tool of ['ignore-abort', 'echo']) {
      expect(await callTool(url, serving, tool, { text: 'x' })).toMatchObject({
        status: 503,
        error: { data: { reason: 'overloaded' } },
        headers: { 'retry-after': '1' },
      });
    }
    expect(counts).toEqual({ called: 0 });
    const detail = await detailOf(url, serving.server);
    expect(detail).toMatchObject({ full: true, inFlight: 0, abandonedHandlers: 2 });
    const others = SERVINGS.filter(({ server }) => server !== serving.server);
    for (const other of others) {
      expect(await callTool(url, other, 'echo', { text: 'x' })).toMatchObject({ status: 200 });
    }
    events.emit('release');
    await eventually(() => expectAllServing(url));
    expect(await detailOf(url, serving.server)).not.toHaveProperty('full');
  });

  it('gives each of two calls its whole time', async () => {
    const pass = stopTime();
    const { url } = await startHost({
      yaml: servingsYaml(`timeoutMs: ${TIMEOUT_MS}`),
      listen: true,
    });
    const { events } = await behaviors();
    const begin = async () => {
      const called = once(events, 'called');
      const answer = callTool(url, serving, 'wait');
      await called;
      return { answer };
    };
    const first = await begin();
    await pass(TIMEOUT_MS - 100);
    const second = await begin();
    await pass(100);
    expect(await first.answer).toMatchObject({ status: 504, error: ERROR });
    await pass(TIMEOUT_MS - 101);
    expect(await detailOf(url, serving.server)).toMatchObject({ inFlight: 1 });
    await pass(1);
    expect(await second.answer).toMatchObject({ status: 504, error: ERROR });
  });

  it('counts abandoned handlers exactly while other calls are in flight', async () => {
    const { url } = await startHost({
      yaml: servingsYaml(`timeoutMs: ${TIMEOUT_MS}`),
      listen: true,
    });
    const { events } = await behaviors();
    await Promise.all([1, 2].map(() => callTool(url, serving, 'ignore-abort')));
    const called = once(events, 'called');
    const inFlight = callTool(url, serving, 'wait');
    await called;
    const detail = await detailOf(url, serving.server);
    expect(detail).toMatchObject({ inFlight: 1, abandonedHandlers: 2 });
    await inFlight;
    events.emit('release');
  });
});
