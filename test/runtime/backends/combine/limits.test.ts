// Limits of a member hold through its combinations, counted together with its own path.

import { describe, expect, it, vi } from 'vitest';
import { call, ERAS, listed, memberOf, readiness, startCombined } from './combined-host.ts';

describe.each(ERAS)('a member, %s', (era) => {
  it('is at its maxConcurrent by calls of both ways together', async () => {
    const one = await memberOf('one');
    const host = await startCombined({ one: 'maxConcurrent: 2, timeoutMs: 700' });
    const direct = call(host, era, 'wait', { server: 'one' });
    const combined = call(host, era, 'one_wait');
    await vi.waitFor(async () =>
      expect(await readiness(host, 'one')).toMatchObject({ inFlight: 2 }),
    );
    const overloaded = { status: 503, error: { data: { reason: 'overloaded' } } };
    expect(await call(host, era, 'one_who')).toMatchObject(overloaded);
    expect(await call(host, era, 'who', { server: 'one' })).toMatchObject(overloaded);
    expect(await call(host, era, 't_who')).toMatchObject({ text: 'two' });
    // It is there, so its tools are.
    expect(await listed(host, era, 'tools/list')).toContain('one_who');
    await Promise.all([direct, combined]);
    expect(one.calls).toBe(0);
    expect(await readiness(host, 'one')).toMatchObject({ inFlight: 0 });
    expect(await call(host, era, 'one_who')).toMatchObject({ text: 'one' });
  });

  it('ends a call at its own time limit, and is told', async () => {
    const one = await memberOf('one');
    const host = await startCombined({ one: 'timeoutMs: 100' });
    expect(await call(host, era, 'one_wait')).toMatchObject({
      status: 504,
      error: { data: { reason: 'deadline' } },
    });
    expect(one.aborted).toBe(1);
  });

  it('is told when the time limit of the combination ends the call', async () => {
    const two = await memberOf('two');
    const host = await startCombined({
      desk: 'combine: { one: {}, two: { prefix: t } }, timeoutMs: 100',
    });
    expect(await call(host, era, 't_wait')).toMatchObject({ status: 504 });
    expect(two.aborted).toBe(1);
    expect(await readiness(host, 'two')).toMatchObject({ inFlight: 0 });
  });
});

it('a page of very many resources is listed whole', async () => {
  const one = await memberOf('one');
  const resources = Array.from({ length: 150_000 }, (_, index) => ({
    uri: `x:${index}`,
    name: 'x',
  }));
  one.pages = { 'resources/list': () => ({ resources }) };
  const host = await startCombined();
  expect(await listed(host, 'legacy', 'resources/list')).toHaveLength(resources.length + 2);
});
