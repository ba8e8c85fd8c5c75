// No request can end the process or close a connection unanswered: each of these is answered once,
// in JSON-RPC, by the one process that was started. The Functions host would replay what is not.

import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from '../../../standins/functions-host/fixtures/client.ts';
import {
  type FunctionsHostUnderTest,
  realFunctionsHostUrl,
} from '../../../standins/functions-host/under-test.ts';
import { appUnderTest } from './app.ts';
import { expectEcho, logWritten } from './calls.ts';
import { type HostileRequest, hostileRequests } from './hostile-requests.ts';

describe('behind the Functions host', () => {
  let host: FunctionsHostUnderTest;
  beforeAll(async () => {
    host = await appUnderTest();
  });
  afterAll(() => host.stop());

  test.each(hostileRequests)('$name is answered with $status', (row) => expectRefusal(row));

  test('all of them at once are answered as each alone', async () => {
    await Promise.all(hostileRequests.map(expectRefusal));
    await expectEcho(host.url);
  });

  test.skipIf(realFunctionsHostUrl)('a body that breaks off harms nobody', async () => {
    const { hostname, port } = new URL(host.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const head = ['POST /narrow/mcp HTTP/1.1', `Host: ${hostname}`, 'Transfer-Encoding: chunked'];
    socket.write(`${[...head, 'Content-Type: application/json'].join('\r\n')}\r\n\r\n2\r\n{"\r\n`);
    await host.standIn?.logLine(/Executing HTTP request: POST \/narrow\/mcp/);
    socket.destroy();
    await host.standIn?.logLine(/Failed to proxy POST request/);
    await expectEcho(host.url);
  });

  test.skipIf(realFunctionsHostUrl)(
    'a body that is too large is read to its end: a close would be a reset that overtakes the answer',
    async () => {
      const socket = connect(host.standIn?.handlerPort ?? 0, '127.0.0.1').setEncoding('utf8');
      const closed = once(socket, 'close');
      const body = 'x'.repeat(5_000_000);
      const head = [
        'POST /tools/mcp HTTP/1.1',
        'Host: localhost',
        'Content-Type: application/json',
      ];
      socket.write(`${head.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n`);
      let received = String(await once(socket, 'data'));
      socket.on('data', (text) => {
        received += text;
      });
      socket.write(body);
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      await closed;
      expect(received.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
    },
  );

  test.skipIf(realFunctionsHostUrl)(
    'one process has answered each of them, each once',
    async () => {
      const { standIn } = host;
      if (standIn) await logWritten(standIn);
      expect(standIn?.starts).toBe(1);
      expect(
        standIn?.log.filter(({ text }) =>
          /Failed to proxy (?!POST request.*disconnected)/.test(text),
        ),
      ).toEqual([]);
      const ids = standIn?.output.flatMap(({ text }) => JSON.parse(text).invocationId ?? []) ?? [];
      expect(ids.length).toBeGreaterThan(2 * hostileRequests.length - 20);
      expect(new Set(ids).size).toBe(ids.length);
      expect(
        standIn?.output.filter(({ text }) => /"level":"(warn|error|fatal)"/.test(text)),
      ).toEqual([]);
    },
  );

  async function expectRefusal({ name, target, request, status, reason }: HostileRequest) {
    const answer = await send(host.url, target, request);
    expect({ name, status: answer.status }).toEqual({ name, status });
    expect(answer.headers['content-type']).toContain('application/json');
    if (status === 405) expect(answer.headers.allow).toBe('POST');
    if (request.method === 'HEAD') return;
    const body = JSON.parse(answer.body.toString());
    expect(Object.keys(body).sort()).toEqual(['error', 'id', 'jsonrpc']);
    expect(body.error.data.reason).toBe(reason);
    expect(JSON.stringify(body)).not.toMatch(/evil|nonsense|\/tools|stack|node:/);
  }
});
