// Standard output that cannot be written: requests are answered all the same, and SIGTERM ends the
// process in time.

import { setTimeout as sleep } from 'node:timers/promises';
import { closeAll } from '../cleanup.ts';
import { harm } from '../harm.ts';
import { type Output, type SoakHost, startSoakHost } from '../host.ts';
import { startLoad } from '../load.ts';
import {
  atMost,
  atMostTime,
  attempt,
  type Context,
  nobodyHarmed,
  type Row,
  type Scenario,
  scaled,
} from '../scenario.ts';
import { addTally } from '../tally.ts';

export const output: Scenario = {
  name: 'output',
  about: 'standard output full, closed and stalled, each under load',
  run,
};

const YAML = `
defaults: { auth: anonymous }
servers:
  calm: { module: ./calm.mjs, instance: shared }
  other: { module: ./other.mjs }
`;
const SERVERS = ['calm', 'other'].map((name) => ({ name, path: `/${name}/mcp` }));
const CALLERS = 10;
/** In flight when SIGTERM comes. */
const IN_FLIGHT = 10;
const IN_FLIGHT_DELAY_MS = 3_000;
const POLL_MS = 50;
const EXIT_SECONDS = 9;
/** A host that no longer answers is not waited for longer. */
const LIMIT_MS = 10_000;

interface Case {
  readonly name: string;
  readonly output: Output;
  /** What happens once the host is ready. */
  readonly harm?: (host: SoakHost) => unknown;
}

const CASES: readonly Case[] = [
  { name: 'full', output: 'full' },
  { name: 'closed by its reader', output: 'read', harm: (host) => host.closeOutput() },
  {
    name: 'closed by a server',
    output: 'read',
    harm: (host) => harm(host.url, '/other/mcp', 'close-output'),
  },
  { name: 'stalled', output: 'stalled' },
];

async function run(context: Context): Promise<Row[]> {
  const rows: Row[] = [];
  for (const one of CASES) {
    rows.push(...(await attempt(one.name, () => runCase(context, one))));
    // Of one that did not become ready.
    closeAll();
  }
  return rows;
}

async function runCase(context: Context, { name, output, harm }: Case): Promise<Row[]> {
  const requests = scaled(context.minutes, 3_000, 30_000);
  const host = await startSoakHost({
    main: context.main,
    yaml: YAML,
    modules: { calm: 'v2', other: 'v1' },
    output,
    environment: { LOG_LEVEL: 'info' },
  });
  await harm?.(host);
  const startedAt = performance.now();
  const plan = { url: host.url, servers: SERVERS, limitMs: LIMIT_MS, seed: context.seed };
  const load = startLoad({
    ...plan,
    actions: ['json', 'stream', 'error'],
    callers: CALLERS,
    requests,
  });
  // A host that has gone loses every request that is left: there is no need to send them all.
  void host.exited.then(() => sleep(LIMIT_MS)).then(load.stop);
  const tally = await load.watch((sent) =>
    context.progress(`${name}: ${sent} of ${requests} requests`),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  const endedBefore = host.exit ? 1 : 0;
  const last = startLoad({
    ...plan,
    actions: ['json'],
    callers: IN_FLIGHT,
    requests: IN_FLIGHT,
    delayMs: [IN_FLIGHT_DELAY_MS, IN_FLIGHT_DELAY_MS],
  });
  await inWork(host, IN_FLIGHT);
  const exitSeconds = (await host.stop()) / 1_000;
  const inFlight = await last.done;
  addTally(tally, inFlight);
  return [
    {
      name,
      tally,
      seconds,
      faults: { 'SIGTERM under load': 1 },
      exits: endedBefore,
      rssMaxMb: host.rssMaxMb,
      heapMaxMb: host.heapMaxMb,
      bars: [
        ...nobodyHarmed(tally, requests + IN_FLIGHT),
        atMost('exits before SIGTERM', endedBefore, 0),
        atMostTime('seconds from SIGTERM to the exit', exitSeconds, EXIT_SECONDS),
      ],
      evidence: host.evidence(),
    },
  ];
}

/** Resolves when the host works on so many requests, or when it will no more. */
async function inWork(host: SoakHost, requests: number): Promise<void> {
  const giveUpAt = performance.now() + LIMIT_MS;
  while (!host.exit && performance.now() < giveUpAt && (await host.inFlight()) < requests) {
    await sleep(POLL_MS);
  }
}
