// Members that ask their client, in every way and of both SDKs, behind one path: each question and
// each retry belongs to the member that asked, in both eras.

import { describe, expect, it } from 'vitest';
import { CLIENTS, connectClient, isModern } from '../../protocol/eras/clients.ts';
import {
  ADA,
  type Asking,
  again,
  answered,
  begin,
  callLegacy,
  callOf,
  EVERYTHING,
  reply,
  shakeHands,
  stopTime,
} from '../../protocol/questions/asking.ts';
import { startHost, type TestHost } from '../../start-host.ts';

const MEMBERS = ['parked', 'replayed', 'fresh', 'shared-v2', 'fresh-v2'] as const;

const start = (members: string = MEMBERS.join(': {}, '), settings = ''): Promise<TestHost> =>
  startHost({
    listen: true,
    yaml: `
defaults: { auth: anonymous }
servers:
  desk: { combine: { ${members}: {} }, ${settings} }
  parked: { module: ./questions-v1.mjs, instance: shared, timeoutMs: 2000 }
  replayed: { module: ./questions-v1.mjs, instance: shared, replay: true }
  fresh: { module: ./questions-v1.mjs, export: createPlainServer }
  shared-v2: { module: ./questions-v2.mjs, instance: shared }
  fresh-v2: { module: ./questions-v2.mjs, export: createPlainServer }
`,
  });

const answers = {
  'elicitation/create': () => ({ action: 'accept', content: { name: 'Ada' } }),
};

describe.each(MEMBERS)('%s', (member) => {
  it('asks in 2026-07-28, and its retry reaches it', async () => {
    const { url } = await start();
    const asking = callOf(`${url}/desk/mcp`, `${member}_form`);
    const first = await begin(asking);
    expect(Object.keys(first.questions)).toHaveLength(1);
    const { answer } = await again(
      asking,
      answered(first, () => ADA),
    );
    expect(answer.text).toBe('accept Ada');
  });

  it('asks in the 2025 era', async () => {
    const { url } = await start();
    const address = `${url}/desk/mcp`;
    const headers = await shakeHands(address);
    const stream = await callLegacy(address, `${member}_form`, {}, headers);
    const question = await stream.next();
    expect(question).toMatchObject({ method: 'elicitation/create' });
    await reply(address, question?.id, ADA, headers);
    expect(await stream.next()).toMatchObject({ result: { content: [{ text: 'accept Ada' }] } });
  });

  it('refuses the state of another member, in band', async () => {
    const { url } = await start();
    const other = member === 'parked' ? 'replayed' : 'parked';
    const first = await begin(callOf(`${url}/desk/mcp`, `${other}_form`));
    const retry = answered(first, () => ADA);
    const { answer } = await again(callOf(`${url}/desk/mcp`, `${member}_form`), retry);
    expect(answer).toMatchObject({ status: 200, error: { code: -32602 } });
  });
});

it.each([
  ['a prompt', 'prompts/get', { name: 'parked_form' }],
  ['a resource', 'resources/read', { uri: 'test://form' }],
])('a question of %s is answered, too', async (_, method, params) => {
  // The first member has no such resource, and takes no state of another.
  const { url } = await start('fresh-v2: {}, parked');
  const asking: Asking = [`${url}/desk/mcp`, method, params];
  const first = await begin(asking);
  const { answer } = await again(
    asking,
    answered(first, () => ADA),
  );
  expect(JSON.stringify(answer.result)).toContain('accept Ada');
});

it('no time limit of a member runs while its client is asked, and it runs again afterwards', async () => {
  const { url } = await start('parked');
  const address = `${url}/desk/mcp`;
  const headers = await shakeHands(address);
  const pass = stopTime();
  const stream = await callLegacy(address, 'parked_answers-then-waits', { id: 'x' }, headers);
  const question = await stream.next();
  await pass(2_500);
  expect((await reply(address, question?.id, ADA, headers)).status).toBe(202);
  await pass(2_000);
  const last = (await stream.rest()).at(-1);
  expect(last?.error).toMatchObject({ data: { reason: 'deadline' } });
});

it('is answered by every official client', async () => {
  const { url } = await start();
  for (const kind of CLIENTS) {
    const { callTool } = await connectClient(kind, `${url}/desk/mcp`, {
      capabilities: EVERYTHING,
      answers,
    });
    const texts = await Promise.all(
      MEMBERS.map(async (member) => (await callTool(`${member}_form`)).text),
    );
    expect({ kind, isModern: isModern(kind), texts }).toEqual({
      kind,
      isModern: isModern(kind),
      texts: MEMBERS.map(() => 'accept Ada'),
    });
  }
});
