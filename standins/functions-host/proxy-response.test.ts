// What the client sees of the handler's answer. Runs against a real host too, when that serves
// test/functions-host/fixtures/app (FUNCTIONS_HOST_URL).

import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, openAnswer, send } from './fixtures/client.ts';
import { fixtureAppRoot } from './fixtures/fixture-app.ts';
import { pairs } from './headers.ts';
import { type FunctionsHostUnderTest, functionsHostUnderTest } from './under-test.ts';

let host: FunctionsHostUnderTest;
beforeAll(async () => {
  host = await functionsHostUnderTest({ appRoot: fixtureAppRoot, drainTimeoutMs: 0 });
});
afterAll(() => host.stop());

describe('a streamed answer', () => {
  test('reaches the client chunk by chunk', async () => {
    const opened = openAnswer(host.url, '/keep-open/chunks');
    await ask(host.url, 'arrived', '/keep-open/chunks');
    let chunks: AsyncIterator<Buffer> | undefined;
    for (const text of ['one', 'two', 'three']) {
      await ask(host.url, `write?text=${text}`, '/keep-open/chunks');
      chunks ??= (await opened)[Symbol.asyncIterator]();
      expect(String((await chunks.next()).value)).toBe(text);
    }
    await ask(host.url, 'end', '/keep-open/chunks');
    expect(await chunks?.next()).toEqual({ done: true, value: undefined });
  });

  test('shows its status line only with the first body byte, also when its headers were flushed', async () => {
    const seen: string[] = [];
    const opened = openAnswer(host.url, '/keep-open/flushed?head').then((answer) => {
      seen.push('head');
      return answer;
    });
    await ask(host.url, 'arrived', '/keep-open/flushed');
    await ask(host.url, 'arrivals', '/keep-open/flushed');
    seen.push('write');
    await ask(host.url, 'write?text=hello', '/keep-open/flushed');
    const answer = await opened;
    expect(seen).toEqual(['write', 'head']);
    expect(answer.headers['content-type']).toBe('text/event-stream');
    answer.destroy();
  });

  test('that breaks off after a byte is reset', async () => {
    const opened = openAnswer(host.url, '/keep-open/broken');
    await ask(host.url, 'arrived', '/keep-open/broken');
    await ask(host.url, 'write?text=hello', '/keep-open/broken');
    const [error] = await Promise.all([
      once((await opened).resume(), 'error'),
      ask(host.url, 'cut', '/keep-open/broken'),
    ]);
    expect(error[0].code).toBe('ECONNRESET');
  });

  test('that breaks off before a byte is an empty 500, without a replay', async () => {
    const answer = send(host.url, '/keep-open/headless?head');
    await ask(host.url, 'arrived', '/keep-open/headless');
    await ask(host.url, 'cut', '/keep-open/headless');
    expect(await answer).toMatchObject({ status: 500, headers: { 'content-length': '0' } });
    expect(await ask(host.url, 'arrivals', '/keep-open/headless')).toBe(1);
  });
});

describe('an answer', () => {
  test.each([202, 204, 304, 405])('with status %i and no body passes as it is', async (status) => {
    const answer = await send(host.url, `/status/${status}`);
    expect(answer).toMatchObject({ status, body: Buffer.alloc(0) });
  });

  test('to HEAD keeps its length', async () => {
    const answer = await send(host.url, '/head', { method: 'HEAD' });
    expect(answer.headers['content-length']).toBe('5');
  });

  test('keeps reason phrase, repeated headers, Server, Date and compressed bytes', async () => {
    const { status, reason, rawHeaders, body } = await send(host.url, '/headers');
    const headers = pairs(rawHeaders);
    const values = (wanted: string) =>
      headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
    expect([status, reason]).toEqual([207, 'Odd Reason']);
    expect(values('www-authenticate')).toEqual(['Bearer one', 'Basic two']);
    expect(values('set-cookie')).toEqual(['a=1', 'b=2']);
    expect(values('server')).toEqual(['fixture']);
    expect(values('date')).toEqual(['Thu, 01 Jan 1970 00:00:00 GMT']);
    expect(values('mcp-session-id')).toEqual(['kept']);
    expect(gunzipSync(body).toString()).toBe('zipped');
  });

  test('loses hop-by-hop headers, interim answers and trailers', async () => {
    const { headers, interim, trailers } = await send(host.url, '/headers');
    expect(headers['keep-alive']).not.toBe('timeout=7');
    const lost = ['upgrade', 'proxy-authenticate', 'alt-svc'];
    expect(lost.filter((name) => name in headers)).toEqual([]);
    expect(interim).toEqual([]);
    expect(trailers).toEqual({});
  });
});
