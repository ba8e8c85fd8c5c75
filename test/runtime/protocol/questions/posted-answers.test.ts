// The 2025 era: a question goes out on the event stream of its call, and only its own caller can
// answer it, once.

import { describe, expect, it } from 'vitest';
import { post } from '../../post.ts';
import type { OpenStream, WireMessage } from '../eras/stream.ts';
import {
  ADA,
  askingHost,
  callLegacy,
  PARKED,
  reply,
  shakeHands,
  stopTime,
  watchRejections,
} from './asking.ts';

const FUNCTIONS = { behindFunctionsHost: true };
const MINE = { 'x-functions-key': 'mine' };

const start = async (mode: string, settings?: string) => {
  const { url, servers } = await askingHost(settings, FUNCTIONS);
  const path = `${url}/${mode}/mcp`;
  const other = `${url}/${mode}-replay/mcp`;
  return { path, other, headers: await shakeHands(path, undefined, MINE), servers };
};

/** The result of a call, after it was asked. */
const textOf = (messages: WireMessage[]): unknown =>
  (messages.at(-1)?.result?.content as { text: string }[] | undefined)?.[0]?.text;

async function questionOf(stream: OpenStream): Promise<WireMessage> {
  const message = await stream.next();
  expect(message?.id).toEqual(expect.any(String));
  return message as WireMessage;
}

const refusal = { status: 400, error: { code: -32600, data: { reason: 'unexpected-response' } } };
const malformed = { status: 400, error: { code: -32600, data: { reason: 'invalid-request' } } };

