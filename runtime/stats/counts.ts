// Counts and latencies per server and target, for `--stats`: an observer that needs no package.

import type { JsonRpcRequest } from '../exchange/exchange.ts';
import type { Ending, Observation, Observer } from '../exchange/observer.ts';

/** Of each row, the latest durations are kept. */
const MAX_DURATIONS = 1_000;
/** More rows than this are one: clients choose the names. */
const MAX_ROWS = 100;
const MAX_NAME_LENGTH = 60;
const UNPRINTABLE = /[^\p{L}\p{N}\p{P}\p{S} ]/gu;

export interface Row {
  readonly server: string;
  readonly target: string;
  calls: number;
  failed: number;
  /** Milliseconds, in no order. */
  readonly durationsMs: number[];
}

export interface Counts {
  readonly observer: Observer;
  readonly rows: () => readonly Row[];
  /** Requests that never became a message. */
  readonly refused: () => number;
  /** Messages in work. */
  readonly inFlight: () => number;
}

export function createCounts(onChange: () => void): Counts {
  const rows = new Map<string, Row>();
  let refused = 0;
  let inFlight = 0;
  const rowOf = (server: string, target: string): Row => {
    const key = `${server} ${target}`;
    const known = rows.get(key);
    if (known) return known;
    if (rows.size >= MAX_ROWS && target !== '(other)') return rowOf(server, '(other)');
    const row: Row = { server, target, calls: 0, failed: 0, durationsMs: [] };
    rows.set(key, row);
    return row;
  };
  const start = (server: string, request: JsonRpcRequest, startedAt: number): Observation => {
    inFlight++;
    return {
      run: (work) => work(),
      note: () => {},
      end(ending) {
        inFlight--;
        const row = rowOf(server, targetOf(request));
        row.durationsMs[row.calls % MAX_DURATIONS] = performance.now() - startedAt;
        row.calls++;
        if (hasFailed(ending)) row.failed++;
        onChange();
      },
    };
  };
  return {
    observer: {
      start: (server, { request }, startedAt) => start(server, request, startedAt),
      notified: () => {},
      refused() {
        refused++;
        onChange();
      },
    },
    rows: () => [...rows.values()],
    refused: () => refused,
    inFlight: () => inFlight,
  };
}

/** The value below which `share` of the durations are, milliseconds. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function targetOf({ method, params }: JsonRpcRequest): string {
  const name = params?.name;
  const target = typeof name === 'string' ? `${method} ${name}` : method;
  return target.slice(0, MAX_NAME_LENGTH).replace(UNPRINTABLE, '\ufffd');
}

function hasFailed({ outcome }: Ending): boolean {
  return outcome !== 'ok' && outcome !== 'input-required';
}
