// Random messages, most of them faulty, to servers of both SDKs: each is answered, and none with more
// than its fault.

import { seeded } from '../../runtime/mount/http/random.ts';
import {
  faultOf,
  RANDOM_YAML,
  randomBody,
  randomHeaders,
} from '../../runtime/mount/http/random-messages.ts';
import { post, postMany } from '../../runtime/post.ts';
import { startSoakHost } from '../host.ts';
import {
  atLeast,
  atMost,
  type Context,
  nobodyHarmed,
  type Row,
  type Scenario,
  scaled,
} from '../scenario.ts';
import { count, emptyTally } from '../tally.ts';

export const random: Scenario = {
  name: 'random',
  about: 'random messages, most of them faulty: each is answered with 200, 202 or 4xx',
  run,
};

const CALLERS = 20;
const STATUSES = [200, 202, 400, 404, 406];
/** Each of the statuses has at least this share. */
const SHARE = 1 / 200;
const PATHS = ['/v1-shared/mcp', '/v1-fresh/mcp', '/v2-shared/mcp', '/v2-fresh/mcp'];

async function run({ main, minutes, seed, progress }: Context): Promise<Row[]> {
  const messages = scaled(minutes, 10_000, 50_000);
  const fixtures = ['kernel-v1.mjs', 'kernel-v2.mjs'];
  const host = await startSoakHost({ main, yaml: RANDOM_YAML, fixtures });
  const startedAt = performance.now();
  const tally = emptyTally();
  const statuses: Record<number, number> = {};
  await postMany(messages, CALLERS, async (number) => {
    const own = seed * messages + number;
    const chosen = seeded(own);
    const text = randomBody(chosen);
    const path = chosen.pick(PATHS);
    try {
      const answer = await post(host.url + path, text, randomHeaders(chosen, text));
      const fault = faultOf(answer, text);
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      count(tally, fault ? 'failed' : 'answered', `seed ${own} at ${path}: ${fault}`);
    } catch (error) {
      count(tally, 'lost', `seed ${own} at ${path}: ${error}`);
    }
    progress(`${tally.requests} of ${messages} messages`);
  });
  const seconds = (performance.now() - startedAt) / 1_000;
  const evidence = host.evidence();
  const exits = host.exit ? 1 : 0;
  await host.stop();
  const rarest = Math.min(...STATUSES.map((status) => statuses[status] ?? 0));
  return [
    {
      name: '',
      tally,
      seconds,
      faults: { 'random messages': messages },
      exits,
      rssMaxMb: host.rssMaxMb,
      heapMaxMb: host.heapMaxMb,
      bars: [
        ...nobodyHarmed(tally, messages),
        atMost('exits', exits, 0),
        atLeast('answers of each status', rarest, Math.floor(messages * SHARE)),
      ],
      notes: [`statuses: ${JSON.stringify(statuses)}`],
      evidence,
    },
  ];
}
