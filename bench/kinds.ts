// What each kind of server costs beside a module in the thread of the host: CPU of the host per call with 1 and 10
// callers, memory, and the start.

import { join } from 'node:path';
import { drive } from './load.ts';
import { type Ask, METHODS, messageTo, resultIn } from './messages.ts';
import type { Mount, MountOptions, Mounts } from './mounts.ts';
import type { Extent, Options } from './options.ts';
import type { Progress } from './progress.ts';
import { takeStart } from './startup.ts';
import { median } from './statistics.ts';
import { launch, SERVERS, type Target } from './target.ts';

const CALLERS = [1, 10] as const;
const ERAS = ['2025', '2026'] as const;
/** Servers of the process whose memory is compared with that of one server. */
const MANY = 6;
const TEXT = 'x'.repeat(1_024);
/** What a host asks a server at a URL for. */
const UPSTREAM_ASKS: readonly Ask[] = ['discover', 'list', 'call'];

export type Kind = 'module' | 'thread' | 'command' | 'url';

export interface KindCallRow {
  readonly kind: Kind;
  readonly server: string;
  readonly era: (typeof ERAS)[number];
  readonly callers: number;
  /** Milliseconds of the host's process per call, all of its threads together, without other processes. */
  readonly moduleMs: number;
  readonly kindMs: number;
  /** Median of the turns. */
  readonly ratio: number;
}

export interface KindServerRow {
  readonly kind: Kind;
  readonly server: string;
  /** What each further server adds to the host's process. */
  readonly hostMb: number;
  /** The program of each further server. */
  readonly programMb: number;
  /** Other processes of the host, once. */
  readonly onceMb: number;
  /** Until the first call was answered, the host and its programs together. */
  readonly startCpuMs: number;
  readonly startWallMs: number;
}

export interface KindTable {
  readonly calls: readonly KindCallRow[];
  readonly servers: readonly KindServerRow[];
}

/** One server as a module and as one of the other kinds. */
interface Comparison {
  readonly kind: Kind;
  readonly server: string;
  readonly module: MountOptions;
  mount(copies: number): Mount;
}

export async function measureKinds(
  mounts: Mounts,
  { extent, contender }: Pick<Options, 'extent' | 'contender'>,
  progress: Progress,
): Promise<KindTable> {
  const upstream = await launchUpstream();
  const calls: KindCallRow[] = [];
  const servers: KindServerRow[] = [];
  try {
    for (const comparison of comparisons(mounts, upstream.port)) {
      const { kind, server, module } = comparison;
      if (!`${kind}, ${server}`.includes(contender)) continue;
      if (kind !== 'module') {
        progress(`Kinds, CPU per call: ${kind}, ${server}`);
        const one = mounts.add({ ...module, copies: 1 });
        calls.push(...(await measureCalls(comparison, one, extent)));
      }
      if (module.instance !== 'shared') continue;
      progress(`Kinds, memory and start: ${kind}, ${server}`);
      servers.push({ kind, server, ...(await measureServers(comparison, extent)) });
    }
    return { calls, servers };
  } finally {
    await upstream.stop();
  }
}

/**
 * Answers what SDK v2 answers, but sooner than the host. If the host waited for it most of the time, each call would wake
 * up an idle process, which costs more than the call itself: a module whose callers pause shows the same.
 */
async function launchUpstream(): Promise<Target> {
  const server = await launch({ command: [join(SERVERS, 'sdk-v2-node.mjs')] });
  const results: Record<string, object> = {};
  try {
    for (const ask of UPSTREAM_ASKS) {
      results[METHODS[ask]] = resultIn(await server.firstAnswer(messageTo('/mcp', ask, '2026')));
    }
  } finally {
    await server.stop();
  }
  const environment = { RESULTS: JSON.stringify(results) };
  const upstream = await launch({ command: [join(SERVERS, 'upstream.mjs')], environment });
  await upstream.firstAnswer(messageTo('/mcp', 'call', '2026'));
  return upstream;
}

