// A load as the scenarios see it: it runs in a thread of its own, and tells what it has counted.

import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { atEnd } from './cleanup.ts';
import type { LoadPlan } from './load-plan.ts';
import { addTally, emptyTally, type Tally } from './tally.ts';

const WATCH_INTERVAL_MS = 500;

export interface Load {
  /** The first answers are here: starting a thread takes a while. */
  readonly started: Promise<void>;
  /** What was counted since the last window. */
  window(): Promise<Tally>;
  /** All windows and the one that runs, once the plan's requests have ended. */
  readonly done: Promise<Tally>;
  /** As `done`. @param told how many requests have ended so far, now and then */
  watch(told: (requests: number) => void): Promise<Tally>;
  /** Ends after the requests that are under way. @returns all that was counted */
  stop(): Promise<Tally>;
}

export function startLoad(plan: LoadPlan): Load {
  const worker = new Worker(join(import.meta.dirname, 'load-worker.js'), { workerData: plan });
  const forget = atEnd(() => worker.terminate());
  const total = emptyTally();
  const taken: ((tally: Tally) => void)[] = [];
  let isDone = false;
  const done = new Promise<Tally>((resolve, reject) => {
    worker.on('message', (message: { readonly taken?: Tally; readonly last?: Tally }) => {
      const tally = message.taken ?? message.last;
      if (!tally) return;
      addTally(total, tally);
      if (message.taken) return taken.shift()?.(tally);
      isDone = true;
      for (const waiting of taken.splice(0)) waiting(emptyTally());
      resolve(total);
    });
    worker.once('error', reject);
  });
  done.catch(() => undefined);
  void once(worker, 'exit').then(forget, forget);
  const window = (): Promise<Tally> => {
    if (isDone) return Promise.resolve(emptyTally());
    const tally = new Promise<Tally>((resolve) => taken.push(resolve));
    worker.postMessage('take');
    return tally;
  };
  return {
    done,
    started: Promise.race([once(worker, 'message'), done]).then(() => undefined),
    window,
    watch: async (told) => {
      const asking = setInterval(
        () => window().then(() => told(total.requests)),
        WATCH_INTERVAL_MS,
      );
      return done.finally(() => clearInterval(asking));
    },
    stop: () => {
      worker.postMessage('stop');
      return done;
    },
  };
}
