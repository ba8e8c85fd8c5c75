// A small heap, and a hundred callers that take as much of it as they get from one server: callers
// of another server notice nothing.

import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { atEnd } from '../cleanup.ts';
import { type SoakHost, startSoakHost } from '../host.ts';
import type { HostileCounts, HostilePlan } from '../hostile-callers.ts';
import { type Load, startLoad } from '../load.ts';
import {
  atLeast,
  atMost,
  atMostTime,
  type Context,
  isShort,
  nobodyHarmed,
  type Row,
  type Scenario,
  scaled,
} from '../scenario.ts';
import { addTally, emptyTally, p99Ms, type Tally } from '../tally.ts';

export const memory: Scenario = {
  name: 'memory',
  about: 'a heap of 256 MB, and 100 callers that take as much of it as they get',
  run,
};

const HEAP_MB = 256;
const HOSTILE_CALLERS = 100;
const HOLD_MS = 20_000;
const WINDOWS = 3;
const CALM_CALLERS = 5;
const PAUSE_MS = 20;
const WARM_UP_MS = 3_000;
const YAML = `
defaults: { auth: anonymous }
servers:
  attacked: { module: ./attacked.mjs, instance: shared }
  calm: { module: ./calm.mjs, instance: shared }
`;

async function run(context: Context): Promise<Row[]> {
  const seconds = scaled(context.minutes, 60, 300);
  const host = await startSoakHost({
    main: context.main,
    heapMb: HEAP_MB,
    yaml: YAML,
    modules: { attacked: 'v1', calm: 'v2' },
  });
  const load = startLoad({
    url: host.url,
    servers: [{ name: 'calm', path: '/calm/mcp' }],
    actions: ['json', 'json', 'stream', 'error'],
    callers: CALM_CALLERS,
    pauseMs: PAUSE_MS,
    seed: context.seed,
  });
  await load.started;
  await sleep(WARM_UP_MS);
  await load.window();
  const quiet = await windows(load, host, seconds / 4, (state) =>
    context.progress(`quiet, ${state}`),
  );
  const startedAt = performance.now();
  const attack = startAttack({
    url: host.url,
    path: '/attacked/mcp',
    callers: HOSTILE_CALLERS,
    holdMs: HOLD_MS,
    seed: context.seed,
  });
  const attacked = await windows(load, host, seconds, (state) =>
    context.progress(`under attack, ${state}`),
  );
  const took = (performance.now() - startedAt) / 1_000;
  const { attacks, failed } = await attack.stop();
  const tally = attacked.reduce(addTally, emptyTally());
  await load.stop();
  const exits = host.exit ? 1 : 0;
  const evidence = host.evidence();
  await host.stop();
  const [quietMs, attackedMs] = [p99Ms(quiet), p99Ms(attacked)];
  return [
    {
      name: '',
      tally,
      seconds: took,
      faults: attacks,
      exits,
      rssMaxMb: host.rssMaxMb,
      heapMaxMb: host.heapMaxMb,
      bars: [
        ...nobodyHarmed(tally, 2 * seconds),
        atMost('exits', exits, 0),
        atLeast(
          'attacks',
          Object.values(attacks).reduce((sum, times) => sum + times, 0),
          HOSTILE_CALLERS,
        ),
        atMostTime(
          'p99 under attack / p99 in quiet',
          attackedMs / quietMs,
          isShort(context.minutes) ? 5 : 3,
        ),
      ],
      notes: [
        `p99 (median of ${WINDOWS} windows): ${quietMs.toFixed(1)} ms in quiet, ${attackedMs.toFixed(1)} ms under attack`,
        `${failed} attacks were refused, or ended by the host`,
      ],
      evidence,
    },
  ];
}

/** @returns fewer when the host ends */
async function windows(
  load: Load,
  host: SoakHost,
  seconds: number,
  progress: (state: string) => void,
): Promise<Tally[]> {
  const taken: Tally[] = [];
  for (let window = 1; window <= WINDOWS && !host.exit; window += 1) {
    progress(`window ${window} of ${WINDOWS}, ${Math.round(host.rssMaxMb)} MiB at most so far`);
    await Promise.race([sleep((seconds * 1_000) / WINDOWS), host.exited.then(() => sleep(1_000))]);
    taken.push(await load.window());
  }
  return taken;
}

function startAttack(plan: HostilePlan): { stop(): Promise<HostileCounts> } {
  const worker = new Worker(join(import.meta.dirname, '../hostile-worker.js'), {
    workerData: plan,
  });
  const forget = atEnd(() => worker.terminate());
  const counts = once(worker, 'message').then(([told]) => told as HostileCounts);
  return {
    async stop() {
      worker.postMessage('stop');
      const told = await counts;
      forget();
      await worker.terminate();
      return told;
    },
  };
}
