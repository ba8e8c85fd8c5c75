// HTTP that Node's parser refuses or that no framework sees:
// smuggling, too many headers, pipelining. The answer is JSON-RPC, and after malformed HTTP the
// connection ends.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { call, PATH, PING, sharedMounts } from './mounts.ts';
import { openSocket, postBytes } from './raw-socket.ts';
import { CANARY, expectNotReached, expectRefusal } from './refusal.ts';

const mounts = sharedMounts();

const BODY = JSON.stringify(PING);
const LENGTH = `Content-Length: ${BODY.length}`;
const HEAD = `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
const CHUNKED = 'Transfer-Encoding: chunked';
const chunks = (extension = ''): string =>
  `${BODY.length.toString(16)}${extension}\r\n${BODY}\r\n0\r\n\r\n`;

describe('malformed HTTP is 400 and the end of the connection', () => {
  it.each([
    ['Transfer-Encoding with Content-Length', `${HEAD}${LENGTH}\r\n${CHUNKED}\r\n\r\n${chunks()}`],
    ['Content-Length with Transfer-Encoding', `${HEAD}${CHUNKED}\r\n${LENGTH}\r\n\r\n${chunks()}`],
    ['two different lengths', `${HEAD}${LENGTH}\r\nContent-Length: 1\r\n\r\n${BODY}`],
    ['two equal lengths', `${HEAD}${LENGTH}\r\n${LENGTH}\r\n\r\n${BODY}`],
    ['a list of lengths', `${HEAD}${LENGTH}, ${BODY.length}\r\n\r\n${BODY}`],
    ['a negative length', `${HEAD}Content-Length: -1\r\n\r\n${BODY}`],
    ['a length that is no number', `${HEAD}Content-Length: ${CANARY}\r\n\r\n${BODY}`],
    ['a length with a sign', `${HEAD}Content-Length: +${BODY.length}\r\n\r\n${BODY}`],
    ['an endless length', `${HEAD}Content-Length: ${'9'.repeat(40)}\r\n\r\n${BODY}`],
    ['chunked not last', `${HEAD}Transfer-Encoding: chunked, gzip\r\n\r\n${chunks()}`],
    ['chunked twice', `${HEAD}${CHUNKED}\r\n${CHUNKED}\r\n\r\n${chunks()}`],
    ['chunked, disguised', `${HEAD}Transfer-Encoding: xchunked\r\n\r\n${chunks()}`],
    ['a chunk size that is no number', `${HEAD}${CHUNKED}\r\n\r\nzz\r\n`],
    ['an endless chunk size', `${HEAD}${CHUNKED}\r\n\r\n${'f'.repeat(20)}\r\n`],
    ['20 kB of chunk extensions', `${HEAD}${CHUNKED}\r\n\r\n${chunks(`;${'a'.repeat(20_000)}`)}`],
    ['line feeds only', `${HEAD}${LENGTH}\r\n\r\n`.replaceAll('\r', '') + BODY],
    ['one line feed only', `${HEAD}X-A: ${CANARY}\n${LENGTH}\r\n\r\n${BODY}`],
    ['a carriage return in a header', `${HEAD}X-A: a\rb\r\n${LENGTH}\r\n\r\n${BODY}`],
    ['a folded header', `${HEAD}X-A: a\r\n ${CANARY}\r\n${LENGTH}\r\n\r\n${BODY}`],
    ['a folded Origin', `${HEAD}Origin:\r\n https://evil.example\r\n${LENGTH}\r\n\r\n${BODY}`],
    ['a space before a colon', `${HEAD}X-A : a\r\n${LENGTH}\r\n\r\n${BODY}`],
    [
      'a space before the first header',
      `POST ${PATH} HTTP/1.1\r\n X: a\r\n${LENGTH}\r\n\r\n${BODY}`,
    ],
    ['a header without name', `${HEAD}: a\r\n${LENGTH}\r\n\r\n${BODY}`],
    ['a header without colon', `${HEAD}${CANARY}\r\n${LENGTH}\r\n\r\n${BODY}`],
    ['a NUL in a header', `${HEAD}X-A: a\0b\r\n${LENGTH}\r\n\r\n${BODY}`],
    ['a control byte in a header', `${HEAD}X-A: a\x01b\r\n${LENGTH}\r\n\r\n${BODY}`],
    ['a control byte in the path', `POST ${PATH}\x01 HTTP/1.1\r\n\r\n`],
    ['a byte above ASCII in the path', `POST ${PATH}\x9b HTTP/1.1\r\n\r\n`],
    ['no path', 'POST  HTTP/1.1\r\n\r\n'],
    ['a backslash for a path', 'POST \\v2-fresh\\mcp HTTP/1.1\r\n\r\n'],
    ['an unknown method', `${CANARY} ${PATH} HTTP/1.1\r\n\r\n`],
    ['an unknown version', `POST ${PATH} HTTP/9.9\r\n\r\n`],
    ['the start of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['the start of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['no HTTP at all', `${CANARY}\r\n\r\n`],
  ])('%s', async (_name, bytes) => {
    const answers = await expectNotReached(() => openSocket(mounts().url, bytes).closed());
    expect(answers).toHaveLength(1);
    expectRefusal(answers[0] as never, { status: 400, reason: 'bad-headers' });
    expect(answers[0]?.headers.connection).toBe('close');
  });
});

