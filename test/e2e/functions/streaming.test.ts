// Event streams through the Functions host: their first byte, and their life while nothing is said.

import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { ByteBudget } from '../../../runtime/exchange/byte-budget.ts';
import { McpResponse, type Respond } from '../../../runtime/protocol/response.ts';
import { openAnswer } from '../../../standins/functions-host/fixtures/client.ts';
import { realNumbers } from '../../../standins/functions-host/options.ts';
import { realFunctionsHostUrl } from '../../../standins/functions-host/under-test.ts';
import { appUnderTest, startApp } from './app.ts';
import { asRequest, release, toolCall } from './calls.ts';

const heartbeat = ': keep-alive\n\n';

afterEach(() => {
  vi.useRealTimers();
});

test('the first event of a stream arrives while its call still runs', async () => {
  const host = await appUnderTest();
  onTestFinished(() => host.stop());
  const call = asRequest(toolCall('stream-and-hold', { name: 'first' }));
  const stream = await openAnswer(host.url, '/tools/mcp', call);
  expect(stream.headers['content-type']).toBe('text/event-stream');
  const chunks = stream[Symbol.asyncIterator]();
  expect(String((await chunks.next()).value)).toContain('first begins');
  await release(host.url, 'first');
  let rest = '';
  for (let chunk = await chunks.next(); !chunk.done; chunk = await chunks.next())
    rest += chunk.value;
  expect(rest).toContain('first was released');
});

// The heartbeat of 15 s is too long to wait for. Here the whole way is real, and the handler's
// clock of 15 s is shortened by a module that is preloaded into it; the test below asserts the 15
// s.
test.skipIf(realFunctionsHostUrl)(
  'a quiet stream outlives the idle limit of the host, because of its heartbeat',
  async () => {
    const idleTimeoutMs = 1_500;
    const preload = pathToFileURL(join(import.meta.dirname, 'fixtures/fast-heartbeat.mjs'));
    const environment = { NODE_OPTIONS: `--import=${preload}` };
    const host = await startApp({ idleTimeoutMs, environment });
    const call = asRequest(toolCall('stream-and-hold', { name: 'quiet' }));
    const stream = await openAnswer(host.url, '/tools/mcp', call);
    expect(stream.headers['content-type']).toBe('text/event-stream');
    stream.setEncoding('utf8');
    const openedAt = performance.now();
    let text = '';
    for await (const chunk of stream) {
      text += chunk;
      const isOutlived = performance.now() - openedAt > 1.5 * idleTimeoutMs;
      if (isOutlived && chunk === heartbeat) await release(host.url, 'quiet');
    }
    expect(text.split(heartbeat).length).toBeGreaterThan(10);
    expect(text).toContain('quiet was released');
  },
);

test('the heartbeat comes every 15 s, well within the idle limit of the real host', async () => {
  const { stream } = openStream();
  const beats = (): number => String(stream.read() ?? '').split(heartbeat).length - 1;
  expect(beats()).toBe(0);
  vi.advanceTimersByTime(14_999);
  expect(beats()).toBe(0);
  vi.advanceTimersByTime(1);
  expect(beats()).toBe(1);
  vi.advanceTimersByTime(60_000);
  expect(beats()).toBe(4);
  expect(15_000).toBeLessThan(realNumbers.idleTimeoutMs / 10);
});

test('no heartbeat is written into a stream whose reader takes nothing', async () => {
  const { stream, response } = openStream();
  void response.notify(
    notification('x'.repeat(stream.writableHighWaterMark + stream.readableHighWaterMark)),
  );
  void response.notify(notification('x'.repeat(stream.writableHighWaterMark)));
  expect(stream.writableNeedDrain).toBe(true);
  const bytesWaiting = stream.writableLength + stream.readableLength;
  vi.advanceTimersByTime(120_000);
  expect(stream.writableLength + stream.readableLength).toBe(bytesWaiting);
});

test('no heartbeat follows the end of a stream', async () => {
  const { stream, response } = openStream();
  stream.resume();
  response.finish({ result: {} }, 200);
  expect(vi.getTimerCount()).toBe(0);
});

/** An event stream of the protocol room, on fake time. */
function openStream(): { response: McpResponse; stream: PassThrough } {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const onOverflow = vi.fn();
  const respond = vi.fn<Respond>();
  const form = 'either';
  const share = new ByteBudget().addShare();
  const response = new McpResponse({
    id: 1,
    form,
    maxResultBytes: 1e6,
    share,
    carrier: Object.assign(new PassThrough(), { socket: {}, req: {} }),
    onOverflow,
    onUnread: onOverflow,
    respond,
  });
  void response.notify(notification('begin'));
  const body = respond.mock.lastCall?.[0].body;
  expect(body).toBeInstanceOf(PassThrough);
  return { response, stream: body as PassThrough };
}

function notification(data: string) {
  return {
    jsonrpc: '2.0',
    method: 'notifications/message',
    params: { level: 'info', data },
  } as const;
}
