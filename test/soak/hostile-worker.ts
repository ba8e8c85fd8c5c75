// The thread of the hostile callers: what they hold does not disturb those who are counted.

import { parentPort, workerData } from 'node:worker_threads';
import { HostileCallers, type HostilePlan } from './hostile-callers.ts';

const port = parentPort as NonNullable<typeof parentPort>;
const callers = new HostileCallers(workerData as HostilePlan);

port.once('message', () => callers.stop());
await callers.run();
port.postMessage(callers.counts);
