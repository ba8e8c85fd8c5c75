// Thirty thousand requests of every sort: what stays behind in the host.

import { setTimeout as sleep } from 'node:timers/promises';
import { type SoakHost, startSoakHost } from '../host.ts';
import { startLoad } from '../load.ts';
import {
  atMost,
  type Context,
  nobodyHarmed,
  type Row,
  type Scenario,
  scaled,
} from '../scenario.ts';
import { addTally, emptyTally } from '../tally.ts';

export const mixed: Scenario = {
  name: 'mixed',
  about: 'JSON, event streams, aborts, errors and cancellations of both eras: heap and files after',
  run,
};

const REQUESTS = 10_000;
/** The first one warms up. */
const ROUNDS = 3;
const CALLERS = 20;
const GROWTH_MB = 2;
/** Sockets that were just closed. */
const SPARE_FILES = 2;
const SETTLE_MS = 1_000;
/** The others are ended by their callers. */
const ANSWERED_SHARE = 0.6;

const MODULES = {
  'shared-v1': 'v1',
  'shared-v2': 'v2',
  'request-v1': 'v1',
  'request-v2': 'v2',
} as const;

const YAML = `
defaults: { auth: anonymous }
servers:
  shared-v1: { module: ./shared-v1.mjs, instance: shared }
  shared-v2: { module: ./shared-v2.mjs, instance: shared }
  request-v1: { module: ./request-v1.mjs }
  request-v2: { module: ./request-v2.mjs }
`;

interface Rest {
  readonly heapMb: number;
  readonly files: number;
}

async function run(context: Context): Promise<Row[]> {
  const requests = Math.min(REQUESTS, scaled(context.minutes, REQUESTS, REQUESTS));
  const host = await startSoakHost({ main: context.main, yaml: YAML, modules: MODULES });
  const startedAt = performance.now();
  const total = emptyTally();
  const rests: Rest[] = [];
  for (let round = 1; round <= ROUNDS && !host.exit; round += 1) {
    const load = startLoad({
      url: host.url,
      servers: Object.keys(MODULES).map((name) => ({ name, path: `/${name}/mcp` })),
      actions: ['json', 'json', 'stream', 'error', 'abort', 'cancel'],
      callers: CALLERS,
      requests,
      seed: context.seed + round,
    });
    addTally(
      total,
      await load.watch((sent) =>
        context.progress(`round ${round} of ${ROUNDS}: ${sent} of ${requests} requests`),
      ),
    );
    rests.push(await restOf(host));
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const evidence = host.evidence();
  const exits = host.exit ? 1 : 0;
  await host.stop();
  const [first, last] = [rests[0], rests.at(-1)];
  return [
    {
      name: '',
      tally: total,
      seconds,
      faults: { 'aborts and cancellations': total.ended },
      exits,
      rssMaxMb: host.rssMaxMb,
      heapMaxMb: host.heapMaxMb,
      bars: [
        ...nobodyHarmed(total, ROUNDS * requests * ANSWERED_SHARE),
        atMost('exits', exits, 0),
        atMost('MiB of heap after the first round', growth(first?.heapMb, last?.heapMb), GROWTH_MB),
        atMost('open files after the first round', growth(first?.files, last?.files), SPARE_FILES),
      ],
      notes: rests.map(
        ({ heapMb, files }, round) =>
          `after ${(round + 1) * requests} requests: heap ${heapMb.toFixed(2)} MiB, ${files} files`,
      ),
      evidence,
    },
  ];
}

/** NaN, which meets no bar, when the host could not be asked. */
function growth(from = Number.NaN, to = Number.NaN): number {
  return to - from;
}

/** What is left once the connections of the load have gone. */
async function restOf(host: SoakHost): Promise<Rest> {
  await sleep(SETTLE_MS);
  const probe = await host.probe(true);
  return { heapMb: probe?.heapMb ?? Number.NaN, files: host.exit ? Number.NaN : host.files() };
}
