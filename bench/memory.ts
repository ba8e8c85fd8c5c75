// Memory: what an idle process holds, and what each further shared server adds to the heap after collection.

import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Contender, FLOOR, MANY } from './contenders.ts';
import { messageTo } from './messages.ts';
import type { Mount, Mounts } from './mounts.ts';
import type { Extent } from './options.ts';
import type { Progress } from './progress.ts';
import { median } from './statistics.ts';
import { launch, ROOT, SERVERS } from './target.ts';

const IDLE_MS = 1_000;
const MB = 1024 * 1024;

export interface MemoryTable {
  readonly idle: readonly { readonly name: string; readonly rssMb: number }[];
  /** By what the copies are copies of. */
  readonly perServer: readonly { readonly name: string; readonly heapMb: number }[];
}

export async function measureMemory(
  contenders: readonly Contender[],
  mounts: Mounts,
  { rounds }: Extent,
  progress: Progress,
): Promise<MemoryTable> {
  const idle: { name: string; rssMb: number }[] = [];
  for (const { name, mounted, process, paths } of contenders) {
    progress(`Memory, idle: ${name}`);
    const path = name === FLOOR ? '/call-2025' : (paths[0] as string);
    const rssMb = await idleRss(process, messageTo(path, 'call', '2025')).catch(() => undefined);
    if (rssMb !== undefined)
      idle.push({ name: mounted === 1 ? name : `${name}, ${mounted} servers`, rssMb });
  }
  const perServer: { name: string; heapMb: number }[] = [];
  for (const { name, source, entry } of COPIED) {
    progress(`Memory, per added server: ${name}`);
    const shared = { source, instance: 'shared', ...(entry && { entry }) } as const;
    const one = mounts.add({ ...shared, copies: 1 });
    const many = mounts.add({ ...shared, copies: MANY });
    const differences: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      differences.push(((await heapOf(many)) - (await heapOf(one))) / (MANY - 1));
    }
    perServer.push({ name, heapMb: median(differences) });
  }
  return { idle, perServer };
}

/** Small servers of the benchmark, and the sample servers as an example of real ones. */
const COPIED = [
  { name: 'one tool, SDK v1', source: join(SERVERS, 'v1.mjs') },
  { name: 'one tool, SDK v2', source: join(SERVERS, 'v2.mjs') },
  { name: 'sample weather, SDK v1', source: join(ROOT, 'dist/servers/weather'), entry: 'index.js' },
  { name: 'sample time, SDK v2', source: join(ROOT, 'dist/servers/time'), entry: 'index.js' },
];

async function idleRss(process: Contender['process'], request: Buffer): Promise<number> {
  const target = await launch(process);
  try {
    await target.firstAnswer(request);
    await sleep(IDLE_MS);
    return target.rssMb();
  } finally {
    await target.stop();
  }
}

/** Heap of a host whose servers have all answered, megabytes. */
async function heapOf({ target: { command, environment }, paths }: Mount): Promise<number> {
  const probe = ['--expose-gc', '--import', join(SERVERS, 'heap-probe.mjs')];
  const target = await launch({
    command: [...probe, ...command],
    ...(environment && { environment }),
    channel: true,
  });
  try {
    for (const path of paths) await target.firstAnswer(messageTo(path, 'list', '2025'));
    target.child.send('collect');
    const [bytes] = await once(target.child, 'message');
    return bytes / MB;
  } finally {
    await target.stop();
  }
}
