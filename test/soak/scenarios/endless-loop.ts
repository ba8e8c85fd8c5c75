// A tool that never returns and never waits, in one of five servers, behind the Functions host's
// stand-in: how long the others are out, and whether the app survives.

import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FunctionsHost } from '../../../standins/functions-host/functions-host.ts';
import { startFunctionsHost } from '../../../standins/functions-host/stand-in.ts';
import { atEnd } from '../cleanup.ts';
import { harm } from '../harm.ts';
import { createFolder, type Sdk } from '../host-folder.ts';
import { type Load, startLoad } from '../load.ts';
import { peakRssMb } from '../process-memory.ts';
import {
  atLeast,
  atMost,
  atMostTime,
  type Context,
  nobodyHarmed,
  type Row,
  type Scenario,
  scaled,
} from '../scenario.ts';
import { addTally, type Tally } from '../tally.ts';

export const endlessLoop: Scenario = {
  name: 'endless-loop',
  about: 'an endless loop in one of five servers, called 20 times behind the Functions host',
  run,
};

const CALLS = 20;
/** The Functions host ends the app at the third death. */
const DEATHS = 2;
const RESTART_MS = 3_000;
/** Loading servers on a busy machine may block the process for a second or two. */
const SHORTEST_MS = 3_000;
const PAUSE_MS = 25;
/** Between two calls of the loop; a gap that is shorter than this is none. */
const CALM_MS = 500;
/** So many times the longest outage that is allowed is waited for. */
const GIVE_UP = 3;
const REFUSED = 503;
const MODULES: Readonly<Record<string, Sdk>> = {
  guilty: 'v2',
  first: 'v1',
  second: 'v2',
  third: 'v1',
  fourth: 'v2',
};
const OTHERS = Object.keys(MODULES)
  .filter((name) => name !== 'guilty')
  .map((name) => ({ name, path: `/${name}/mcp` }));

async function run(context: Context): Promise<Row[]> {
  const blockedTimeoutMs = Math.max(SHORTEST_MS, scaled(context.minutes, SHORTEST_MS, 10_000));
  const servers = Object.keys(MODULES).map((name) => `  ${name}: { module: ./${name}.mjs }\n`);
  const yaml = `host: { blockedTimeoutMs: ${blockedTimeoutMs} }\ndefaults: { auth: anonymous }\nservers:\n${servers.join('')}`;
  const folder = createFolder({ yaml, modules: MODULES });
  const forgetFolder = atEnd(folder.remove);
  const host = await startFunctionsHost({
    appRoot: resolve('.'),
    drainTimeoutMs: 0,
    environment: { MCP_SERVERS_FILE: `${folder.path}/servers.yaml`, TMPDIR: folder.path },
  });
  const forgetHost = atEnd(() => host.handlerPid && process.kill(host.handlerPid, 'SIGKILL'));
  try {
    await host.ready();
    return [await loopAgainAndAgain(context, host, blockedTimeoutMs)];
  } finally {
    await host.stop();
    forgetHost();
    folder.remove();
    forgetFolder();
  }
}

async function loopAgainAndAgain(
  context: Context,
  host: FunctionsHost,
  blockedTimeoutMs: number,
): Promise<Row> {
  let reason: string | undefined;
  void host.stopped.then((why) => {
    reason = why;
  });
  const mostMs = blockedTimeoutMs + RESTART_MS;
  const giveUpMs = GIVE_UP * mostMs;
  const load = startLoad({
    url: host.url,
    servers: OTHERS,
    actions: ['json'],
    callers: OTHERS.length,
    pauseMs: PAUSE_MS,
    limitMs: giveUpMs,
    seed: context.seed,
  });
  const startedAt = performance.now();
  const startsBefore = host.starts;
  const outagesMs: number[] = [];
  let refused = 0;
  await load.started;
  const calm = await windowOf(load);
  // After an outage that does not end, there is nothing to be learned from further calls.
  while (outagesMs.length < CALLS && reason === undefined && !(Math.max(...outagesMs) > giveUpMs)) {
    if ((await harm(host.url, '/guilty/mcp', 'loop', giveUpMs)) === REFUSED) refused += 1;
    outagesMs.push(await outageMs(load, giveUpMs, () => reason !== undefined));
    addTally(calm, await windowOf(load));
    context.progress(
      `call ${outagesMs.length} of ${CALLS}, others out for ${Math.round(outagesMs.at(-1) ?? 0)} ms, ${host.starts} starts`,
    );
  }
  const rssMaxMb = peakRssMb(host.handlerPid ?? 0);
  const all = await load.stop();
  const deaths = host.starts - startsBefore;
  return {
    name: '',
    tally: calm,
    seconds: (performance.now() - startedAt) / 1_000,
    faults: { 'calls of an endless loop': outagesMs.length },
    exits: deaths,
    rssMaxMb,
    bars: [
      ...nobodyHarmed(calm, CALLS),
      atLeast('calls of the loop', outagesMs.length, CALLS),
      atMost('app ended', reason === undefined ? 0 : 1, 0),
      atMost('restarts', deaths, DEATHS),
      atMostTime('ms of the longest outage of another server', Math.max(...outagesMs), mostMs),
    ],
    notes: [
      `outages, ms: ${outagesMs.map(Math.round).join(', ')}; ${refused} calls of the loop were refused`,
      `during the outages: ${all.failed - calm.failed} failed, ${all.lost - calm.lost} lost, ${all.crossed - calm.crossed} crossed`,
    ],
    evidence: [
      ...(reason === undefined ? [] : [`the Functions host stopped: ${reason}`]),
      ...all.samples,
      ...lastWords(host),
    ],
  };
}

/** What is counted while nothing is done to the host. */
async function windowOf(load: Load): Promise<Tally> {
  await load.window();
  await sleep(CALM_MS);
  return load.window();
}

/** The longest time in which one of the others did not answer, once all answer again. */
async function outageMs(load: Load, giveUpMs: number, isOver: () => boolean): Promise<number> {
  const giveUpAt = performance.now() + giveUpMs;
  for (let longestMs = 0; ; await sleep(CALM_MS)) {
    const { longestGapMs } = await load.window();
    const gapsMs = Object.values(longestGapMs);
    longestMs = Math.max(longestMs, ...gapsMs);
    // A gap of the last window that is over was shorter than the window.
    const answersAgain = gapsMs.length > 0 && Math.max(...gapsMs) < CALM_MS;
    if (answersAgain || performance.now() > giveUpAt || isOver()) return longestMs;
  }
}

function lastWords(host: FunctionsHost): string[] {
  const texts = [...host.log, ...host.output].map(({ text }) => text);
  return texts.filter((text) => !/"msg":"request"|^Executing/.test(text)).slice(-12);
}