it('CONNECT is refused, and a reset of its connection harms nobody', async () => {
  const { url, app } = mounts();
  const { socket, answers } = openSocket(url);
  const [peer] = (await once(app.server, 'connection')) as [Socket];
  socket.write('CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [answer] = await answers(1);
  expectRefusal(answer as never, { status: 421, reason: 'misdirected' });
  // Not `once`: it rejects for the error that the reset is.
  const closed = new Promise((resolve) => peer.once('close', resolve));
  socket.resetAndDestroy();
  await closed;
  expect((await app.inject({ url: '/healthz' })).statusCode).toBe(200);
});

describe('too many headers are 431', () => {
  it.each([
    ['one of 20 kB', [`X-A: ${CANARY}${'a'.repeat(20_000)}`]],
    ['3,000', Array.from({ length: 3_000 }, (_, number) => `X-${number}: ${CANARY}`)],
    ['3,000 of one letter', Array.from({ length: 3_000 }, () => 'a:')],
    [
      '101',
      Array.from({ length: 98 }, (_, number) => `X-${number}: a`).concat(
        'Origin: https://evil.example',
      ),
    ],
  ])('%s', async (_name, headers) => {
    const { answers } = openSocket(mounts().url, postBytes(PATH, BODY, headers));
    const [answer] = await expectNotReached(() => answers(1));
    expectRefusal(answer as never, { status: 431, reason: 'headers-too-large' });
  });

  it('100 are served', async () => {
    const headers = Array.from({ length: 97 }, (_, number) => `X-${number}: a`);
    const [answer] = await openSocket(mounts().url, postBytes(PATH, BODY, headers)).answers(1);
    expect(answer?.status).toBe(200);
  });
});

describe('unusual but valid HTTP is served', () => {
  it.each([
    ['an unknown expectation', `${HEAD}Expect: nonsense\r\n${LENGTH}\r\n\r\n${BODY}`],
    [
      'an offer to upgrade',
      `${HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\n${LENGTH}\r\n\r\n${BODY}`,
    ],
    ['chunk extensions', `${HEAD}${CHUNKED}\r\n\r\n${chunks(';a=b')}`],
    [
      'one byte per chunk',
      `${HEAD}${CHUNKED}\r\n\r\n${[...BODY].map((byte) => `1\r\n${byte}\r\n`).join('')}0\r\n\r\n`,
    ],
    [
      'trailers',
      `${HEAD}${CHUNKED}\r\n\r\n${chunks().slice(0, -2)}Origin: https://evil.example\r\n\r\n`,
    ],
    ['bytes above ASCII in a header', `${HEAD}X-A: \x80\xff\r\n${LENGTH}\r\n\r\n${BODY}`],
    ['an empty line before the request', `\r\n${HEAD}${LENGTH}\r\n\r\n${BODY}`],
    ['HTTP/1.0', `${HEAD}${LENGTH}\r\n\r\n${BODY}`.replace('HTTP/1.1', 'HTTP/1.0')],
  ])('%s', async (_name, bytes) => {
    const [answer] = await openSocket(mounts().url, bytes).answers(1);
    expect(answer).toMatchObject({ status: 200, body: '{"jsonrpc":"2.0","id":1,"result":{}}' });
  });

  it('Expect: 100-continue, with the interim answer', async () => {
    const bytes = `${HEAD}Expect: 100-continue\r\n${LENGTH}\r\n\r\n`;
    const { socket, answers } = openSocket(mounts().url, bytes);
    expect(await answers(1)).toMatchObject([{ status: 100 }]);
    socket.write(BODY);
    expect((await answers(2))[1]).toMatchObject({ status: 200 });
  });

  it('20 pipelined calls are answered in order, whichever is done first', async () => {
    const bytes = Array.from({ length: 20 }, (_, id) =>
      postBytes(PATH, JSON.stringify(call('echo', { text: `t${id}`, delayMs: (19 - id) * 5 }, id))),
    );
    const answers = await openSocket(mounts().url, bytes.join('')).answers(20);
    const ids = answers.map(({ body }) => JSON.parse(body).id);
    expect(ids).toEqual(Array.from({ length: 20 }, (_, id) => id));
    expect(answers[7]?.body).toContain('delta:t7');
  });
});

describe('after malformed HTTP', () => {
  it('the answer that is being sent is cut off, and nothing is written into it', async () => {
    const message = call('progress', { text: 'x', steps: 200_000 });
    const { socket, closed } = openSocket(mounts().url, postBytes(PATH, JSON.stringify(message)));
    let received = '';
    const begun = new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1');
        if (received.includes('data: ')) resolve();
      });
    });
    await begun;
    socket.write(`${CANARY}\r\n\r\n`);
    await closed();
    expect(received).toMatch(/^HTTP\/1\.1 200/);
    expect(received).not.toContain('bad-headers');
  });

  it.each([
    ['after its head', `${CANARY}\r\n\r\n`],
    ['after its body began', `${HEAD}${CHUNKED}\r\n\r\nzz\r\n`],
  ])(
    '%s the connection does not wait for a client that keeps its half open',
    async (_name, bytes) => {
      const { app, url } = mounts();
      const { socket } = openSocket(url, '', { allowHalfOpen: true });
      const [peer] = (await once(app.server, 'connection')) as [Socket];
      socket.write(bytes);
      const startedAt = performance.now();
      await once(peer, 'close');
      expect(performance.now() - startedAt).toBeLessThan(3_000);
      expect(socket.readyState).toBe('writeOnly');
    },
  );

  it('a client that goes on sending still gets the answer', async () => {
    const { socket, answers } = openSocket(mounts().url, `${HEAD}${CHUNKED}\r\n\r\nzz\r\n`);
    const more = setInterval(() => socket.write('a'.repeat(65_536)), 1);
    const [answer] = await answers(1);
    clearInterval(more);
    expectRefusal(answer as never, { status: 400, reason: 'bad-headers' });
  });
});
