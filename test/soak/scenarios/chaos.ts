// Everything at once: programs are killed, a server elsewhere goes away, a thread crashes, a module
// leaves promises alone, and calls go on everywhere. Those who call the other servers notice nothing.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { treeOf } from '../../../bench/process-usage.ts';
import { KINDS, startEveryKind } from '../every-kind.ts';
import { harm } from '../harm.ts';
import type { SoakHost } from '../host.ts';
import { startLoad } from '../load.ts';
import type { Called } from '../load-plan.ts';
import { randomFrom } from '../random.ts';
import {
  atLeast,
  atMost,
  type Context,
  nobodyHarmed,
  nothingMixedUp,
  type Row,
  type Scenario,
  scaled,
} from '../scenario.ts';
import type { Upstream } from '../upstream.ts';

export const chaos: Scenario = {
  name: 'chaos',
  about: 'programs killed, an upstream gone, a thread crashed, promises left alone, all at once',
  run,
};

const VICTIMS = ['command-shared', 'url-session', 'thread-v1', 'request-v1'] as const;
/** Each caller of it has a program of its own, and starting those would be most of the load. */
const SLOW = 'command-session';
const FAULTS = 4;
const PAUSE_MS = 300;
const AWAY_MS = 500;

async function run(context: Context): Promise<Row[]> {
  const seconds = scaled(context.minutes, 20, 180);
  const { host, upstream, stop } = await startEveryKind(context.main);
  const plan = {
    url: host.url,
    seed: context.seed,
    actions: ['json', 'stream', 'error', 'pair'],
  } as const;
  const isVictim = ({ name }: Called): boolean => VICTIMS.some((victim) => victim === name);
  const others = KINDS.filter((kind) => !isVictim(kind) && kind.name !== SLOW);
  const calm = startLoad({ ...plan, servers: others, callers: 16, pauseMs: 5 });
  const hurt = startLoad({
    ...plan,
    servers: KINDS.filter(isVictim),
    callers: 8,
    pauseMs: 20,
    mayRefuse: true,
  });
  const startedAt = performance.now();
  const faults = await injectFaults(context, host, upstream, seconds);
  const [tally, victims] = await Promise.all([calm.stop(), hurt.stop()]);
  const took = (performance.now() - startedAt) / 1_000;
  const evidence = host.evidence();
  const exits = host.exit ? 1 : 0;
  const { rssMaxMb, heapMaxMb } = host;
  await stop();
  const common = { seconds: took, faults, exits, rssMaxMb, heapMaxMb, evidence };
  return [
    {
      ...common,
      name: 'others',
      tally,
      bars: [
        ...nobodyHarmed(tally, 2 * seconds),
        atMost('exits', exits, 0),
        atLeast('kinds of faults', Object.keys(faults).length, FAULTS),
      ],
    },
    {
      ...common,
      name: 'those whose servers fail',
      tally: victims,
      bars: [atLeast('answered', victims.answered, 1), ...nothingMixedUp(victims)],
      notes: [
        'an error tells them that their server failed: only silence and foreign answers count',
      ],
    },
  ];
}

async function injectFaults(context: Context, host: SoakHost, upstream: Upstream, seconds: number) {
  const random = randomFrom(context.seed);
  const counts: Record<string, number> = {};
  const call = async (path: string, tool: string) =>
    (await harm(host.url, path, tool)) !== undefined;
  const faults = {
    'programs killed': () => {
      const pid = programOf(host.pid, 'command-shared');
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      return pid !== undefined;
    },
    'upstreams gone': async () => {
      await upstream.leave();
      await sleep(AWAY_MS);
      await upstream.comeBack();
      return true;
    },
    'threads crashed': () => call('/thread-v1/mcp', 'crash'),
    'promises left alone': () => call('/request-v1/mcp', 'reject'),
  };
  const endAt = performance.now() + seconds * 1_000;
  const again = async ([fault, inject]: [string, () => boolean | Promise<boolean>]) => {
    while (performance.now() < endAt && !host.exit) {
      if (await inject()) counts[fault] = (counts[fault] ?? 0) + 1;
      const leftSeconds = Math.max(0, Math.round((endAt - performance.now()) / 1_000));
      context.progress(`${sum(counts)} faults, ${leftSeconds} s left`);
      await sleep(PAUSE_MS + random() * PAUSE_MS);
    }
  };
  await Promise.all(Object.entries(faults).map(again));
  return counts;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, times) => total + times, 0);
}

/** The program of the server with this name, if it runs. */
function programOf(hostPid: number, name: string): number | undefined {
  return treeOf(hostPid).find((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`SOAK_NAME=${name}`);
    } catch {
      return false;
    }
  });
}
