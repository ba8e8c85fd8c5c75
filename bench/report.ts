// What was measured as text tables, for people.

import type { AgainstRow } from './against.ts';
import type { Bar } from './bars.ts';
import type { CpuRow } from './cpu.ts';
import type { KindTable } from './kinds.ts';
import type { MemoryTable } from './memory.ts';
import type { StartRow } from './startup.ts';
import type { TelemetryRow } from './telemetry.ts';
import type { ThroughputRow } from './throughput.ts';

type Cell = string | number;

export function cpuText(rows: readonly CpuRow[]): string {
  const cells = rows.map(({ contender, mounted, ask, era, cpuMs, timesFloor }) => [
    contender,
    mounted,
    ask,
    era,
    cpuMs.toFixed(4),
    timesFloor.toFixed(2),
  ]);
  const head = ['contender', 'servers', 'message', 'era', 'ms CPU', 'x floor'];
  const calls = Math.min(...rows.map((row) => row.calls));
  const note = `At least ${calls} calls per row, in batches; medians.`;
  return titled('Server CPU per request', [head, ...cells], note);
}

export function throughputText(rows: readonly ThroughputRow[]): string {
  const cells = rows.map(({ contender, mounted, era, loads }) => [
    contender,
    mounted,
    era,
    ...loads.flatMap(({ perSecond, p50Ms, p99Ms, generatorShare }) => [
      `${Math.round(perSecond)}${generatorShare > 0.8 ? '*' : ''}`,
      p50Ms.toFixed(2),
      p99Ms.toFixed(2),
    ]),
  ]);
  const connections = rows[0]?.loads.flatMap(({ connections }) => [
    `${connections} conn/s`,
    'p50',
    'p99',
  ]);
  const head = ['contender', 'servers', 'era', ...(connections ?? [])];
  const fastest = Math.max(
    ...rows.flatMap(({ loads }) =>
      loads.map(({ perSecond, generatorShare }) => perSecond / generatorShare),
    ),
  );
  const note = `* the load generator computed more than 80 % of the time; alone it could send about ${Math.round(fastest / 1_000)},000 requests per second. Times in ms.`;
  return titled('Requests per second (tools/call)', [head, ...cells], note);
}

export function startText(rows: readonly StartRow[]): string {
  const cells = rows.map(({ until, name, cpuMs, wallMs, timesReference }) => [
    until,
    name,
    cpuMs.toFixed(0),
    wallMs.toFixed(0),
    timesReference.toFixed(2),
  ]);
  const head = ['until', 'process', 'ms CPU', 'ms', 'x reference'];
  return titled('Start-up', [head, ...cells]);
}

export function memoryText({ idle, perServer }: MemoryTable): string {
  const idleCells = idle.map(({ name, rssMb }) => [name, rssMb.toFixed(0)]);
  const heapCells = perServer.map(({ name, heapMb }) => [name, heapMb.toFixed(2)]);
  return `${titled('Memory after the first call, idle', [['process', 'MB RSS'], ...idleCells])}\n${titled(
    'Heap after collection per added shared server',
    [['copies of', 'MB'], ...heapCells],
  )}`;
}

export function telemetryText(rows: readonly TelemetryRow[]): string {
  const cells = rows.map(({ name, cpuMs, addedMs, rootMs, firstCallMs, rssMb }) => [
    name,
    cpuMs.toFixed(4),
    addedMs.toFixed(4),
    rootMs.toFixed(0),
    firstCallMs.toFixed(0),
    rssMb.toFixed(0),
  ]);
  const head = [
    'destination',
    'ms CPU per call',
    'added',
    'ms to `GET /`',
    'ms to first call',
    'MB RSS',
  ];
  return titled('Telemetry (tools/call, shared, SDK v1)', [head, ...cells]);
}

export function kindText({ calls, servers }: KindTable): string {
  const cells = calls.map(({ kind, server, era, callers, moduleMs, kindMs, ratio }) => [
    kind,
    server,
    era,
    callers,
    moduleMs.toFixed(3),
    kindMs.toFixed(3),
    ratio.toFixed(2),
  ]);
  const head = ['kind', 'server', 'era', 'callers', 'ms CPU, module', 'ms CPU, kind', 'ratio'];
  const rows = servers.map((row) => [
    row.kind,
    row.server,
    row.hostMb.toFixed(1),
    row.programMb.toFixed(1),
    row.onceMb.toFixed(1),
    row.startCpuMs.toFixed(0),
    row.startWallMs.toFixed(0),
  ]);
  const columns = [
    'kind',
    'server',
    'MB of the host, each further',
    'MB of its program',
    'MB, once',
    'ms CPU, first call',
    'ms, first call',
  ];
  const note =
    'Calls: the process of the host alone, with answers of 1 KB. MB are resident memory; "once" is what ends programs after a crash of the host. The first call starts the host and its program.';
  return [
    titled('Kinds of server, CPU per call', [head, ...cells]),
    titled('Kinds of server, memory and start', [columns, ...rows], note),
  ].join('\n');
}

export function barsText(bars: readonly Bar[]): string {
  const cells = bars.map(({ name, limit, worst, isMet }) => [
    name,
    limit,
    worst ? worst.value.toFixed(2) : 'not measured',
    isMet ? 'met' : 'MISSED',
    worst?.where ?? '',
  ]);
  const head = ['bar', 'at most', 'measured', '', 'worst row'];
  return titled('Bars', [head, ...cells]);
}

export function againstText(rows: readonly AgainstRow[]): string {
  const cells = rows.map(({ name, timesFloor, otherTimesFloor, ratio, isWorse }) => [
    name,
    timesFloor.toFixed(2),
    otherTimesFloor.toFixed(2),
    ratio.median.toFixed(3),
    ratio.min.toFixed(3),
    ratio.max.toFixed(3),
    isWorse ? 'WORSE' : 'ok',
  ]);
  const head = ['row', 'new/floor', 'old/floor', 'new/old', 'min', 'max', ''];
  return titled('CPU of this build (new) against the other build (old)', [head, ...cells]);
}

export function leftOutText(leftOut: readonly string[]): string {
  if (leftOut.length === 0) return '';
  return `Left out, because it was not answered rightly:\n${leftOut.map((line) => `  ${line}\n`).join('')}`;
}

function titled(title: string, rows: readonly (readonly Cell[])[], note?: string): string {
  return `${title}\n${table(rows)}${note ? `  ${note}\n` : ''}`;
}

/** Columns as wide as their widest cell; numbers to the right. */
function table(rows: readonly (readonly Cell[])[]): string {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => String(row[column]).length)),
  );
  const line = (row: readonly Cell[]): string =>
    row
      .map((cell, column) => {
        const text = String(cell);
        const width = widths[column] as number;
        return /^[\d.]+\*?$/.test(text) ? text.padStart(width) : text.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return rows.map((row) => `  ${line(row)}\n`).join('');
}
