// A caller that leaves, a deadline and a drain end the request at the upstream, too.

import { describe, expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { post } from '../../post.ts';
import { modernHeaders, modernMessage } from '../../protocol/eras/modern.ts';
import { openStream } from '../../protocol/eras/stream.ts';
import { shakeHands } from '../../protocol/questions/asking.ts';
import { hostOf, serve, startUpstream, type Upstream } from './upstreams.ts';

const WAIT = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'wait', arguments: {} },
} as const;

const INSTANCES = [
  ['v1 stateful', 'per-session'],
  ['v1 stateful', 'shared'],
  ['v1 stateful', 'per-request'],
  ['v2', 'shared'],
] as const;

const isWaiting = ({ seen }: Upstream) => eventually(() => expect(seen.waiting).toBe(1));
const isAborted = ({ seen }: Upstream) => eventually(() => expect(seen.aborted).toBe(1));

/** The 2025 era cancels by a message, 2026-07-28 by the end of the connection. */
const isCancelled = async (kind: string, upstream: Upstream): Promise<void> => {
  const [call] = upstream.of('tools/call');
  const cancellations = upstream.of('notifications/cancelled');
  const ids = cancellations.map(({ body }) => body.params?.requestId);
  expect(ids).toEqual(kind === 'v2' ? [] : [call?.body.id]);
};

describe.each(INSTANCES)('%s, instance: %s', (kind, instance) => {
  it('a caller of the 2025 era leaves', async () => {
    const upstream = await startUpstream(kind);
    const { url } = await hostOf(upstream, `instance: ${instance}`);
    const headers = await shakeHands(`${url}/up/mcp`);
    const leaving = new AbortController();
    const left = fetch(`${url}/up/mcp`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', accept: '*/*' },
      body: JSON.stringify(WAIT),
      signal: leaving.signal,
    }).catch(() => {});
    await isWaiting(upstream);
    leaving.abort();
    await left;
    await isAborted(upstream);
    await isCancelled(kind, upstream);
  });

  it('a caller cancels by a message', async () => {
    const upstream = await startUpstream(kind);
    const { url } = await hostOf(upstream, `instance: ${instance}`);
    const headers = await shakeHands(`${url}/up/mcp`);
    const called = openStream(`${url}/up/mcp`, WAIT, headers);
    await isWaiting(upstream);
    const params = { requestId: 1 };
    await post(
      `${url}/up/mcp`,
      { jsonrpc: '2.0', method: 'notifications/cancelled', params },
      headers,
    );
    await isAborted(upstream);
    expect(await (await called).rest()).toEqual([]);
  });

  it('the deadline passes', async () => {
    const upstream = await startUpstream(kind);
    const { url } = await hostOf(upstream, `instance: ${instance}, timeoutMs: 1500`);
    const message = modernMessage('tools/call', WAIT.params);
    const { status, error } = await post(`${url}/up/mcp`, message, modernHeaders(message));
    expect([status, error?.data?.reason]).toEqual([504, 'deadline']);
    await isAborted(upstream);
    await isCancelled(kind, upstream);
  });

  it('the host closes', async () => {
    const upstream = await startUpstream(kind);
    const { url, close } = await hostOf(upstream, `instance: ${instance}`);
    const answered = post(`${url}/up/mcp`, WAIT);
    await isWaiting(upstream);
    await close();
    expect((await answered).error?.data?.reason).toBe('shutdown');
    await isAborted(upstream);
  });
});

it('an upstream that never answers DELETE does not keep the host from closing', async () => {
  const serverInfo = { name: 'slow', version: '1' };
  const result = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo };
  const upstream = await serve((_, response, { id, method }) => {
    const isHandshake = method === 'initialize';
    const headers = { 'content-type': 'application/json', 'mcp-session-id': 's-1' };
    if (isHandshake) {
      response.writeHead(200, headers).end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    } else if (method !== undefined) response.writeHead(id === undefined ? 202 : 404).end();
  });
  const { close } = await hostOf(upstream, 'start: eager');
  const startedAt = performance.now();
  await close();
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(upstream.received.at(-1)).toMatchObject({ method: 'DELETE' });
});

it.each([
  ['nothing', undefined],
  ['the headers', ''],
  ['a part of the body', '{'],
])('a caller that leaves after %s of the answer is no fault of the server', async (_, part) => {
  const arrived: string[] = [];
  const upstream = await serve((_request, response, { id, method }) => {
    const headers = { 'content-type': 'application/json' };
    const serverInfo = { name: 'slow', version: '1' };
    const result = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo };
    if (method === 'initialize') {
      response.writeHead(200, headers).end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    } else if (method !== 'tools/call') response.writeHead(id === undefined ? 202 : 404).end();
    else {
      response.on('close', () => arrived.push('end'));
      if (part !== undefined) response.writeHead(200, headers).flushHeaders();
      if (part) response.write(part);
      arrived.push('call');
    }
  });
  const { url, logs } = await hostOf(upstream, 'timeoutMs: 1000');
  expect((await post(`${url}/up/mcp`, WAIT)).error?.data?.reason).toBe('deadline');
  await eventually(() => expect(arrived).toEqual(['call', 'end']));
  expect(logs.filter(({ msg }) => String(msg).startsWith('upstream-'))).toEqual([]);
});

it('calls that wait do not keep others from an upstream', { timeout: 60_000 }, async () => {
  const upstream = await startUpstream('v1 stateful');
  const { url } = await hostOf(upstream, 'instance: shared');
  const leaving = new AbortController();
  const waiting = Array.from({ length: 60 }, () =>
    fetch(`${url}/up/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: '*/*' },
      body: JSON.stringify(WAIT),
      signal: leaving.signal,
    }).catch(() => {}),
  );
  await eventually(() => expect(upstream.seen.waiting).toBe(60));
  const params = { name: 'echo', arguments: { text: 'through' } };
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
  expect((await post(`${url}/up/mcp`, call)).text).toBe('through');
  leaving.abort();
  await Promise.all(waiting);
  await eventually(() => expect(upstream.seen.aborted).toBe(60));
});
