// More callers than a server takes, callers that come and go in waves, and thousands of connections
// that say nothing.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { atEnd, closeAll } from '../cleanup.ts';
import { type SoakHost, startSoakHost } from '../host.ts';
import { type Load, startLoad } from '../load.ts';
import {
  atLeast,
  atMost,
  atMostTime,
  attempt,
  type Bar,
  type Context,
  nobodyHarmed,
  nothingMixedUp,
  type Row,
  type Scenario,
  scaled,
} from '../scenario.ts';
import { addTally, emptyTally, p99Ms, type Tally } from '../tally.ts';

export const capacity: Scenario = {
  name: 'capacity',
  about: 'twice the callers a server takes, waves of callers, thousands of idle connections',
  run,
};

const CAPACITY = 10;
const YAML = `
defaults: { auth: anonymous }
servers:
  small: { module: ./small.mjs, instance: shared, maxConcurrent: ${CAPACITY} }
  calm: { module: ./calm.mjs }
`;
const SMALL = { name: 'small', path: '/small/mcp' };
const CALM = { name: 'calm', path: '/calm/mcp' };

const TOOL_MS = [50, 150] as const;
const REFUSED_PAUSE_MS = 25;
const WINDOWS = 3;
const RECOVERY_MS = 2_000;
const RECOVERY_STEP_MS = 250;

const CYCLES = 5;
const WAVE_CALLERS = 50;
const SETTLE_MS = 3_000;
const IDLE_MS = 2_000;
const IDLE_CPU_PERCENT = 2;
const HEAP_GROWTH_MB = 2;
const SPARE_HANDLES = 2;

const SOCKETS = 5_000;
/** Files of the host and of this process besides the connections. */
const OTHER_FILES = 500;
const OPENED_AT_ONCE = 100;

/** What a part leaves for its row. */
interface Part {
  readonly tally: Tally;
  readonly faults: Row['faults'];
  readonly bars: readonly Bar[];
  readonly notes: readonly string[];
}

async function run(context: Context): Promise<Row[]> {
  const parts = { 'twice its capacity': overload, waves, 'idle connections': idleConnections };
  const rows: Row[] = [];
  for (const [name, part] of Object.entries(parts)) {
    rows.push(...(await attempt(name, () => runPart(context, name, part))));
    closeAll();
  }
  return rows;
}

async function runPart(
  context: Context,
  name: string,
  part: (context: Context, host: SoakHost) => Promise<Part>,
): Promise<Row[]> {
  const modules = { small: 'v2', calm: 'v1' } as const;
  const host = await startSoakHost({ main: context.main, yaml: YAML, modules });
  const startedAt = performance.now();
  const { bars, ...left } = await part(context, host);
  const seconds = (performance.now() - startedAt) / 1_000;
  const exits = host.exit ? 1 : 0;
  const evidence = host.evidence();
  await host.stop();
  const { rssMaxMb, heapMaxMb } = host;
  const row = { name, ...left, seconds, exits, rssMaxMb, heapMaxMb, evidence };
  return [{ ...row, bars: [...bars, atMost('exits', exits, 0)] }];
}

/** As many callers as the server takes run all the time; for a while as many again join them. */
async function overload(context: Context, host: SoakHost): Promise<Part> {
  const seconds = scaled(context.minutes, 10, 60);
  const plan = {
    url: host.url,
    servers: [SMALL],
    actions: ['json'],
    callers: CAPACITY,
    delayMs: TOOL_MS,
    mayRefuse: true,
    refusedPauseMs: REFUSED_PAUSE_MS,
  } as const;
  const first = startLoad({ ...plan, seed: context.seed });
  await first.started;
  const before = await windows(first, seconds / 2);
  const more = startLoad({ ...plan, seed: context.seed + 1 });
  await more.started;
  await first.window();
  await more.window();
  context.progress(`${2 * CAPACITY} callers for a capacity of ${CAPACITY}`);
  const [during, joined] = await Promise.all([windows(first, seconds), windows(more, seconds)]);
  await more.stop();
  const recoveryMs = await recovery(first, 2 * p99Ms(before));
  const rest = await first.stop();
  const tally = [...during, ...joined].reduce(addTally, emptyTally());
  const quiet = before.reduce(addTally, emptyTally());
  return {
    tally,
    faults: { 'callers too many': CAPACITY },
    bars: [
      atLeast('answered', tally.answered, CAPACITY * seconds),
      atLeast('refused', tally.refused, 1),
      atMost('failed', tally.failed + rest.failed, 0),
      ...nothingMixedUp(tally),
      atMostTime(
        'p99 of the accepted / p99 at capacity',
        p99Ms([...during, ...joined]) / p99Ms(before),
        2,
      ),
      atMostTime('ms until nothing is refused any more', recoveryMs, RECOVERY_MS),
    ],
    notes: [
      `at capacity: ${quiet.answered} answered, ${quiet.refused} refused, p99 ${p99Ms(before).toFixed(0)} ms; above: p99 ${p99Ms(during).toFixed(0)} ms`,
    ],
  };
}

