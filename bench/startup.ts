// From the start of a process to its first answers: CPU that it used until then, and the time that passed.

import { join } from 'node:path';
import { type Contender, FLOOR, MODES } from './contenders.ts';
import { LOCKED, mountLazyCommands, UNLOCKED } from './lazy-commands.ts';
import { getRoot, messageTo } from './messages.ts';
import type { Mounts } from './mounts.ts';
import type { Extent } from './options.ts';
import type { Progress } from './progress.ts';
import { median, medianRatio } from './statistics.ts';
import { launch, ROOT, SERVERS, type TargetOptions } from './target.ts';
import { type Receivers, startReceivers } from './telemetry-receivers.ts';

export interface StartRow {
  readonly name: string;
  readonly until: string;
  readonly cpuMs: number;
  readonly wallMs: number;
  /** CPU against the reference of the same group; 1 for the reference itself. */
  readonly timesReference: number;
}

export interface Start {
  readonly name: string;
  readonly until: string;
  readonly process: TargetOptions;
  readonly requests: readonly Buffer[];
  /** Name of the start in the same group that this one is compared with. */
  readonly reference: string;
}

export const ROOT_ANSWERED = '`GET /` answered';
export const SAMPLES_ANSWERED = 'both sample servers answered';
export const INITIALIZED = 'first `initialize` of a sample answered';
export const FIRST_CALL = 'first tool call answered';
export const THIS_HOST = 'this host, both sample servers';
/** Added to the name of a host whose calls go to Application Insights. */
export const OBSERVED = ', Application Insights';
export const MODULE_CALLED = 'first call of a module answered';
const NO_COMMANDS = 'this host, one module, no commands';
const TWENTY_LINES = '20 lines with the same packages';

export async function measureStarts(
  contenders: readonly Contender[],
  mounts: Mounts,
  { starts }: Extent,
  progress: Progress,
): Promise<StartRow[]> {
  const receivers = await startReceivers();
  try {
    const plain = plainStarts(contenders, mounts);
    const observed = plain.filter(({ name }) => name === MODES[0].name);
    const all = [
      ...plain,
      ...observed.map((start) => observedBy(receivers, start)),
      ...(await lazyStarts(mounts)),
    ];
    return await measure(all, starts, progress);
  } finally {
    receivers.stop();
  }
}

/** @returns all starts but those with telemetry. */
export function plainStarts(contenders: readonly Contender[], mounts: Mounts): Start[] {
  return [...sampleStarts(mounts), ...contenders.map(firstCall)];
}

async function measure(
  all: readonly Start[],
  starts: number,
  progress: Progress,
): Promise<StartRow[]> {
  const measured = all.map((start) => ({ start, taken: [] as Taken[] }));
  for (let turn = 1; turn <= starts; turn += 1) {
    for (const { start, taken } of measured) {
      // What does not start is left out; startField tells why.
      const once = await takeStart(start.process, start.requests).catch(() => undefined);
      if (once) taken.push(once);
    }
    progress(`Start-up: ${turn} of ${starts} turns over ${measured.length} rows`);
  }
  return measured
    .filter(({ taken }) => taken.length === starts)
    .map(({ start: { name, until, reference }, taken }) => {
      const compared = measured.find(
        ({ start }) => start.until === until && start.name === reference,
      );
      const cpu = taken.map(({ cpuMs }) => cpuMs);
      return {
        name,
        until,
        cpuMs: median(cpu),
        wallMs: median(taken.map(({ wallMs }) => wallMs)),
        timesReference: medianRatio(cpu, compared?.taken.map(({ cpuMs }) => cpuMs) ?? []),
      };
    });
}

function sampleStarts(mounts: Mounts): Start[] {
  const host: TargetOptions = { command: ['dist/main.js'], folder: mounts.root };
  const bare: TargetOptions = { command: [mounts.addFile(join(SERVERS, 'fastify.mjs'))] };
  const twentyLines: TargetOptions = {
    command: [mounts.addFile(join(SERVERS, 'twenty-lines.mjs'))],
    environment: { SAMPLES: join(ROOT, 'dist/servers') },
  };
  const root = { until: ROOT_ANSWERED, requests: [getRoot()], reference: FLOOR };
  const initialized = {
    until: INITIALIZED,
    requests: [messageTo('/time/mcp', 'initialize', '2025')],
    reference: FLOOR,
  };
  const samples = {
    until: SAMPLES_ANSWERED,
    requests: ['/weather/mcp', '/time/mcp'].map((path) => messageTo(path, 'list', '2025')),
    reference: TWENTY_LINES,
  };
  return [
    { name: FLOOR, process: bare, ...root },
    { name: THIS_HOST, process: host, ...root },
    { name: FLOOR, process: bare, ...initialized, requests: [getRoot()] },
    { name: THIS_HOST, process: host, ...initialized },
    { name: TWENTY_LINES, process: twentyLines, ...samples },
    { name: THIS_HOST, process: host, ...samples },
  ];
}

/** Until the module was called; nobody calls a program. */
async function lazyStarts(mounts: Mounts): Promise<Start[]> {
  const { none, locked, unlocked } = await mountLazyCommands(mounts);
  return [
    { name: NO_COMMANDS, mount: none },
    { name: LOCKED, mount: locked },
    { name: UNLOCKED, mount: unlocked },
  ].map(({ name, mount: { target, paths } }) => ({
    name,
    until: MODULE_CALLED,
    process: target,
    requests: [messageTo(paths[0] as string, 'call', '2025')],
    reference: NO_COMMANDS,
  }));
}

function firstCall({ name, mounted, process, paths }: Contender): Start {
  const path = name === FLOOR ? '/call-2025' : (paths.at(-1) as string);
  return {
    name: mounted === 1 ? name : `${name}, ${mounted} servers`,
    until: FIRST_CALL,
    process,
    requests: [messageTo(path, 'call', '2025')],
    reference: FLOOR,
  };
}

function observedBy(receivers: Receivers, start: Start): Start {
  const insights = receivers.environments.find(({ name }) => OBSERVED.endsWith(name));
  const environment = { ...start.process.environment, ...insights?.environment };
  return { ...start, name: start.name + OBSERVED, process: { ...start.process, environment } };
}

interface Taken {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** @throws when the process does not answer. */
export async function takeStart(
  process: TargetOptions,
  requests: readonly Buffer[],
): Promise<Taken> {
  const startedAt = performance.now();
  const target = await launch(process);
  try {
    await Promise.all(requests.map((request) => target.firstAnswer(request)));
    return { cpuMs: target.cpuMs(), wallMs: performance.now() - startedAt };
  } finally {
    await target.stop();
  }
}
