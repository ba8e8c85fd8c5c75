// `subscriptions/listen`: what is granted, what a listening client hears, and how its stream ends.

import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { eventually } from '../../../eventually.ts';
import type { TestHost } from '../../start-host.ts';
import {
  callModern,
  freshHostOf,
  key,
  modernHeaders,
  modernMessage,
  postModern,
} from './modern.ts';
import { type OpenStream, openStream, type WireMessage } from './stream.ts';

const SHARED = ['v1-shared', 'v2-shared'] as const;
const PER_REQUEST = ['v1-per-request', 'v2-per-request'] as const;

const everything = {
  toolsListChanged: true,
  promptsListChanged: true,
  resourcesListChanged: true,
  resourceSubscriptions: ['test://static'],
};

const ID = 'sub-7';

function listen(url: string, notifications: object | undefined): Promise<OpenStream> {
  const message = modernMessage('subscriptions/listen', { notifications }, { id: ID });
  return openStream(url, message, modernHeaders(message));
}

const methodsOf = (messages: WireMessage[]): unknown[] => messages.map(({ method }) => method);

const inFlight = ({ servers }: TestHost, name: string): number | undefined =>
  servers.find(({ config }) => config.name === name)?.inFlight.size;

describe.each(SHARED)('%s with `subscriptions: true`', (mount) => {
  const start = (): Promise<TestHost> => freshHostOf('subscriptions: true');

  it('declares that lists change and resources can be watched', async () => {
    const { url } = await start();
    const { result } = await postModern(`${url}/${mount}/mcp`, 'server/discover');
    expect(result?.capabilities).toMatchObject({
      tools: { listChanged: true },
      prompts: { listChanged: true },
      resources: { listChanged: true, subscribe: true },
    });
  });

  it.each([
    ['everything', everything, everything],
    ['one list', { toolsListChanged: true }, { toolsListChanged: true }],
    [
      'what is true',
      { toolsListChanged: 'yes', promptsListChanged: true },
      { promptsListChanged: true },
    ],
    ['what it knows', { toolsListChanged: true, unknown: true }, { toolsListChanged: true }],
    [
      'addresses that are texts',
      { resourceSubscriptions: ['test://a', 7] },
      { resourceSubscriptions: ['test://a'] },
    ],
  ])('acknowledges first, and grants %s', async (_title, wanted, granted) => {
    const { url } = await start();
    const stream = await listen(`${url}/${mount}/mcp`, wanted);
    expect(stream.headers['content-type']).toBe('text/event-stream');
    expect(await stream.next()).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: granted, _meta: { [key('subscriptionId')]: ID } },
    });
    stream.leave();
  });

  it.each([
    ['everything', everything, ['tools', 'prompts', 'resources', 'static'], []],
    [
      'prompts',
      { promptsListChanged: true },
      ['prompts'],
      ['tools', 'resources', 'static', 'other'],
    ],
    [
      'one address',
      { resourceSubscriptions: ['test://static'] },
      ['static'],
      ['other', 'resources'],
    ],
  ])('carries %s and nothing else, under its own id', async (_title, wanted, own, others) => {
    const host = await start();
    const url = `${host.url}/${mount}/mcp`;
    const stream = await listen(url, wanted);
    await stream.next();
    const what = [...others, 'log', ...own];
    expect((await callModern(url, 'change', { what })).text).toBe('changed');
    const heard: WireMessage[] = [];
    while (heard.length < own.length) heard.push((await stream.next()) as WireMessage);
    expect(methodsOf(heard)).toEqual(
      own.map((name) =>
        name === 'static'
          ? 'notifications/resources/updated'
          : `notifications/${name}/list_changed`,
      ),
    );
    for (const { params } of heard) expect(params?._meta).toEqual({ [key('subscriptionId')]: ID });
    const closing = host.close();
    expect((await stream.rest()).map(({ result }) => result?.resultType)).toEqual(['complete']);
    await closing;
  });

  it('tells nothing of changes to the caller that made them', async () => {
    const { url } = await start();
    const answer = await callModern(`${url}/${mount}/mcp`, 'change', { what: ['tools', 'static'] });
    expect(answer.notifications).toEqual([]);
    expect(answer.contentType).toContain('application/json');
  });

  it('ends a stream with its result when the host closes', async () => {
    const host = await start();
    const stream = await listen(`${host.url}/${mount}/mcp`, everything);
    await stream.next();
    const closing = host.close();
    expect(await stream.rest()).toMatchObject([
      { id: ID, result: { resultType: 'complete', _meta: { [key('subscriptionId')]: ID } } },
    ]);
    await closing;
  });

  it('ends a stream at once that begins when the host has begun to shut down', async () => {
    const { url, servers } = await freshHostOf('subscriptions: true');
    for (const server of servers) server.endpoint.stopWaiting();
    const stream = await listen(`${url}/${mount}/mcp`, everything);
    expect((await stream.rest()).at(-1)).toMatchObject({
      id: ID,
      result: { resultType: 'complete' },
    });
  });

  it('ends a stream with its result after 10 minutes, and not before', async () => {
    const host = await start();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const stream = await listen(`${host.url}/${mount}/mcp`, everything);
    await stream.next();
    vi.advanceTimersByTime(599_999);
    await callModern(`${host.url}/${mount}/mcp`, 'change', { what: ['tools'] });
    expect((await stream.next())?.method).toBe('notifications/tools/list_changed');
    vi.advanceTimersByTime(1);
    expect(await stream.rest()).toMatchObject([{ id: ID, result: { resultType: 'complete' } }]);
    await eventually(() => expect(inFlight(host, mount)).toBe(0));
  });

  it('carries no change before it is acknowledged', async () => {
    const { url } = await start();
    const path = `${url}/${mount}/mcp`;
    const changing = Array.from({ length: 5 }, () =>
      callModern(path, 'change', { what: ['tools', 'prompts', 'static'] }),
    );
    const streams = await Promise.all(changing.map(() => listen(path, everything)));
    await Promise.all(changing);
    for (const stream of streams) {
      expect((await stream.next())?.method).toBe('notifications/subscriptions/acknowledged');
      stream.leave();
    }
  });

  it('carries changes of its own server only', async () => {
    const host = await start();
    const others = SHARED.filter((name) => name !== mount);
    const stream = await listen(`${host.url}/${mount}/mcp`, everything);
    await stream.next();
    for (const name of [...others, ...PER_REQUEST]) {
      const answer = await callModern(`${host.url}/${name}/mcp`, 'change', { what: ['tools'] });
      expect(answer.text).toBe('changed');
    }
    await callModern(`${host.url}/${mount}/mcp`, 'change', { what: ['prompts'] });
    expect((await stream.next())?.method).toBe('notifications/prompts/list_changed');
    stream.leave();
  });

  it('forgets a client that leaves', async () => {
    const host = await start();
    const stream = await listen(`${host.url}/${mount}/mcp`, everything);
    await stream.next();
    expect(inFlight(host, mount)).toBe(1);
    stream.leave();
    await eventually(() => expect(inFlight(host, mount)).toBe(0));
  });

  it('outlives the time limit of a request', async () => {
    const { url } = await freshHostOf('subscriptions: true, timeoutMs: 200');
    const stream = await listen(`${url}/${mount}/mcp`, everything);
    await stream.next();
    const ended = stream.next();
    await expect(Promise.race([ended, callNever(url, mount)])).resolves.toBe(
      'the limit has passed',
    );
    await callModern(`${url}/${mount}/mcp`, 'change', { what: ['tools'] });
    expect((await ended)?.method).toBe('notifications/tools/list_changed');
    stream.leave();
  });
});

