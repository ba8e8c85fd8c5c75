// The bars this host is held to: each limit with the worst value that was measured for it.

import { FLOOR, MANY, MODES, PEERS } from './contenders.ts';
import type { CpuRow } from './cpu.ts';
import type { KindTable } from './kinds.ts';
import { LOCKED } from './lazy-commands.ts';
import type { MemoryTable } from './memory.ts';
import {
  FIRST_CALL,
  INITIALIZED,
  MODULE_CALLED,
  OBSERVED,
  ROOT_ANSWERED,
  SAMPLES_ANSWERED,
  type StartRow,
  THIS_HOST,
} from './startup.ts';
import type { TelemetryRow } from './telemetry.ts';

export interface Bar {
  readonly name: string;
  readonly limit: number;
  /** The worst of all rows that the bar is for; absent when one side was not measured. */
  readonly worst?: Measured;
  readonly isMet: boolean;
}

interface Measured {
  readonly value: number;
  /** Which row it was. */
  readonly where: string;
}

export interface Measurements {
  readonly cpu?: readonly CpuRow[];
  readonly starts?: readonly StartRow[];
  readonly memory?: MemoryTable;
  readonly telemetry?: readonly TelemetryRow[];
  readonly kinds?: KindTable;
}

export function judge({ cpu, starts, memory, telemetry, kinds }: Measurements): Bar[] {
  return [
    ...(cpu ? cpuBars(cpu) : []),
    ...(starts ? startBars(starts) : []),
    ...(memory ? [bar('heap per added shared server, MB', 2, memory.perServer.map(heapOf))] : []),
    ...(telemetry ? telemetryBars(telemetry) : []),
    ...(kinds ? kindBars(kinds) : []),
  ];
}

const modes = MODES.map(({ name }) => name as string);
const shared = modes.filter((name) => name.startsWith('shared'));

function cpuBars(rows: readonly CpuRow[]): Bar[] {
  const calls = rows.filter(({ ask }) => ask === 'call');
  const against = (own: readonly string[], peer: string): Measured[] => {
    const others = calls.filter(({ contender }) => contender === peer);
    const ours = calls.filter(({ contender, mounted }) => own.includes(contender) && mounted === 1);
    return compare(ours, others);
  };
  const known = rows.filter(({ ask, contender }) => ask !== 'call' && contender !== FLOOR);
  const many = calls.filter(({ mounted }) => mounted === MANY);
  const alone = calls.filter(
    ({ mounted, contender }) => mounted === 1 && modes.includes(contender),
  );
  return [
    bar('shared, times bare Fastify', 2.5, against(shared, FLOOR)),
    bar(
      'shared, SDK v1, times bare Fastify and SDK v1',
      1.8,
      against([MODES[0].name], PEERS.leastV1),
    ),
    bar(
      'shared, SDK v2, times bare Fastify and SDK v2',
      1.8,
      against([MODES[1].name], PEERS.leastV2),
    ),
    bar('shared, times tmcp', 0.4, against(shared, PEERS.tmcp)),
    bar('shared, times SDK v1', 0.15, against(shared, PEERS.v1)),
    bar('shared, times SDK v2', 0.25, against(shared, PEERS.v2)),
    bar('handshake, discover, ping, cached lists, times bare Fastify', 2.5, known.map(floorOf)),
    bar(`${MANY} mounted servers, times one`, 1.1, compare(many, alone, true)),
    bar('per-request v1, times SDK v1 on Express', 0.8, against(['per-request, SDK v1'], PEERS.v1)),
    bar('per-request v2, times createMcpHandler', 1.25, against(['per-request, SDK v2'], PEERS.v2)),
  ];
}

