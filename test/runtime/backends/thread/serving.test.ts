// A module in a thread is served like one in the thread of the host: both SDKs, both instance modes,
// both eras.

import { describe, expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { postMany } from '../../post.ts';
import {
  ADA,
  again,
  answered,
  begin,
  callLegacy,
  callOf,
  reply,
  shakeHands,
} from '../../protocol/questions/asking.ts';
import { call, ERAS, open, SDKS, SERVINGS, send, stateOf, threadHost } from './thread-host.ts';

describe.each(SERVINGS)('$mount, $era', ({ mount, era }) => {
  const start = async (settings = '') => {
    const host = await threadHost({ mounts: [mount], settings });
    return { ...host, at: `${host.url}/${mount}/mcp` };
  };

  it('answers in another thread, plain JSON under the id of the caller', async () => {
    const { at } = await start();
    const answer = await call(at, era, 'place', {}, { id: 'a "b"' });
    expect(answer).toMatchObject({ status: 200, id: 'a "b"', text: 'thread' });
    expect(answer.contentType).toContain('application/json');
  });

  it('crosses no answers and no progress of 8 callers with equal ids in 1,000 rounds', async () => {
    const { at } = await start('maxConcurrent: 50');
    const wrong: unknown[] = [];
    await postMany(8 * 125, 8, async (number) => {
      const text = `t${number}`;
      const tool = number % 4 === 0 ? 'progress' : 'echo';
      const answer = await call(at, era, tool, { text }, { id: 1, meta: { progressToken: 7 } });
      const messages = answer.notifications.map(({ params }) => params as { message?: string });
      const isForeign = messages.some(({ message }) => message !== text);
      const isLost = messages.length !== (tool === 'progress' ? 3 : 0);
      if (answer.text !== text || answer.id !== 1 || isForeign || isLost) wrong.push(answer);
    });
    expect(wrong).toEqual([]);
  });

  it('tells a handler that its caller has left', async () => {
    const { at, logs } = await start();
    const stream = await open(at, era, 'wait-for-abort');
    expect(await stream.next()).toMatchObject({ params: { message: 'waiting' } });
    stream.leave();
    await eventually(() =>
      expect(logs).toContainEqual(expect.objectContaining({ msg: 'aborted' })),
    );
  });

  it('shows a handler its caller without credentials', async () => {
    const { at } = await start();
    const headers = { authorization: 'Bearer secret', 'x-mine': 'mine' };
    const { text } = await call(at, era, 'caller', {}, { headers });
    expect(JSON.parse(text as string)).toMatchObject({
      headers: { 'x-mine': 'mine' },
      url: `http://mcp.invalid/${mount}/mcp`,
    });
    expect(text).not.toContain('secret');
  });

  it('fails a result that is no JSON, and a handler that throws, as in the thread of the host', async () => {
    const { at } = await start();
    const broken = await call(at, era, 'not-json');
    expect(JSON.stringify(broken.error ?? broken.result)).toMatch(/internal error|not valid JSON/i);
    const thrown = await call(at, era, 'throw');
    expect(thrown).toMatchObject({ result: { isError: true }, text: 'secret-detail' });
    expect((await call(at, era, 'no-such-tool')).body).toContain('not found');
  });

  it('counts handlers that run on although nobody waits', async () => {
    const { url, at } = await start('timeoutMs: 1000');
    const late = await call(at, era, 'ignore-abort');
    expect(late).toMatchObject({ status: 504, error: { data: { reason: 'deadline' } } });
    await eventually(async () => {
      expect(await stateOf(url, mount)).toMatchObject({ abandonedHandlers: 1 });
    });
  });

  it('refuses calls while handlers that run on hold all its places', async () => {
    const { url, at } = await start('timeoutMs: 1000, maxConcurrent: 1');
    await call(at, era, 'ignore-abort');
    await eventually(async () => {
      expect(await stateOf(url, mount)).toMatchObject({ full: true, abandonedHandlers: 1 });
    });
    const refused = await call(at, era, 'echo', { text: 'x' });
    expect(refused).toMatchObject({ status: 503, error: { data: { reason: 'overloaded' } } });
  });
});

const asMount = (sdk: string, mode: string): string => `${sdk}-${mode}`;

describe.each(['shared', 'fresh'])('questions, %s', (mode) => {
  it.each(SDKS)('reach a client of the 2025 era, and its answers the handler, %s', async (sdk) => {
    const mount = asMount(sdk, mode);
    const { url } = await threadHost({ mounts: [mount] });
    const at = `${url}/${mount}/mcp`;
    const session = await shakeHands(at);
    const stream = await callLegacy(at, 'ask', {}, session);
    const question = await stream.next();
    const params = { message: 'Your name?' };
    expect(question).toMatchObject({ method: 'elicitation/create', params });
    expect(await reply(at, question?.id, ADA, session)).toMatchObject({ status: 202 });
    expect(JSON.stringify(await stream.next())).toContain('accept Ada');
  });

  // SDK v2 answers 2026-07-28 itself, with results that ask.
  it('reach a client of 2026-07-28, and its answers the handler, v1', async () => {
    const mount = asMount('v1', mode);
    const { url } = await threadHost({ mounts: [mount] });
    const asking = callOf(`${url}/${mount}/mcp`, 'ask');
    const first = await begin(asking);
    const retry = answered(first, () => ADA);
    expect((await again(asking, retry)).answer.text).toBe('accept Ada');
  });
});

describe.each(SDKS)('a tool that a handler adds later, %s', (sdk) => {
  it.each(ERAS)('is listed and can be called, %s', async (era) => {
    const mount = asMount(sdk, 'shared');
    const settings = 'cacheScope: public, ttlMs: 60000';
    const { url } = await threadHost({ mounts: [mount], settings });
    const at = `${url}/${mount}/mcp`;
    const list = () => send(at, era, 'tools/list', {});
    expect((await list()).body).not.toContain('"grown"');
    await call(at, era, 'grow');
    await eventually(async () => expect((await list()).body).toContain('"grown"'));
    expect(await call(at, era, 'grown')).toMatchObject({ status: 200, result: { content: [] } });
  });
});
