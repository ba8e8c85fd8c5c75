// `notifications/cancelled` of the 2025 era ends the request of the same session and id, in this
// process, and no other.

import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type PostAnswer, post } from '../../post.ts';
import { openStream } from '../../protocol/eras/stream.ts';
import { shakeHands } from '../../protocol/questions/asking.ts';
import { startHost, type TestHost } from '../../start-host.ts';
import { behaviors, countEvents, SERVINGS, type Serving, servingsYaml } from './servings.ts';

type Headers = Record<string, string>;

const LEGACY = SERVINGS.filter(({ era }) => era === 'legacy');
const [V1_SHARED] = LEGACY as [Serving];
const JSON_ONLY = { accept: 'application/json' };

const callOf = (name: string, id: unknown = 1) =>
  ({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name, arguments: {}, _meta: { progressToken: 0 } },
  }) as const;

const start = async (serving: Serving, settings = '') => {
  const host = await startHost({ yaml: servingsYaml(settings), listen: true });
  return { host, url: `${host.url}/${serving.server}/mcp` };
};

/** Calls a tool. @returns its answer to come, when its handler runs. */
async function callUntilCalled(url: string, tool: string, headers: Headers, id: unknown = 1) {
  const { events } = await behaviors();
  const called = once(events, 'called');
  const answer = post(url, callOf(tool, id), headers);
  await called;
  return { answer };
}

const cancel = (url: string, headers: Headers, params: object = { requestId: 1 }) =>
  post(url, { jsonrpc: '2.0', method: 'notifications/cancelled', params }, headers);

const inFlight = ({ servers }: TestHost): number =>
  servers.reduce((sum, server) => sum + server.inFlight.size, 0);

const outcomes = ({ logs }: TestHost): unknown[] =>
  logs.filter(({ method }) => method === 'tools/call').map(({ outcome }) => outcome);

function expectAccepted({ status, body }: PostAnswer): void {
  expect({ status, body }).toEqual({ status: 202, body: '' });
}

function expectUnanswered({ status, contentType, body }: PostAnswer): void {
  expect({ status, contentType, body }).toEqual({
    status: 200,
    contentType: 'text/event-stream',
    body: '',
  });
}