function comparisons(mounts: Mounts, port: number): Comparison[] {
  mounts.addFile(join(SERVERS, 'v2.mjs'));
  const program = mounts.addFile(join(SERVERS, 'stdio-v2.mjs'));
  const modules = (['shared', 'per-request'] as const).flatMap((instance) =>
    (['v1', 'v2'] as const).map((sdk) => {
      const module = { source: join(SERVERS, `${sdk}.mjs`), instance, copies: 1 };
      const mount = (isolation: 'none' | 'thread') => (copies: number) =>
        mounts.add({ ...module, isolation, copies });
      return { server: `${instance}, SDK ${sdk}`, module, mount };
    }),
  );
  const ofEach = (kind: 'module' | 'thread') =>
    modules.map(({ server, module, mount }) => {
      return { kind, server, module, mount: mount(kind === 'thread' ? 'thread' : 'none') };
    });
  const [, sharedV2] = modules as [unknown, (typeof modules)[number]];
  const outside = (kind: Kind, entry: string): Comparison => ({
    ...sharedV2,
    kind,
    mount: (copies) => mounts.addEntries(entry, copies),
  });
  return [
    ...ofEach('module'),
    ...ofEach('thread'),
    outside('command', `{ command: node, args: [${JSON.stringify(program)}], instance: shared }`),
    outside('url', `{ url: "http://127.0.0.1:${port}/mcp", instance: shared }`),
  ];
}

async function measureCalls(
  { kind, server, mount }: Comparison,
  module: Mount,
  { batches, callsPerBatch, warmUpCalls }: Extent,
): Promise<KindCallRow[]> {
  const targets = [await launch(module.target), await launch(mount(1).target)] as const;
  const path = module.paths[0] as string;
  try {
    const rows: KindCallRow[] = [];
    for (const era of ERAS) {
      const call = messageTo(path, 'call', era, TEXT);
      for (const target of targets) {
        await target.firstAnswer(call);
        await run(target, call, 10, warmUpCalls);
      }
      for (const callers of CALLERS) {
        const taken: [number, number][] = [];
        for (let turn = 1; turn <= batches; turn += 1) {
          const moduleMs = await run(targets[0], call, callers, callsPerBatch);
          taken.push([moduleMs, await run(targets[1], call, callers, callsPerBatch)]);
        }
        rows.push({
          kind,
          server,
          era,
          callers,
          moduleMs: median(taken.map(([ms]) => ms)),
          kindMs: median(taken.map(([, ms]) => ms)),
          ratio: median(taken.map(([moduleMs, kindMs]) => kindMs / moduleMs)),
        });
      }
    }
    return rows;
  } finally {
    await Promise.all(targets.map((target) => target.stop()));
  }
}

/** @returns CPU of the host's process per call, milliseconds. */
async function run(target: Target, call: Buffer, connections: number, calls: number) {
  const before = target.ownCpuMs();
  await drive({
    port: target.port,
    requests: [call],
    connections,
    isEnough: (done) => done >= calls,
    staysAwake: true,
  });
  return (target.ownCpuMs() - before) / calls;
}

async function measureServers({ mount }: Comparison, { rounds, starts }: Extent) {
  const [one, many] = [mount(1), mount(MANY)];
  const samples: Memory[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const [few, all] = [await memoryOf(one), await memoryOf(many)];
    const programMb = (all.othersMb - few.othersMb) / (MANY - 1);
    samples.push({
      hostMb: (all.hostMb - few.hostMb) / (MANY - 1),
      programMb,
      onceMb: Math.max(0, few.othersMb - programMb),
    });
  }
  const call = messageTo(one.paths[0] as string, 'call', '2025');
  const taken: { readonly cpuMs: number; readonly wallMs: number }[] = [];
  for (let start = 0; start < starts; start += 1) taken.push(await takeStart(one.target, [call]));
  const middle = <Key extends string>(of: readonly Record<Key, number>[], key: Key) =>
    median(of.map((sample) => sample[key]));
  return {
    hostMb: middle(samples, 'hostMb'),
    programMb: middle(samples, 'programMb'),
    onceMb: middle(samples, 'onceMb'),
    startCpuMs: middle(taken, 'cpuMs'),
    startWallMs: middle(taken, 'wallMs'),
  };
}

interface Memory {
  readonly hostMb: number;
  readonly programMb: number;
  readonly onceMb: number;
}

/** Of a host whose servers have all answered, megabytes. */
async function memoryOf({ target: options, paths }: Mount) {
  const target = await launch(options);
  try {
    for (const path of paths) await target.firstAnswer(messageTo(path, 'call', '2025'));
    const hostMb = target.ownRssMb();
    return { hostMb, othersMb: target.rssMb() - hostMb };
  } finally {
    await target.stop();
  }
}
