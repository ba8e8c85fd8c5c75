// How often one request of a client reaches the handler when connections close unanswered.

import { Agent } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { ask, echo, send } from './fixtures/client.ts';
import { fixtureAppRoot, quickRetries, startFixture } from './fixtures/fixture-app.ts';
import { realNumbers } from './options.ts';
import { choosePort } from './port.ts';
import { retryPausesMs, sendWithRetries } from './send-with-retries.ts';
import { functionsHostUnderTest } from './under-test.ts';

const emptyFailure = { status: 500, headers: { 'content-length': '0' } };

test('requests without a body arrive 40 times, those with a body once', async () => {
  const host = await functionsHostUnderTest({
    appRoot: fixtureAppRoot,
    drainTimeoutMs: 0,
    ...quickRetries,
  });
  onTestFinished(() => host.stop());
  const cases = [
    { method: 'GET', times: 40 },
    { method: 'DELETE', times: 40 },
    { method: 'POST', times: 40 },
    { method: 'POST', body: '{}', times: 1 },
    { method: 'POST', body: ['{', '}'], times: 1 },
  ];
  for (const [index, { times, ...request }] of cases.entries()) {
    const path = `/close/${index}`;
    expect(await send(host.url, path, request)).toMatchObject(emptyFailure);
    expect(await ask(host.url, 'arrivals', path)).toBe(times);
  }
});

test('the attempts take about 1.9 seconds by default', () => {
  const pausesMs = retryPausesMs(realNumbers);
  expect(pausesMs).toEqual([50, 100, 200, 250, 250, 250, 250, 250, 250]);
});

test('a refused connection is tried once per attempt', async () => {
  let connects = 0;
  class CountingAgent extends Agent {
    override createConnection(...how: Parameters<Agent['createConnection']>) {
      connects += 1;
      return super.createConnection(...how);
    }
  }
  const port = await choosePort(undefined);
  const request = { port, agent: new CountingAgent(), method: 'GET', path: '/', rawHeaders: [] };
  const numbers = { ...realNumbers, ...quickRetries };
  const { signal } = new AbortController();
  const sent = sendWithRetries({ ...request, body: undefined }, numbers, signal);
  await expect(sent).rejects.toThrow('ECONNREFUSED');
  expect(connects).toBe(10);
});

test('one GET that crashes the process kills three of them, and the host', async () => {
  const host = await startFixture();
  const client = send(host.url, '/crash');
  await expect(client).rejects.toThrow('socket hang up');
  expect(await host.stopped).toContain('Exceeded http worker restart retry count');
  const arrivals = host.output.filter(({ text }) => text === 'request GET /crash');
  expect(arrivals).toHaveLength(3);
});

test('a body that was not yet on its way survives a refused connection', async () => {
  const host = await startFixture();
  await host.ready();
  await host.signalHandler('SIGKILL');
  const bodies = ['declared', ['chun', 'ked']];
  const requests = bodies.map((body) => echo(host.url, '/echo', { method: 'POST', body }));
  const arrived = await Promise.all(requests);
  expect(arrived.map(({ body }) => body)).toEqual(['declared', 'chunked']);
});