describe.each(LEGACY)('a cancelled call ($name)', (serving) => {
  it('is aborted and ends as an event stream without an answer', async () => {
    const { host, url } = await start(serving);
    const { events } = await behaviors();
    const headers = await shakeHands(url);
    const { answer } = await callUntilCalled(url, 'wait', headers);
    const aborted = once(events, 'aborted');
    expectAccepted(await cancel(url, headers, { requestId: 1, reason: 'No longer needed.' }));
    await aborted;
    expectUnanswered(await answer);
    expect(outcomes(host)).toEqual(['cancelled']);
    expect(inFlight(host)).toBe(0);
    expect(host.logs.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('ends the event stream that it has begun', async () => {
    const { url } = await start(serving);
    const { events } = await behaviors();
    const headers = await shakeHands(url);
    const stream = await openStream(url, callOf('stream-and-wait', 'a'), headers);
    expect((await stream.next())?.method).toBe('notifications/progress');
    const aborted = once(events, 'aborted');
    expectAccepted(await cancel(url, headers, { requestId: 'a' }));
    await aborted;
    expect(await stream.rest()).toEqual([]);
  });

  it('is answered with an error where the client accepts no event stream', async () => {
    const { host, url } = await start(serving);
    const headers = { ...(await shakeHands(url)), ...JSON_ONLY };
    const { answer } = await callUntilCalled(url, 'wait', headers);
    await cancel(url, headers);
    expect(await answer).toMatchObject({
      status: 200,
      id: 1,
      error: { code: -32603, data: { reason: 'cancelled' } },
    });
    expect(outcomes(host)).toEqual(['cancelled']);
  });

  it('is the one of its session when another session has the same id', async () => {
    const { host, url } = await start(serving);
    const { events } = await behaviors();
    const [ada, bob] = [await shakeHands(url), await shakeHands(url)];
    const ofAda = await callUntilCalled(url, 'wait', ada);
    const ofBob = await callUntilCalled(url, 'wait', bob);
    const counts = countEvents(events, ['aborted']);
    await cancel(url, bob);
    expectUnanswered(await ofBob.answer);
    expect(counts).toEqual({ aborted: 1 });
    expect(inFlight(host)).toBe(1);
    await cancel(url, ada);
    expectUnanswered(await ofAda.answer);
  });
});

/** What is posted, by what is wrong with it, while the call with id 1 is in flight. */
const WITHOUT_EFFECT: readonly [string, (own: Headers, other: Headers) => [Headers, object]][] = [
  ['an unknown id', (own) => [own, { requestId: 2 }]],
  ['the id as text', (own) => [own, { requestId: '1' }]],
  ['the id null', (own) => [own, { requestId: null }]],
  ['a list as id', (own) => [own, { requestId: [1] }]],
  ['an object as id', (own) => [own, { requestId: { valueOf: 1 } }]],
  ['no id', (own) => [own, { reason: 'none' }]],
  ['no session id', () => [{}, { requestId: 1 }]],
  ['the session of another client', (_own, other) => [other, { requestId: 1 }]],
  ['a session id nobody gave', () => [{ 'mcp-session-id': 'x' }, { requestId: 1 }]],
  [
    'a changed session id',
    (own) => [{ 'mcp-session-id': `${own['mcp-session-id']}A` }, { requestId: 1 }],
  ],
  [
    'the version header of 2026-07-28',
    (own) => [
      {
        ...own,
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'notifications/cancelled',
      },
      {
        requestId: 1,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    ],
  ],
];

describe('a cancellation without effect', () => {
  it.each(WITHOUT_EFFECT)('is one with %s', async (_name, posted) => {
    const { host, url } = await start(V1_SHARED);
    const own = await shakeHands(url);
    const { answer } = await callUntilCalled(url, 'wait', own);
    const [headers, params] = posted(own, await shakeHands(url));
    expectAccepted(await cancel(url, headers, params));
    expect(inFlight(host)).toBe(1);
    await cancel(url, own);
    expectUnanswered(await answer);
  });

  it('is one whose session id nobody gave, for a request with the same one', async () => {
    const { host, url } = await start(V1_SHARED);
    const forged = { 'mcp-session-id': 'x' };
    const { events } = await behaviors();
    const { answer } = await callUntilCalled(url, 'ignore-abort', forged);
    expectAccepted(await cancel(url, forged));
    expect(inFlight(host)).toBe(1);
    events.emit('release');
    expect((await answer).text).toBe('finished');
  });

  it('is one with the session of another server', async () => {
    const { host, url } = await start(V1_SHARED);
    const { events } = await behaviors();
    const session = await shakeHands(`${host.url}/v2-shared/mcp`);
    const { answer } = await callUntilCalled(url, 'ignore-abort', session);
    expectAccepted(await cancel(url, session));
    expectAccepted(await cancel(`${host.url}/v2-shared/mcp`, session));
    expect(inFlight(host)).toBe(1);
    events.emit('release');
    expect((await answer).text).toBe('finished');
  });

  it('is one for a request that was answered', async () => {
    const { host, url } = await start(V1_SHARED);
    const headers = await shakeHands(url);
    const echo = { ...callOf('echo'), params: { name: 'echo', arguments: { text: 'x' } } };
    expect((await post(url, echo, headers)).text).toBe('x');
    expectAccepted(await cancel(url, headers));
    expect(outcomes(host)).toEqual(['ok']);
  });

  it('is one with an id that two requests of its session have', async () => {
    const { host, url } = await start(V1_SHARED);
    const { events } = await behaviors();
    const headers = await shakeHands(url);
    const calls = [
      await callUntilCalled(url, 'ignore-abort', headers),
      await callUntilCalled(url, 'ignore-abort', headers),
    ];
    expectAccepted(await cancel(url, headers));
    expect(inFlight(host)).toBe(2);
    events.emit('release');
    for (const { answer } of calls) expect((await answer).text).toBe('finished');
  });

  it('is one with the session of a caller, posted by another or for the request of another', async () => {
    const host = await startHost({
      yaml: servingsYaml().replace('anonymous', 'function'),
      environment: { behindFunctionsHost: true },
      listen: true,
    });
    const url = `${host.url}/v1-shared/mcp`;
    const ada = await shakeHands(url, {}, { 'x-functions-key': 'ada' });
    const { answer } = await callUntilCalled(url, 'wait', ada);
    const bob = { ...ada, 'x-functions-key': 'bob' };
    const ofBob = await callUntilCalled(url, 'ignore-abort', bob, 2);
    expectAccepted(await cancel(url, bob));
    expectAccepted(await cancel(url, ada, { requestId: 2 }));
    expect(inFlight(host)).toBe(2);
    await cancel(url, ada);
    expectUnanswered(await answer);
    (await behaviors()).events.emit('release');
    expect((await ofBob.answer).text).toBe('finished');
  });
});

describe('a request that waits for its server', () => {
  const stateKey = 'k'.repeat(32);
  const instance = (load: boolean): Promise<TestHost> =>
    startHost({ yaml: servingsYaml(), environment: { stateKey }, listen: true, load });

  it('is cancelled before its handler runs, by its own instance only; initialize never is', async () => {
    const [other, host] = [await instance(true), await instance(false)];
    const [there, here] = [other, host].map(({ url }) => `${url}/v1-shared/mcp`) as [
      string,
      string,
    ];
    const { events } = await behaviors();
    const counts = countEvents(events, ['called']);
    const headers = await shakeHands(there);
    const call = post(here, callOf('wait'), headers);
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'c', version: '1' },
    };
    const handshake = post(here, { jsonrpc: '2.0', id: 0, method: 'initialize', params }, headers);
    while (inFlight(host) < 2) await new Promise(setImmediate);
    expectAccepted(await cancel(there, headers));
    expectAccepted(await cancel(here, headers, { requestId: 0 }));
    expect(inFlight(host)).toBe(2);
    expectAccepted(await cancel(here, headers));
    expectUnanswered(await call);
    await host.load();
    expect((await handshake).result).toMatchObject({ protocolVersion: '2025-11-25' });
    expect(counts).toEqual({ called: 0 });
  });
});

describe('a server at its limit of concurrent requests', () => {
  it('takes the cancellation that makes room, and no further request', async () => {
    const { url } = await start(V1_SHARED, 'maxConcurrent: 1');
    const headers = await shakeHands(url);
    const { answer } = await callUntilCalled(url, 'wait', headers);
    const more = await post(url, callOf('wait', 2), headers);
    expect(more).toMatchObject({ status: 503, error: { data: { reason: 'overloaded' } } });
    expectAccepted(await cancel(url, headers));
    expectUnanswered(await answer);
    expect((await post(url, { jsonrpc: '2.0', id: 3, method: 'ping' }, headers)).result).toEqual(
      {},
    );
  });
});
