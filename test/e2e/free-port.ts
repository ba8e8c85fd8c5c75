// A port for a process that must be told one: it is known before the process says anything.

import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to whoever asks for any, so that no other test gets it
 * meanwhile.
 */
const FIRST = 10_000;
/** Each worker of the test runner has its own. */
const PER_WORKER = 1_000;
const worker = Number(process.env.VITEST_POOL_ID ?? 0) % 20;
// Another run of the tests on this machine hardly begins at the same one.
let next = process.pid % PER_WORKER;

export async function freePort(): Promise<number> {
  for (;;) {
    next = (next + 1) % PER_WORKER;
    const port = FIRST + worker * PER_WORKER + next;
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
