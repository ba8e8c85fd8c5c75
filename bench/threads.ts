// What a thread costs: the same server in the thread of the host and in one of its own. CPU per call with 1 and 10
// callers, memory of each further server, and the start.

import { join } from 'node:path';
import { drive } from './load.ts';
import { messageTo } from './messages.ts';
import type { Mount, Mounts } from './mounts.ts';
import type { Extent } from './options.ts';
import type { Progress } from './progress.ts';
import { takeStart } from './startup.ts';
import { median } from './statistics.ts';
import { launch, SERVERS, type Target } from './target.ts';

const CALLERS = [1, 10] as const;
/** Servers of the process whose memory is compared with that of one server. */
const MANY = 6;

const MODES = [
  { name: 'shared, SDK v1', instance: 'shared', file: 'v1.mjs' },
  { name: 'shared, SDK v2', instance: 'shared', file: 'v2.mjs' },
  { name: 'per-request, SDK v1', instance: 'per-request', file: 'v1.mjs' },
  { name: 'per-request, SDK v2', instance: 'per-request', file: 'v2.mjs' },
] as const;
const ERAS = ['2025', '2026'] as const;

export interface ThreadRow {
  readonly name: string;
  readonly era: (typeof ERAS)[number];
  readonly callers: number;
  /** Milliseconds per call, all threads of the process together. */
  readonly hostMs: number;
  readonly threadMs: number;
  /** Median of the turns. */
  readonly ratio: number;
}

export interface ThreadTable {
  readonly calls: readonly ThreadRow[];
  /** By mode: what each further server adds to the process, and what the first call takes. */
  readonly servers: readonly {
    readonly name: string;
    readonly isolation: Isolation;
    readonly addedMb: number;
    readonly startCpuMs: number;
    readonly startWallMs: number;
  }[];
}

type Isolation = 'none' | 'thread';
const ISOLATIONS: readonly Isolation[] = ['none', 'thread'];

export async function measureThreads(
  mounts: Mounts,
  extent: Extent,
  progress: Progress,
): Promise<ThreadTable> {
  const calls: ThreadRow[] = [];
  const servers: ThreadTable['servers'][number][] = [];
  for (const { name, instance, file } of MODES) {
    const source = join(SERVERS, file);
    const [none, thread] = ISOLATIONS.map((isolation) =>
      mounts.add({ source, instance, isolation, copies: 1 }),
    ) as [Mount, Mount];
    progress(`Threads, CPU per call: ${name}`);
    calls.push(...(await measureCalls(name, none, thread, extent)));
    if (instance !== 'shared') continue;
    for (const [at, one] of [none, thread].entries()) {
      const isolation = ISOLATIONS[at] as Isolation;
      progress(`Threads, memory and start: ${name}, ${isolation}`);
      const many = mounts.add({ source, instance, isolation, copies: MANY });
      servers.push({ name, isolation, ...(await measureServers(one, many, extent)) });
    }
  }
  return { calls, servers };
}

async function measureCalls(
  name: string,
  none: Mount,
  thread: Mount,
  { batches, callsPerBatch, warmUpCalls }: Extent,
): Promise<ThreadRow[]> {
  const targets = [await launch(none.target), await launch(thread.target)] as const;
  const path = none.paths[0] as string;
  try {
    const rows: ThreadRow[] = [];
    for (const era of ERAS) {
      const call = messageTo(path, 'call', era);
      for (const target of targets) {
        await target.firstAnswer(call);
        await run(target, call, 10, warmUpCalls);
      }
      for (const callers of CALLERS) {
        const taken: [number, number][] = [];
        for (let turn = 1; turn <= batches; turn += 1) {
          const hostMs = await run(targets[0], call, callers, callsPerBatch);
          taken.push([hostMs, await run(targets[1], call, callers, callsPerBatch)]);
        }
        rows.push({
          name,
          era,
          callers,
          hostMs: median(taken.map(([ms]) => ms)),
          threadMs: median(taken.map(([, ms]) => ms)),
          ratio: median(taken.map(([hostMs, threadMs]) => threadMs / hostMs)),
        });
      }
    }
    return rows;
  } finally {
    await Promise.all(targets.map((target) => target.stop()));
  }
}

/** @returns CPU per call, milliseconds. */
async function run(target: Target, call: Buffer, connections: number, calls: number) {
  const before = target.cpuMs();
  await drive({
    port: target.port,
    requests: [call],
    connections,
    isEnough: (done) => done >= calls,
    staysAwake: true,
  });
  return (target.cpuMs() - before) / calls;
}

async function measureServers(one: Mount, many: Mount, { rounds, starts }: Extent) {
  const added: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    added.push(((await rssOf(many)) - (await rssOf(one))) / (MANY - 1));
  }
  const call = messageTo(one.paths[0] as string, 'call', '2025');
  const cpuMs: number[] = [];
  const wallMs: number[] = [];
  for (let start = 0; start < starts; start += 1) {
    const taken = await takeStart(one.target, [call]);
    cpuMs.push(taken.cpuMs);
    wallMs.push(taken.wallMs);
  }
  return { addedMb: median(added), startCpuMs: median(cpuMs), startWallMs: median(wallMs) };
}

/** Of a host whose servers have all answered, megabytes. */
async function rssOf({ target: options, paths }: Mount): Promise<number> {
  const target = await launch(options);
  try {
    for (const path of paths) await target.firstAnswer(messageTo(path, 'call', '2025'));
    return target.rssMb();
  } finally {
    await target.stop();
  }
}