/** A request that began later than the stream, and reaches the same limit. */
async function callNever(url: string, mount: string): Promise<string> {
  const { status } = await callModern(
    `${url}/${mount}/mcp`,
    'wait',
    {},
    { headers: { accept: 'application/json' } },
  );
  return status === 504 ? 'the limit has passed' : `status ${status}`;
}

describe('nothing to listen to', () => {
  it.each([
    ['a shared server without `subscriptions`', 'v1-shared', ''],
    ['a shared server of SDK v2 without it', 'v2-shared', ''],
    ...PER_REQUEST.map((mount) => [`${mount} with it`, mount, 'subscriptions: true'] as const),
  ] as const)('is acknowledged and ended at once by %s', async (_title, mount, settings) => {
    const { url } = await freshHostOf(settings);
    const stream = await listen(`${url}/${mount}/mcp`, everything);
    const _meta = { [key('subscriptionId')]: ID };
    expect(await stream.rest()).toMatchObject([
      { method: 'notifications/subscriptions/acknowledged', params: { notifications: {}, _meta } },
      { id: ID, result: { resultType: 'complete', _meta } },
    ]);
    const { result } = await postModern(`${url}/${mount}/mcp`, 'server/discover');
    expect(JSON.stringify(result)).not.toMatch(/listChanged|subscribe/);
  });

  it.each([undefined, null, 'all'])(
    'is refused without params.notifications (%s)',
    async (wanted) => {
      const { url } = await freshHostOf('subscriptions: true');
      const { status, error } = await postModern(`${url}/v1-shared/mcp`, 'subscriptions/listen', {
        notifications: wanted,
      });
      expect({ status, code: error?.code }).toEqual({ status: 200, code: -32602 });
    },
  );
});

it('leaves room for calls, however many clients listen', async () => {
  const { url } = await freshHostOf('subscriptions: true, maxConcurrent: 2');
  const path = `${url}/v1-shared/mcp`;
  const streams = [await listen(path, everything), await listen(path, everything)];
  const answer = await callModern(path, 'echo', { text: 'x' });
  for (const stream of streams) stream.leave();
  expect(answer.text).toBe('x');
});

describe('what cannot be listened to', () => {
  it('is refused where the client accepts no event stream', async () => {
    const { url } = await freshHostOf('subscriptions: true');
    const headers = { accept: 'application/json' };
    const params = { notifications: everything };
    const path = `${url}/v1-shared/mcp`;
    const answer = await postModern(path, 'subscriptions/listen', params, { headers });
    expect(answer).toMatchObject({
      status: 406,
      error: { data: { reason: 'needs-event-stream' } },
    });
  });

  it('is refused without an acknowledgement beyond 100 streams', async () => {
    const { url } = await freshHostOf('subscriptions: true, maxConcurrent: 200');
    const path = `${url}/v1-shared/mcp`;
    const streams = await Promise.all(
      Array.from({ length: 100 }, () => listen(path, { toolsListChanged: true })),
    );
    const params = { notifications: { toolsListChanged: true } };
    const answer = await postModern(path, 'subscriptions/listen', params);
    expect(answer).toMatchObject({ status: 503, error: { code: -32603 }, notifications: [] });
    streams[0]?.leave();
    await eventually(async () => {
      const stream = await listen(path, { toolsListChanged: true });
      expect((await stream.next())?.method).toContain('acknowledged');
      stream.leave();
    });
    for (const stream of streams) stream.leave();
  });
});
