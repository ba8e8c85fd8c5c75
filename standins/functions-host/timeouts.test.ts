// Silence and excess: the idle limit of the proxy, and `functionTimeout`, which costs the handler.

import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { ask, openAnswer, send } from './fixtures/client.ts';
import { startFixture } from './fixtures/fixture-app.ts';

describe('the idle limit', () => {
  test('turns silence before the first byte into an empty 500, without a replay', async () => {
    const host = await startFixture({ idleTimeoutMs: 50 });
    const answer = await send(host.url, '/hang/silent');
    expect(answer).toMatchObject({ status: 500, headers: { 'content-length': '0' } });
    expect(await ask(host.url, 'closed', '/hang/silent')).not.toBeNull();
    expect(await ask(host.url, 'arrivals', '/hang/silent')).toBe(1);
  });

  test('turns silence after the first byte into a reset', async () => {
    const host = await startFixture({ idleTimeoutMs: 100 });
    const answer = openAnswer(host.url, '/beat/2/20');
    const stream = openAnswer(host.url, '/keep-open/quiet');
    await ask(host.url, 'arrived', '/keep-open/quiet');
    await ask(host.url, 'write?text=hello', '/keep-open/quiet');
    const [error] = await once((await stream).resume(), 'error');
    expect(error.code).toBe('ECONNRESET');
    await once((await answer).resume(), 'end');
  });

  test('is outlived by a stream that says something in time', async () => {
    const host = await startFixture({ idleTimeoutMs: 400 });
    const { body } = await send(host.url, '/beat/15/40');
    expect(body.toString()).toBe('.'.repeat(15));
  });
});

describe('functionTimeout', () => {
  test('kills the handler with every stream in it, and replays the hung GET to the next one', async () => {
    const host = await startFixture({
      idleTimeoutMs: 60_000,
      functionTimeoutMs: 400,
      functionTimeoutAnswerMs: 60_000,
    });
    const stream = (await openAnswer(host.url, '/beat/1000/10')).resume();
    const client = new AbortController();
    const hung = openAnswer(host.url, '/hang/long', { signal: client.signal });
    hung.catch(() => {});
    await ask(host.url, 'arrived', '/hang/long');
    const killed = host.handlerPid;
    const [error] = await once(stream, 'error');
    expect(error.code).toBe('ECONNRESET');
    await ask(host.url, 'arrived', '/hang/long');
    expect(host.handlerPid).not.toBe(killed);
    expect(host.output.filter(({ text }) => text === 'request GET /hang/long')).toHaveLength(2);
    client.abort();
    await expect(hung).rejects.toThrow('aborted');
  });

  test('ends in an empty 500 for the hung request, and is not counted as an error', async () => {
    const numbers = { functionTimeoutMs: 30, functionTimeoutGraceMs: 10, errorLimit: 1 };
    const host = await startFixture({ ...numbers, functionTimeoutAnswerMs: 10 });
    await host.ready();
    const answer = await send(host.url, '/hang/long');
    expect(answer).toMatchObject({ status: 500, headers: { 'content-length': '0' } });
    await host.ready();
    expect(host.starts).toBe(2);
  });
});
