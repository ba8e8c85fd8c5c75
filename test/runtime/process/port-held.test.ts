// What the port does before the application is there.

import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Port } from '../../../runtime/process/port.ts';
import { eventually } from '../../eventually.ts';

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

test('holds a browser at /, which is to get a page, and answers the probe meanwhile', async () => {
  const port = new Port();
  const url = await port.listen('127.0.0.1', 0);
  onTestFinished(() => port.server.closeAllConnections());
  const browser = fetch(url, { headers: { accept: 'text/html' } });
  expect(await (await fetch(url)).text()).toBe('MCP host\n');
  port.serve((_request, response) => void response.end('page'));
  expect(await (await browser).text()).toBe('page');
});

test('holds one request of a connection, so that nobody takes all places', async () => {
  const port = new Port();
  const url = new URL(await port.listen('127.0.0.1', 0));
  onTestFinished(() => port.server.closeAllConnections());
  const greedy = connect(Number(url.port), url.hostname);
  greedy.resume().write('GET /a/mcp HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(600));
  await eventually(() => expect(greedy.bytesWritten).toBe(19_200));
  const other = fetch(new URL('/a/mcp', url));
  expect((await fetch(url)).status).toBe(200);
  port.serve((_request, response) => void response.end('served'));
  expect((await other).status).toBe(200);
});

test('a request that is held is not too slow, however long it is held', async () => {
  const port = new Port();
  const url = await port.listen('127.0.0.1', 0);
  onTestFinished(() => port.server.closeAllConnections());
  expect(port.server.requestTimeout).toBe(0);
  port.serve((_request, response) => void response.end('served'));
  expect(port.server.requestTimeout).toBe(10_000);
  expect((await fetch(url)).status).toBe(200);
});