function startBars(starts: readonly StartRow[]): Bar[] {
  const host = (until: string): Measured[] =>
    starts
      .filter((row) => row.name === THIS_HOST && row.until === until)
      .map((row) => ({ value: row.timesReference, where: row.name }));
  const lazy = starts.filter(({ until, name }) => until === MODULE_CALLED && name === LOCKED);
  const calls = starts.filter(({ until }) => until === FIRST_CALL);
  const cpuOf = (name: string): number | undefined => calls.find((row) => row.name === name)?.cpuMs;
  const against = (suffix: string, reference: (mode: string) => string): Measured[] =>
    modes.flatMap((mode) => {
      const own = cpuOf(mode + suffix);
      const other = cpuOf(reference(mode));
      return own && other ? [{ value: own / other, where: mode + suffix }] : [];
    });
  return [
    bar('CPU until `GET /` answers, times bare Fastify', 0.8, host(ROOT_ANSWERED)),
    bar('CPU until the first `initialize`, times bare Fastify', 1.3, host(INITIALIZED)),
    bar('CPU until both sample servers answered, times 20 lines', 0.75, host(SAMPLES_ANSWERED)),
    bar(
      'CPU until the first call, times createMcpHandler',
      1,
      against('', () => PEERS.v2),
    ),
    bar(
      'CPU until the first call with 20 lazy commands and a lock file, times no commands',
      1.05,
      lazy.map(({ timesReference, name }) => ({ value: timesReference, where: name })),
    ),
    bar(
      `CPU until the first call of ${MANY} servers, times one`,
      1.15,
      against(`, ${MANY} servers`, (mode) => mode),
    ),
    bar(
      'CPU until the first call with Application Insights, times without',
      1.25,
      against(OBSERVED, (mode) => mode),
    ),
  ];
}

function telemetryBars([off, ...on]: readonly TelemetryRow[]): Bar[] {
  const times = (of: (row: TelemetryRow) => number): Measured[] =>
    on.map((row) => ({ value: of(row) / (off ? of(off) : Number.NaN), where: row.name }));
  const added = on.map(({ name, addedMs }) => ({ value: addedMs, where: name }));
  return [
    bar('CPU that telemetry adds to a call, ms', 0.15, added),
    bar(
      '`GET /` answered, times without telemetry',
      1.1,
      times(({ rootMs }) => rootMs),
    ),
    bar(
      'first tool call, times without telemetry',
      2,
      times(({ firstCallMs }) => firstCallMs),
    ),
  ];
}

function kindBars({ calls }: KindTable): Bar[] {
  const at = (kind: KindTable['calls'][number]['kind'], limit: number): Bar => {
    const rows = calls.filter((row) => row.kind === kind && row.callers === 10);
    const measured = rows.map(({ server, era, ratio }) => ({
      value: ratio,
      where: `${server}, ${era}`,
    }));
    return bar(`CPU of the host per call, ${kind}, 10 callers, times module`, limit, measured);
  };
  return [at('thread', 1.6), at('command', 2.5), at('url', 2.5)];
}

/** Pairs rows of the same message, and of the same contender where that is asked for. */
function compare(
  ours: readonly CpuRow[],
  others: readonly CpuRow[],
  ofSameContender = false,
): Measured[] {
  return ours.flatMap((row) =>
    others
      .filter(({ ask, era }) => ask === row.ask && era === row.era)
      .filter(({ contender }) => !ofSameContender || contender === row.contender)
      .map(({ timesFloor }) => ({
        // By way of the floor, which was measured beside each of them.
        value: row.timesFloor / timesFloor,
        where: nameOf(row),
      })),
  );
}

function floorOf(row: CpuRow): Measured {
  return { value: row.timesFloor, where: nameOf(row) };
}

function heapOf({ name, heapMb }: MemoryTable['perServer'][number]): Measured {
  return { value: heapMb, where: name };
}

function nameOf({ contender, ask, era }: CpuRow): string {
  return `${contender}, ${ask} ${era}`;
}

function bar(name: string, limit: number, measured: readonly Measured[]): Bar {
  const worst = measured.toSorted((a, b) => b.value - a.value)[0];
  // What was not measured is not met.
  return {
    name,
    limit,
    ...(worst && { worst }),
    isMet: worst !== undefined && worst.value <= limit,
  };
}
