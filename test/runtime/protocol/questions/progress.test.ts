// Progress that a client of the 2025 era reports of a question: it reaches the handler that asked,
// which waits on, and no other one.

import { describe, expect, it } from 'vitest';
import { post } from '../../post.ts';
import { startHost, type TestHost } from '../../start-host.ts';
import type { OpenStream } from '../eras/stream.ts';
import { ADA, callLegacy, reply, shakeHands, stopTime } from './asking.ts';

const MOUNTS = ['v1', 'v2'].flatMap((sdk) => ['shared', 'per-request'].map((it) => [sdk, it]));
const CALLER = { 'x-functions-key': 'mine' };
const OTHER = { 'x-functions-key': 'yours' };

const HI = { model: 'm', role: 'assistant', content: { type: 'text', text: 'Hi' } };
const QUESTIONS = [
  ['elicit', 'elicitation/create', ADA],
  ['sample', 'sampling/createMessage', HI],
  ['roots', 'roots/list', { roots: [] }],
] as const;

describe.each(MOUNTS)('%s %s', (sdk, instance) => {
  const start = async (): Promise<{ host: TestHost; path: string }> => {
    const host = await startHost({
      listen: true,
      environment: { behindFunctionsHost: true },
      yaml: `servers: { s: { module: ./progress-${sdk}.mjs, instance: ${instance}, auth: function } }`,
    });
    return { host, path: `${host.url}/s/mcp` };
  };

  const report = (path: string, params: object, headers: Record<string, string>) =>
    post(path, { jsonrpc: '2.0', method: 'notifications/progress', params }, headers);

  async function ask(path: string, name: string, headers: Record<string, string>) {
    const stream = await callLegacy(path, name, {}, headers);
    const question = await stream.next();
    return { stream, question, token: question?.params?._meta?.progressToken as string };
  }

  const textOf = async (stream: OpenStream): Promise<string> => {
    const [message] = await stream.rest();
    return (message?.result?.content as { text: string }[] | undefined)?.[0]?.text ?? '';
  };

  it.each(QUESTIONS)('lets a handler wait on (%s)', async (name, method, answer) => {
    const { path } = await start();
    const headers = await shakeHands(path, undefined, CALLER);
    const pass = stopTime();
    const { stream, question, token } = await ask(path, name, headers);
    expect(question?.method).toBe(method);
    for (const progress of [1, 2, 3]) {
      await pass(80);
      const params = { progressToken: token, progress, total: 3, message: 'on it' };
      expect((await report(path, params, headers)).status).toBe(202);
    }
    await pass(80);
    expect((await reply(path, question?.id, answer, headers)).status).toBe(202);
    const steps = [1, 2, 3].map((progress) => ({ progress, total: 3, message: 'on it' }));
    expect(JSON.parse(await textOf(stream))).toEqual(steps);
  });

  it('asks without a token where the handler wants no progress', async () => {
    const { path } = await start();
    const headers = await shakeHands(path, undefined, CALLER);
    const { stream, question, token } = await ask(path, 'without', headers);
    expect(token).toBeUndefined();
    await reply(path, question?.id, ADA, headers);
    expect(await textOf(stream)).toBe('accept');
  });

  it('takes progress of no other caller, under no guessed token, and of nobody afterwards', async () => {
    const { path } = await start();
    const headers = await shakeHands(path, undefined, CALLER);
    const others = await shakeHands(path, undefined, OTHER);
    stopTime();
    const first = await ask(path, 'elicit', headers);
    const second = await ask(path, 'elicit', others);
    expect(first.token).toMatch(/^[\da-f]{32}$/);
    expect(second.token).not.toBe(first.token);
    const refused = [
      report(path, { progressToken: first.token, progress: 1 }, others),
      report(path, { progressToken: 0, progress: 2 }, headers),
      report(path, { progressToken: 1, progress: 3 }, headers),
      report(path, { progressToken: first.token, progress: 'x' }, headers),
      report(path, { progress: 4 }, headers),
    ];
    for (const { status } of await Promise.all(refused)) expect(status).toBe(202);
    await report(path, { progressToken: second.token, progress: 5 }, others);
    await reply(path, first.question?.id, ADA, headers);
    await reply(path, second.question?.id, ADA, others);
    expect(await textOf(first.stream)).toBe('[]');
    expect(await textOf(second.stream)).toBe('[{"progress":5}]');
    const late = await report(path, { progressToken: first.token, progress: 6 }, headers);
    expect(late.status).toBe(202);
  });

  it('is dropped by another instance', async () => {
    const { path } = await start();
    const headers = await shakeHands(path, undefined, CALLER);
    const { path: elsewhere } = await start();
    stopTime();
    const { stream, question, token } = await ask(path, 'elicit', headers);
    const dropped = await report(elsewhere, { progressToken: token, progress: 1 }, CALLER);
    expect(dropped.status).toBe(202);
    await reply(path, question?.id, ADA, headers);
    expect(await textOf(stream)).toBe('[]');
  });
});
