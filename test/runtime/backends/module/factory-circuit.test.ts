// A factory that fails for callers is tried without one, by one try at a time.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Closing } from '../../../../runtime/backends/module/closing.ts';
import type { BuildServer } from '../../../../runtime/backends/module/factory.ts';
import { FactoryCircuit } from '../../../../runtime/backends/module/factory-circuit.ts';
import type { Exchange } from '../../../../runtime/exchange/exchange.ts';

const LIMIT_MS = 1_000;
const PAUSE_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('a try that outlived its limit is not joined by a second one, and still counts as failed', async () => {
  let tries = 0;
  let fail = (): void => {};
  const build: BuildServer = (exchange) => {
    if (exchange) return Promise.reject(new Error('for this caller'));
    tries += 1;
    return new Promise((_, reject) => {
      fail = () => reject(new Error('at last'));
    });
  };
  const circuit = new FactoryCircuit(build, new Closing(() => {}), LIMIT_MS);
  const failFor = async (callers: number) => {
    for (let caller = 0; caller < callers; caller += 1) {
      await expect(circuit.build({} as Exchange)).rejects.toThrow('for this caller');
    }
    await vi.advanceTimersByTimeAsync(2 * LIMIT_MS);
  };
  await failFor(5);
  expect(tries).toBe(1);
  expect(circuit.open).toBeDefined();
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  await failFor(1);
  expect(tries).toBe(1);
  expect(circuit.open).toBeDefined();
  fail();
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  await failFor(1);
  expect(tries).toBe(2);
  circuit.stop();
});
