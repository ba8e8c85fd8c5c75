// What the port does before the application is there.

import { expect, onTestFinished, test } from 'vitest';
import { Port } from '../../runtime/port.ts';

test('answers the probe, holds 512 requests, and refuses the next as overloaded', async () => {
  const port = new Port();
  const url = await port.listen('127.0.0.1', 0);
  onTestFinished(() => port.server.closeAllConnections());
  const all = Array.from({ length: 513 }, () => fetch(`${url}/a/mcp`));
  const first = await Promise.race(all);
  expect(first.status).toBe(503);
  expect(await first.json()).toMatchObject({ error: { data: { reason: 'overloaded' } } });
  expect((await fetch(url)).status).toBe(200);
  port.serve((_request, response) => void response.end('served'));
  const statuses = (await Promise.all(all)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(512);
});
