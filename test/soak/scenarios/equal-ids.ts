// Pairs of callers with equal ids and progress tokens, on every kind of server.

import { KINDS, type KindOfServer, startEveryKind } from '../every-kind.ts';
import type { SoakHost } from '../host.ts';
import { startLoad } from '../load.ts';
import { type Context, isMet, nobodyHarmed, type Row, type Scenario, scaled } from '../scenario.ts';
import { addTally, emptyTally, type Tally } from '../tally.ts';

const CALLERS = 4;
/** At a time, so that answers of several kinds are under way together. */
const KINDS_AT_ONCE = 3;

export const equalIds: Scenario = {
  name: 'equal-ids',
  about: 'callers with equal ids and progress tokens on every kind of server',
  run,
};

async function run(context: Context): Promise<Row[]> {
  const pairs = scaled(context.minutes, 2_000, 10_000);
  const { host, stop } = await startEveryKind(context.main);
  const total = emptyTally();
  const rows: Row[] = [];
  const waiting = [...KINDS];
  const worker = async (): Promise<void> => {
    for (let kind = waiting.shift(); kind; kind = waiting.shift()) {
      const { row, tally } = await runKind(
        context,
        host,
        kind,
        kind.isSlow ? Math.ceil(pairs / 10) : pairs,
      );
      addTally(total, tally);
      rows.push(row);
      context.progress(
        `${rows.length} of ${KINDS.length} kinds, ${total.requests} requests, ${total.lost} lost, ${total.crossed} crossed`,
      );
    }
  };
  await Promise.all(Array.from({ length: KINDS_AT_ONCE }, worker));
  const isHarmed = rows.some(({ bars }) => !bars.every(isMet));
  const evidence = isHarmed ? host.evidence() : [];
  await stop();
  return rows.map((row) => ({
    ...row,
    rssMaxMb: host.rssMaxMb,
    heapMaxMb: host.heapMaxMb,
    evidence,
  }));
}

async function runKind(
  { main: _, ...context }: Context,
  host: SoakHost,
  kind: KindOfServer,
  pairs: number,
): Promise<{ row: Row; tally: Tally }> {
  const startedAt = performance.now();
  const load = startLoad({
    url: host.url,
    servers: [kind],
    actions: ['pair'],
    callers: CALLERS,
    requests: 2 * pairs,
    delayMs: [0, 4],
    seed: context.seed,
  });
  const tally = await load.done;
  const row: Row = {
    name: kind.kind,
    tally,
    seconds: (performance.now() - startedAt) / 1_000,
    faults: { 'pairs with equal ids': pairs },
    exits: host.exit ? 1 : 0,
    rssMaxMb: 0,
    bars: nobodyHarmed(tally, 2 * pairs),
    evidence: [],
  };
  return { row, tally };
}
