// Servers of SDK v2: what they ask in 2026-07-28 passes through, and in the 2025 era it goes out as
// a question.

import { describe, expect, it, vi } from 'vitest';
import { startHost } from '../../start-host.ts';
import { CLIENTS, connectClient, isModern } from '../eras/clients.ts';
import { callModern } from '../eras/modern.ts';
import {
  ADA,
  again,
  answered,
  begin,
  callLegacy,
  callOf,
  EVERYTHING,
  reply,
  shakeHands,
} from './asking.ts';

const MOUNTS = ['shared', 'per-request'] as const;

const start = async (mount: string, settings = ''): Promise<string> => {
  const { url } = await startHost({
    listen: true,
    yaml: `
defaults: { auth: anonymous, ${settings} }
servers:
  shared: { module: ./questions-v2.mjs, instance: shared }
  per-request: { module: ./questions-v2.mjs, export: createPlainServer }
`,
  });
  return `${url}/${mount}/mcp`;
};

const answers = {
  'elicitation/create': ({ message }: Record<string, unknown>) => ({
    action: 'accept',
    content: { name: message === 'Your name?' ? 'Ada' : String(message) },
  }),
};

describe.each(MOUNTS)('%s', (mount) => {
  it('is answered by every official client', async () => {
    const path = await start(mount);
    for (const kind of CLIENTS) {
      const { callTool } = await connectClient(kind, path, { capabilities: EVERYTHING, answers });
      const texts = [(await callTool('form')).text, (await callTool('rounds')).text];
      expect({ kind, texts }).toEqual({ kind, texts: ['accept Ada', 'The first? The second?'] });
      if (!isModern(kind)) expect((await callTool('plain')).text).toBe('accept Ada');
    }
  });

  it('passes its own keys and its own state through, both ways', async () => {
    const asking = callOf(await start(mount), 'rounds');
    const first = await begin(asking);
    expect(Object.keys(first.questions)).toEqual(['first']);
    const second = await again(
      asking,
      answered(first, () => ADA),
    );
    expect(Object.keys(second.questions)).toEqual(['second']);
    expect(
      (
        await again(
          asking,
          answered(second, () => ADA),
        )
      ).answer.text,
    ).toBe('Ada Ada');
  });

  it('refuses a state that it did not seal, in band', async () => {
    const asking = callOf(await start(mount), 'rounds');
    const retry = answered(await begin(asking), () => ADA);
    const requestState = `${retry.requestState}x`;
    const { answer } = await again(asking, { ...retry, requestState });
    expect({ status: answer.status, code: answer.error?.code }).toEqual({
      status: 200,
      code: -32602,
    });
  });

  it('asks only what its client declared', async () => {
    const { status, error } = await callModern(await start(mount), 'form');
    expect({ status, code: error?.code, data: error?.data }).toMatchObject({
      status: 400,
      code: -32021,
      data: { requiredCapabilities: { elicitation: {} } },
    });
  });

  it('takes a question back from a client of the 2025 era', async () => {
    const path = await start(mount);
    const stream = await callLegacy(path, 'gives-up', {}, await shakeHands(path));
    const question = await stream.next();
    expect(await stream.rest()).toMatchObject([
      { method: 'notifications/cancelled', params: { requestId: question?.id } },
      { result: { content: [{ text: 'gave up' }] } },
    ]);
  });

  it('waits for a client of the 2025 era as long as servers.yaml says, not as its SDK does', async () => {
    const path = await start(mount, 'inputTimeoutMs: 123456');
    const headers = await shakeHands(path);
    const timer = vi.spyOn(globalThis, 'setTimeout');
    const stream = await callLegacy(path, 'plain', {}, headers);
    const question = await stream.next();
    const delays = timer.mock.calls.map(([, delay]) => delay);
    timer.mockRestore();
    expect(delays).toContain(123_456);
    // The time limit of requests is as long as that of the SDK, but its timer runs since the
    // handshake.
    expect(delays).not.toContain(60_000);
    expect((await reply(path, question?.id, ADA, headers)).status).toBe(202);
    expect((await stream.rest())[0]?.result?.content).toMatchObject([{ text: 'accept Ada' }]);
  });
});

it('tells the author of a shared server how to relate a question to its call', async () => {
  const path = await start('shared');
  const [message] = await (await callLegacy(path, 'unrelated', {}, await shakeHands(path))).rest();
  expect(message?.result).toMatchObject({ isError: true });
  expect(JSON.stringify(message?.result)).toMatch(/relatedRequestId: ctx.mcpReq.id }.*per-request/);
});
