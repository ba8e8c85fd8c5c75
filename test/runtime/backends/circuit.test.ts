// When a server that fails again and again is refused to its callers, and for how long.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Circuit } from '../../../runtime/backends/circuit.ts';

const MINUTE_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function circuitOf() {
  const changes: boolean[] = [];
  const circuit: Circuit = new Circuit('crashing', () => {
    changes.push(circuit.open !== undefined);
  });
  const fail = (times: number): void => {
    for (let time = 0; time < times; time += 1) circuit.failed();
  };
  return { circuit, changes, fail };
}

it('opens with the fifth failure, for a minute', () => {
  const { circuit, changes, fail } = circuitOf();
  fail(4);
  expect(circuit.open).toBeUndefined();
  fail(1);
  expect(circuit.open).toEqual({ word: 'crashing', retryAt: performance.now() + MINUTE_MS });
  vi.advanceTimersByTime(MINUTE_MS - 1);
  expect(circuit.open).toBeDefined();
  vi.advanceTimersByTime(1);
  expect(circuit.open).toBeUndefined();
  expect(changes).toEqual([true, false]);
});

it('counts failures of the last five minutes only', () => {
  const { circuit, fail } = circuitOf();
  fail(4);
  vi.advanceTimersByTime(5 * MINUTE_MS);
  fail(4);
  expect(circuit.open).toBeUndefined();
});

it('opens again with the first failure after the pause', () => {
  const { circuit, fail } = circuitOf();
  fail(5);
  vi.advanceTimersByTime(MINUTE_MS);
  fail(1);
  expect(circuit.open).toBeDefined();
});

it('forgets all failures with a success', () => {
  const { circuit, changes, fail } = circuitOf();
  fail(5);
  circuit.succeeded();
  expect(circuit.open).toBeUndefined();
  fail(4);
  expect(circuit.open).toBeUndefined();
  vi.advanceTimersByTime(MINUTE_MS);
  expect(changes).toEqual([true, false]);
});

it('is as it was after it was stopped', () => {
  const { circuit, changes, fail } = circuitOf();
  fail(5);
  circuit.stop();
  vi.advanceTimersByTime(2 * MINUTE_MS);
  expect(changes).toEqual([true]);
});