/** Milliseconds until a window without refusals, in which answers come as they did before. */
async function recovery(load: Load, p99LimitMs: number): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    await load.window();
    await sleep(RECOVERY_STEP_MS);
    const tally = await load.window();
    const tookMs = performance.now() - startedAt;
    const isBack = tally.answered > 0 && tally.refused === 0 && p99Ms([tally]) <= p99LimitMs;
    if (isBack) return Math.max(0, tookMs - RECOVERY_STEP_MS);
    if (tookMs > 5 * RECOVERY_MS) return tookMs;
  }
}

async function windows(load: Load, seconds: number): Promise<Tally[]> {
  const taken: Tally[] = [];
  while (taken.length < WINDOWS) {
    await sleep((seconds * 1_000) / WINDOWS);
    taken.push(await load.window());
  }
  return taken;
}

async function waves(context: Context, host: SoakHost): Promise<Part> {
  const seconds = scaled(context.minutes, 2, 8);
  const tally = emptyTally();
  const rests: Rest[] = [];
  for (let cycle = 1; cycle <= CYCLES; cycle += 1) {
    context.progress(`wave ${cycle} of ${CYCLES}`);
    const load = startLoad({
      url: host.url,
      servers: [CALM],
      actions: ['json', 'stream', 'error'],
      callers: WAVE_CALLERS,
      seed: context.seed + cycle,
    });
    await load.started;
    await sleep(seconds * 1_000);
    addTally(tally, await load.stop());
    rests.push(await restOf(host));
  }
  const last = rests.at(-1);
  const growth = (of: keyof Rest): number =>
    (last?.[of] ?? Number.NaN) - (rests[0]?.[of] ?? Number.NaN);
  return {
    tally,
    faults: { 'waves of callers': CYCLES },
    bars: [
      ...nobodyHarmed(tally, WAVE_CALLERS * CYCLES),
      atMostTime(
        '% of CPU in the quietest pause',
        Math.min(...rests.map(({ cpuPercent }) => cpuPercent)),
        IDLE_CPU_PERCENT,
      ),
      atMost('MiB of heap since the first wave', growth('heapMb'), HEAP_GROWTH_MB),
      atMost('handles since the first wave', growth('handles'), SPARE_HANDLES),
    ],
    notes: rests.map(
      ({ cpuPercent, heapMb, handles }, cycle) =>
        `after wave ${cycle + 1}: CPU ${cpuPercent.toFixed(1)} %, heap ${heapMb.toFixed(2)} MiB, ${handles} handles`,
    ),
  };
}

interface Rest {
  readonly cpuPercent: number;
  readonly heapMb: number;
  readonly handles: number;
}

async function restOf(host: SoakHost): Promise<Rest> {
  await sleep(SETTLE_MS);
  const [cpuMs, startedAt] = [host.cpuMs(), performance.now()];
  await sleep(IDLE_MS);
  const cpuPercent = (100 * (host.cpuMs() - cpuMs)) / (performance.now() - startedAt);
  const probe = await host.probe(true);
  return { cpuPercent, heapMb: probe?.heapMb ?? Number.NaN, handles: probe?.handles ?? Number.NaN };
}

async function idleConnections(context: Context, host: SoakHost): Promise<Part> {
  const wanted = Math.min(SOCKETS, openFilesLimit() - OTHER_FILES);
  const filesBefore = host.files();
  const sockets: Socket[] = [];
  const destroyAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const forget = atEnd(destroyAll);
  while (sockets.length < wanted) {
    const count = Math.min(OPENED_AT_ONCE, wanted - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: count }, () => idleSocket(host.url)))));
    context.progress(`${sockets.length} of ${wanted} connections`);
  }
  const held = host.files() - filesBefore;
  const load = startLoad({
    url: host.url,
    servers: [CALM],
    actions: ['json', 'stream', 'error'],
    callers: 10,
    requests: scaled(context.minutes, 2_000, 20_000),
    seed: context.seed,
  });
  const tally = await load.watch((sent) =>
    context.progress(`${held} connections, ${sent} requests`),
  );
  const open = sockets.filter(({ destroyed }) => !destroyed).length;
  destroyAll();
  forget();
  await sleep(SETTLE_MS);
  return {
    tally,
    faults: { 'idle connections': wanted },
    bars: [
      ...nobodyHarmed(tally, 1),
      atLeast('connections accepted', held, wanted),
      atMost('files left behind', host.files() - filesBefore, SPARE_HANDLES),
    ],
    notes: [
      `${open} connections were open still after the calls`,
      ...(wanted < SOCKETS
        ? [`the limit of open files allows ${wanted} of ${SOCKETS} connections`]
        : []),
    ],
  };
}

/** A connection that has been answered once. */
async function idleSocket(url: string): Promise<Socket> {
  const { hostname, port, host } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  socket.write(`GET /healthz HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  socket.resume();
  return socket;
}

/** Node raises its own limit to what is allowed, and the host has the same. */
function openFilesLimit(): number {
  const [, most] =
    /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return most === 'unlimited' ? Number.POSITIVE_INFINITY : Number(most);
}
