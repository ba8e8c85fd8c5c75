// Without sessions a disconnect cancels, in both eras and in both forms of answer; nothing of the
// call stays.

import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { startHost, type TestHost } from '../../start-host.ts';
import {
  behaviors,
  countEvents,
  detailOf,
  expectAllServing,
  SERVINGS,
  servingsYaml,
  startCall,
} from './servings.ts';

const host = (): Promise<TestHost> => startHost({ yaml: servingsYaml(), listen: true });

/** 100 ms is the aim, the rest is for a busy machine. */
const AT_ONCE_MS = 1_000;

const FORMS = [
  { form: 'JSON', tool: 'wait' },
  { form: 'an event stream', tool: 'stream-and-wait' },
];

describe.each(SERVINGS)('$name', (serving) => {
  it.each(FORMS)('aborts a call answered as $form when its caller leaves', async ({ tool }) => {
    const { url, logs } = await host();
    const { events } = await behaviors();
    const called = once(events, 'called');
    const call = startCall(url, serving, tool);
    await called;
    if (tool === 'stream-and-wait') await call.head;
    const aborted = once(events, 'aborted');
    const closed = once(events, 'closed');
    const leftAt = performance.now();
    call.hangUp();
    await aborted;
    expect(performance.now() - leftAt).toBeLessThan(AT_ONCE_MS);
    if (serving.instance === 'per-request') await closed;
    await expectAllServing(url);
    expect(await detailOf(url, serving.server)).toMatchObject({
      inFlight: 0,
      abandonedHandlers: 0,
    });
    expect(logs).toContainEqual(
      expect.objectContaining({ server: serving.server, outcome: 'disconnected' }),
    );
    expect(logs.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('aborts the call of the caller who left and no other one', async () => {
    const { url } = await host();
    const { events } = await behaviors();
    const counts = countEvents(events, ['aborted']);
    const calls = [];
    for (let number = 0; number < 3; number += 1) {
      const called = once(events, 'called');
      calls.push(startCall(url, serving, 'wait'));
      await called;
    }
    const aborted = once(events, 'aborted');
    calls[1]?.hangUp();
    await aborted;
    await expectAllServing(url);
    expect(await detailOf(url, serving.server)).toMatchObject({ inFlight: 2 });
    expect(counts).toEqual({ aborted: 1 });
    for (const call of calls) call.hangUp();
  });
});
