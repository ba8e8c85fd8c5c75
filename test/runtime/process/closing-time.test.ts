// How long servers have to close in a drain: what the requests in flight have left of theirs.

import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { HostedServer } from '../../../runtime/exchange/hosted-server.ts';
import { drain } from '../../../runtime/process/lifecycle.ts';
import { Port } from '../../../runtime/process/port.ts';

/** A server with a request in flight for so long, whose closing takes longer than that of modules. */
function server(inFlightMs: number) {
  const seen = { limitMs: 0, isClosed: false };
  const inFlight = new Set([{ end: () => inFlight.clear() }]);
  setTimeout(() => inFlight.clear(), inFlightMs);
  const close = async (limitMs: number) => {
    seen.limitMs = limitMs;
    await pause(500);
    seen.isClosed = true;
  };
  const hosted = { inFlight, stopWaiting: () => {}, backend: { close } };
  return { seen, hosted: hosted as unknown as HostedServer };
}

test('a server that needs long to close has the time that requests have left', async () => {
  const { seen, hosted } = server(100);
  await drain({ port: new Port(), servers: [hosted] }, { limitMs: 8_000 });
  expect(seen.isClosed).toBe(true);
  expect(seen.limitMs).toBeLessThan(8_000);
  expect(seen.limitMs).toBeGreaterThan(5_000);
});

test('requests that take all of the time leave 300 ms', async () => {
  const { seen, hosted } = server(60_000);
  await drain({ port: new Port(), servers: [hosted] }, { limitMs: 200 });
  expect(seen).toEqual({ limitMs: 300, isClosed: false });
});
