// What long messages must not change: an answer is what its server answered at that moment, forbidden
// keys are found, and who leaves or gets too much holds nothing.

import { describe, expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { post } from '../../post.ts';
import { startHost, type TestHost } from '../../start-host.ts';
import { call, JSON_HEADERS } from '../http/mounts.ts';
import { openSocket } from '../http/raw-socket.ts';
import { expectRefusal } from '../http/refusal.ts';
import { held } from './callers.ts';

const JSON_ONLY = { accept: 'application/json' };
const SLICE = 262_144;

const host = (): Promise<TestHost> =>
  startHost({
    listen: true,
    yaml: `
defaults: { auth: anonymous, maxResultBytes: 4000000 }
servers:
  changing: { module: ../../runtime/mount/budget/changing.mjs, instance: shared }
  unchecked: { module: ../../runtime/mount/budget/changing.mjs, export: createUnchecked, instance: shared }
  kernel: { module: ./kernel-v1.mjs, instance: shared }
`,
  });

describe('a long answer', () => {
  const read = async ({ url }: TestHost, uri: string) => {
    const message = { jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri } };
    return post(`${url}/unchecked/mcp`, message, JSON_ONLY);
  };

  it('is what the server answered, whatever it does with the object later', async () => {
    const answer = await read(await host(), 'test://object');
    expect(answer.result?.word).toBe('as answered');
  });

  it('that is no object is refused like a short one', async () => {
    const answer = await read(await host(), 'test://text');
    expect(answer.error?.data?.reason).toBe('invalid-result');
  });

  it('is written no further than a result may be long', async () => {
    const running = await host();
    let turns = 0;
    running.app.server.once('request', async (_request, response) => {
      for (; !response.headersSent; turns += 1) await new Promise(setImmediate);
    });
    const units = 15 * SLICE;
    const answer = await post(`${running.url}/changing/mcp`, call('nul', { units }), JSON_ONLY);
    expect(answer.error?.data?.reason).toBe('result-too-large');
    expect(turns).toBeLessThan(12);
  });

  it('of a client that leaves gives back the bytes of the call while other handlers go on', async () => {
    const running = await host();
    const url = `${running.url}/kernel/mcp`;
    const leaving = new AbortController();
    const waiting = fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...JSON_ONLY },
      body: JSON.stringify(call('ignore-abort', { delayMs: 4_000, pay: 'x' })),
      signal: leaving.signal,
    });
    const [, , server] = running.servers as [never, never, TestHost['servers'][number]];
    await eventually(() => expect(server.inFlight.size).toBe(1));
    leaving.abort();
    await expect(waiting).rejects.toThrow();
    await eventually(() => expect(server.backend.abandonedHandlers).toBe(1));

    running.app.server.once('request', async ({ socket }, response) => {
      // Until its answer is written.
      while (server.inFlight.size === 0) await new Promise(setImmediate);
      for (let count = 0; count < 3; count += 1) await new Promise(setImmediate);
      expect(response.headersSent).toBe(false);
      socket.destroy();
    });
    const args = { bytes: 4_000_000 - 100, pay: 'x'.repeat(100_000) };
    await expect(post(url, call('large', args), JSON_ONLY)).rejects.toThrow();
    await eventually(async () => {
      expect(server.inFlight.size).toBe(0);
      expect((await held(running)).heldBytes).toBeLessThan(100_000);
    });
    expect(server.backend.abandonedHandlers).toBe(1);
  });

  /** Asks for long answers, all at once. @param slices of each. */
  const ahead = (slices: readonly number[]): string => {
    const requests = slices.map((count, id) => {
      const body = JSON.stringify({ ...call('large', { bytes: count * SLICE }), id });
      const head = Object.entries({ ...JSON_HEADERS, ...JSON_ONLY, 'content-length': body.length });
      const lines = head.map(([name, value]) => `${name}: ${value}`).join('\r\n');
      return `POST /kernel/mcp HTTP/1.1\r\n${lines}\r\n\r\n${body}`;
    });
    return requests.join('');
  };

  it('comes after the one that was asked for before it on its connection', async () => {
    const { url } = await host();
    const answers = await openSocket(url, ahead([12, 2])).answers(2);
    const read = answers.map(({ body }) => JSON.parse(body));
    expect(read.map(({ id }) => id)).toEqual([0, 1]);
    expect(read.map(({ result }) => result.content[0].text.length)).toEqual([
      12 * SLICE,
      2 * SLICE,
    ]);
  });

  it('is not written to its end for a client that left, also before its turn', async () => {
    const { url, servers } = await host();
    const [, , { inFlight }] = servers as [never, never, TestHost['servers'][number]];
    const { socket } = openSocket(url, ahead(Array.from({ length: 12 }, () => 15)));
    while (inFlight.size < 12) await new Promise(setImmediate);
    socket.destroy();
    let turns = 0;
    for (; inFlight.size > 0; turns += 1) await new Promise(setImmediate);
    expect(turns).toBeLessThan(90);
  });
});

describe('a long body', () => {
  it.each([
    ['__proto__', '{"__proto__":{"a":1}}'],
    ['__proto__ with an escape', '{"\\u005f_proto__":{"a":1}}'],
    ['__proto__ in a list', '[[{"\\u005F\\u005fproto\\u005f_" :1}]]'],
    ['constructor.prototype', '{"constructor":{"prototype":{}}}'],
    ['constructor.prototype with an escape', '{"\\u0063onstructor":{"\\u0070rototype":1}}'],
  ])('with %s is refused like a short one', async (_name, bad) => {
    const { url } = await host();
    for (const pay of ['x', 'x'.repeat(131_073), 'é'.repeat(131_073)]) {
      const body = JSON.stringify(call('echo', { text: 'BAD', pay })).replace('"BAD"', bad);
      const answer = await post(`${url}/kernel/mcp`, body);
      expectRefusal(answer, { status: 400, reason: 'forbidden-key', code: -32600 });
    }
  });
});
