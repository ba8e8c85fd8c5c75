// The thread that makes a load: the process that watches the host does not slow it down.

import { parentPort, workerData } from 'node:worker_threads';
import { startCallers } from './callers.ts';
import type { LoadPlan } from './load-plan.ts';

const port = parentPort as NonNullable<typeof parentPort>;
const callers = startCallers(workerData as LoadPlan);

port.on('message', (ask: 'take' | 'stop') => {
  if (ask === 'take') port.postMessage({ taken: callers.take() });
  else callers.stop();
});
void callers.first.then(() => port.postMessage({}));
void callers.done.then(() => {
  port.postMessage({ last: callers.take() });
  port.close();
});