describe.each(PARKED)('%s', (mode) => {
  it('takes the right answer with 202 and without a body', async () => {
    const { path, headers } = await start(mode);
    const stream = await callLegacy(path, 'form', {}, headers);
    const { id, method, params } = await questionOf(stream);
    expect({ method, params }).toMatchObject({
      method: 'elicitation/create',
      params: { message: 'Your name?', requestedSchema: { required: ['name'] } },
    });
    const answer = await reply(path, id, ADA, headers);
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 202, body: '' });
    expect(textOf(await stream.rest())).toBe('accept Ada');
  });

  it.each([
    ['an id that was never asked', () => ['nothing']],
    ["the SDK's own ids", () => [0, 1, '0', '1']],
    ['no id', () => [null, undefined]],
    ['a part of the id', (id: string) => [id.slice(0, -1), id.toUpperCase(), ` ${id}`]],
  ])('refuses %s, and still takes the right answer', async (_title, idsOf) => {
    const { path, headers } = await start(mode);
    const stream = await callLegacy(path, 'form', {}, headers);
    const { id } = await questionOf(stream);
    for (const wrong of idsOf(id as string)) {
      expect(await reply(path, wrong, ADA, headers)).toMatchObject(refusal);
    }
    expect((await reply(path, id, ADA, headers)).status).toBe(202);
    expect(textOf(await stream.rest())).toBe('accept Ada');
  });

  it.each([
    ['of another caller', { 'x-functions-key': 'yours' }, 'path'],
    ['of nobody', {}, 'path'],
    ['to another server', MINE, 'other'],
  ] as const)('refuses an answer %s, and still takes the right one', async (_title, by, to) => {
    const { headers, ...urls } = await start(mode);
    const stream = await callLegacy(urls.path, 'form', {}, headers);
    const { id } = await questionOf(stream);
    expect(await reply(urls[to], id, ADA, by)).toMatchObject(refusal);
    expect((await reply(urls.path, id, ADA, headers)).status).toBe(202);
    expect(textOf(await stream.rest())).toBe('accept Ada');
  });

  it.each([
    ['no session', MINE],
    ['a session that cannot be opened', { ...MINE, 'mcp-session-id': 'garbage' }],
  ])(
    'takes the answer of its caller with %s: sessions tell of clients, not who calls',
    async (_title, by) => {
      const { path, headers } = await start(mode);
      const stream = await callLegacy(path, 'form', {}, headers);
      const { id } = await questionOf(stream);
      expect((await reply(path, id, ADA, by)).status).toBe(202);
      expect(textOf(await stream.rest())).toBe('accept Ada');
    },
  );

  it.each([
    ['no object', { result: 'Ada' }],
    ['nothing', { result: null }],
    ['metadata that is no object', { result: { ...ADA, _meta: 7 } }],
    ['an error without a code', { error: { message: 'x' } }],
    ['an error with half a code', { error: { code: 1.5, message: 'x' } }],
    ['an error without a message', { error: { code: -32603 } }],
  ])('refuses %s as an answer, and still takes the right one', async (_title, answer) => {
    const { path, headers } = await start(mode);
    const stream = await callLegacy(path, 'form', {}, headers);
    const { id } = await questionOf(stream);
    expect(await post(path, { jsonrpc: '2.0', id, ...answer }, headers)).toMatchObject(malformed);
    expect((await reply(path, id, ADA, headers)).status).toBe(202);
    expect(textOf(await stream.rest())).toBe('accept Ada');
  });

  it('takes an answer once', async () => {
    const { path, headers } = await start(mode);
    const stream = await callLegacy(path, 'form', {}, headers);
    const { id } = await questionOf(stream);
    const both = await Promise.all([reply(path, id, ADA, headers), reply(path, id, ADA, headers)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([202, 400]);
    await stream.rest();
    expect(await reply(path, id, ADA, headers)).toMatchObject(refusal);
  });

  it('gives the handler the error of a client', async () => {
    const { path, headers } = await start(mode);
    const stream = await callLegacy(path, 'form', {}, headers);
    const { id } = await questionOf(stream);
    const error = { code: -1, message: 'The person is away.' };
    expect((await post(path, { jsonrpc: '2.0', id, error }, headers)).status).toBe(202);
    expect(textOf(await stream.rest())).toContain('The person is away.');
  });

  it('refuses an answer after its client has left', async () => {
    const { path, headers, servers } = await start(mode);
    const rejections = watchRejections();
    const stream = await callLegacy(path, 'form', {}, headers);
    const { id } = await questionOf(stream);
    stream.leave();
    const isFree = () => servers.every(({ inFlight }) => inFlight.size === 0);
    while (!isFree()) await new Promise(setImmediate);
    expect(await reply(path, id, ADA, headers)).toMatchObject(refusal);
    expect(rejections).toEqual([]);
  });

  it('refuses an answer after the call has ended without it', async () => {
    const { path, headers } = await start(mode);
    const stream = await callLegacy(path, 'gives-up', {}, headers);
    const { id } = await questionOf(stream);
    expect(textOf(await stream.rest())).toBe('gave up');
    expect(await reply(path, id, ADA, headers)).toMatchObject(refusal);
  });

  it('ends a question that is not answered in time', async () => {
    const { path, headers } = await start(mode, 'inputTimeoutMs: 60');
    const stream = await callLegacy(path, 'form', {}, headers);
    const { id } = await questionOf(stream);
    const messages = await stream.rest();
    expect(messages).toMatchObject([
      { method: 'notifications/cancelled', params: { requestId: id } },
      { result: { isError: true } },
    ]);
    expect(await reply(path, id, ADA, headers)).toMatchObject(refusal);
  });

  it('does not count the time of the person as time of the server', async () => {
    const { path, headers } = await start(mode, 'timeoutMs: 150');
    const pass = stopTime();
    const stream = await callLegacy(path, 'three', {}, headers);
    const [first, second, third] = [
      await questionOf(stream),
      await questionOf(stream),
      await questionOf(stream),
    ];
    const answers: Record<string, object> = {
      'elicitation/create': ADA,
      'sampling/createMessage': {
        role: 'assistant',
        model: 'm',
        content: { type: 'text', text: 'Hello' },
      },
      'roots/list': { roots: [] },
    };
    for (const { id, method } of [first, second, third]) {
      await pass(200);
      expect((await reply(path, id, answers[method as string] as object, headers)).status).toBe(
        202,
      );
    }
    expect(textOf(await stream.rest())).toBe('accept Ada, Hello, 0 roots');
  });

  it('counts the time of the server again when the person has answered', async () => {
    const pass = stopTime();
    const { path, headers } = await start(mode, 'timeoutMs: 100');
    const stream = await callLegacy(path, 'answers-then-waits', { id: 'x' }, headers);
    const { id } = await questionOf(stream);
    await pass(150);
    expect((await reply(path, id, ADA, headers)).status).toBe(202);
    await pass(100);
    const last = (await stream.rest()).at(-1);
    expect(last?.error).toMatchObject({ code: -32603, data: { reason: 'deadline' } });
  });

  it('cannot ask a client that accepts JSON only, and says so', async () => {
    const { path, headers } = await start(mode);
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'form' } };
    const answer = await post(path, call, { ...headers, accept: 'application/json' });
    expect(answer.result).toMatchObject({ isError: true });
    expect(answer.text).toContain('does not accept an event stream');
  });

  it("never shows the SDK's own ids and progress tokens", async () => {
    const { path, headers } = await start(mode);
    const stream = await callLegacy(path, 'gives-up', {}, headers);
    const { id, params } = await questionOf(stream);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(params).not.toHaveProperty('_meta');
    const [cancelled, ...rest] = await stream.rest();
    expect(cancelled?.params?.requestId).toBe(id);
    expect(rest.map(({ method }) => method)).toEqual([undefined]);
  });
});

it('tells the author of a shared server how to relate a question to its call', async () => {
  const { path, headers } = await start('shared');
  const [message] = await (await callLegacy(path, 'unrelated', {}, headers)).rest();
  expect(message?.result).toMatchObject({ isError: true });
  expect(textOf([message as WireMessage])).toMatch(/relatedRequestId.*per-request/);
});

it('asks an unrelated question of a per-request server', async () => {
  const { path, headers } = await start('per-request');
  const stream = await callLegacy(path, 'unrelated', {}, headers);
  const { id } = await questionOf(stream);
  await reply(path, id, ADA, headers);
  expect(textOf(await stream.rest())).toBe('accept Ada');
});
