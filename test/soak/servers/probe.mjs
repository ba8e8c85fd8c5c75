// Loaded into the host under test (node --expose-gc --import): tells its parent, when asked, what
// the heap holds and how many handles are open. The host itself needs no route for it, and an
// inspector would switch its watchdog off.

import { isMainThread } from 'node:worker_threads';

const COLLECTIONS = 4;
const PAUSE_MS = 50;

if (isMainThread && process.channel) {
  // A module must not be able to answer, or to keep the answer from being sent.
  const send = process.send.bind(process);
  const { gc } = globalThis;
  process.on('message', async ({ collect, ask }) => {
    if (ask === undefined) return;
    // Weak references and finalizers need more than one collection.
    for (let round = 0; collect && round < COLLECTIONS; round += 1) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    const { heapUsed } = process.memoryUsage();
    send({ ask, heapBytes: heapUsed, handles: process.getActiveResourcesInfo().length });
  });
  process.channel.unref();
}
