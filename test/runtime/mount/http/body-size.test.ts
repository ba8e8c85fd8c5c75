// How large a body may be: bytes, elements and nesting, refused
// before parsing.

import { describe, expect, it } from 'vitest';
import { post as postOverHttp } from '../../post.ts';
import type { TestHost } from '../../start-host.ts';
import { call, JSON_HEADERS, PATH, PING, sharedMounts, startMounts } from './mounts.ts';
import { openSocket, postBytes } from './raw-socket.ts';
import { expectNotReached, expectRefusal } from './refusal.ts';

const mounts = sharedMounts();

const BODY = JSON.stringify(PING);
const MAX_BODY_BYTES = 4_194_304;

const TOO_COMPLEX = { status: 400, code: -32600, reason: 'too-complex' };

const post = ({ app }: TestHost, payload: string | Buffer, url: string = PATH) =>
  app.inject({ method: 'POST', url, headers: JSON_HEADERS, payload });

describe('the size of a body', () => {
  it.each<[string, string]>([
    ['1,000,000 nested lists', '['.repeat(1_000_000)],
    ['65 levels', '['.repeat(65) + ']'.repeat(65)],
    ['a deep object', '{"a":'.repeat(700_000)],
    ['1,000,000 elements', `[${'1,'.repeat(999_999)}1]`],
    [
      '200,000 keys in arguments',
      JSON.stringify(
        call(
          'echo',
          Object.fromEntries(Array.from({ length: 200_000 }, (_, key) => [`k${key}`, 1])),
        ),
      ),
    ],
  ])('%s is refused at once', async (_name, payload) => {
    const host = mounts();
    const startedAt = performance.now();
    const answer = await expectNotReached(() => post(host, payload));
    expect(performance.now() - startedAt).toBeLessThan(500);
    expectRefusal(answer, TOO_COMPLEX);
  });

  it('with 64 levels and many brackets inside strings is fine', async () => {
    const host = mounts();
    const nested = '['.repeat(62) + ']'.repeat(62);
    const text = JSON.stringify(`{[,"\\${'{[,'.repeat(100_000)}\\\\"[`);
    const payload = `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":${nested},"b":${text}}}`;
    expect((await post(host, payload)).json()).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
  });

  it('of 1 MB in one string is fine', async () => {
    const host = mounts();
    const message = call('echo', { text: 'x'.repeat(1_000_000) });
    const { text } = await postOverHttp(host.url + PATH, message);
    expect(text).toHaveLength(1_000_006);
  });

  it('of exactly the limit is fine, one byte more is 413', async () => {
    const host = mounts();
    const padded = (length: number): string => BODY.padEnd(length);
    expect((await post(host, padded(MAX_BODY_BYTES))).statusCode).toBe(200);
    const answer = await expectNotReached(() => post(host, padded(MAX_BODY_BYTES + 1)));
    expectRefusal(answer, { status: 413, reason: 'body-too-large' });
  });

  it('has the limit of its own server', async () => {
    const yaml = `servers: { s: { module: ./kernel-v2.mjs, auth: anonymous, maxBodyBytes: 100 } }`;
    const host = await startMounts({ yaml });
    expect((await post(host, BODY.padEnd(100), '/s/mcp')).statusCode).toBe(200);
    expectRefusal(await post(host, BODY.padEnd(101), '/s/mcp'), {
      status: 413,
      reason: 'body-too-large',
    });
  });

  /** A call with `elements` numbers in it; the call itself has 8 further elements and 3 levels. */
  const numbers = (count: number): string =>
    JSON.stringify(call('echo', { text: 'x', list: Array(count).fill(1) }));
  const nested = (levels: number): string =>
    `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":${'['.repeat(levels - 2)}${']'.repeat(levels - 2)}}}`;

  it.each<[string, string]>([
    ['of the server', 'servers: { s: { module: ./kernel-v2.mjs, auth: anonymous, LIMITS } }'],
    [
      'of defaults',
      'defaults: { LIMITS }\nservers: { s: { module: ./kernel-v2.mjs, auth: anonymous } }',
    ],
  ])('has the limits of elements and levels %s', async (_name, template) => {
    const limits = 'maxElements: 120000, maxDepth: 100';
    const host = await startMounts({ yaml: template.replace('LIMITS', limits) });
    for (const payload of [numbers(110_000), nested(70), nested(100)])
      expect((await post(host, payload, '/s/mcp')).statusCode).toBe(200);
    for (const payload of [numbers(120_001), nested(101)])
      expectRefusal(await post(host, payload, '/s/mcp'), TOO_COMPLEX);
  });

  it('has limits of elements and levels that can be lowered, for one server', async () => {
    const yaml = `
defaults: { auth: anonymous, maxDepth: 4, maxElements: 10 }
servers: { low: { module: ./kernel-v2.mjs }, other: { module: ./kernel-v2.mjs, maxDepth: 64, maxElements: 100000 } }
`;
    const host = await startMounts({ yaml });
    expect((await post(host, nested(4), '/low/mcp')).statusCode).toBe(200);
    for (const payload of [nested(5), numbers(10)]) {
      expectRefusal(await post(host, payload, '/low/mcp'), TOO_COMPLEX);
      expect((await post(host, payload, '/other/mcp')).statusCode).toBe(200);
    }
  });

  it('is refused without a number that may not be its own limit', async () => {
    const answer = await post(mounts(), '['.repeat(100));
    expect(answer.json().error.message).not.toMatch(/\d/);
  });

  it('of a preflight is not looked at', async () => {
    const headers = { ...JSON_HEADERS, origin: 'https://app.example' };
    const { app } = mounts();
    const answer = await app.inject({
      method: 'OPTIONS',
      url: PATH,
      headers,
      payload: '['.repeat(100),
    });
    expect(answer.statusCode).toBe(204);
  });

  it('is counted when it is not declared, and what is sent beyond the limit is not kept', async () => {
    const { url } = mounts();
    const { socket, answers } = openSocket(
      url,
      `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
    for (let sent = 0; sent <= MAX_BODY_BYTES; sent += 65_536) socket.write(chunk);
    const [answer] = await answers(1);
    expectRefusal(answer as never, { status: 413, reason: 'body-too-large' });
  });

  it('that is longer than declared is malformed from its first extra byte', async () => {
    const { url } = mounts();
    const bytes = postBytes(PATH, BODY, [`Content-Length: ${BODY.length - 1}`]);
    const [first, second] = await expectNotReached(() => openSocket(url, bytes).closed());
    expectRefusal((second ?? first) as never, { status: 400, reason: 'bad-headers' });
  });
});
