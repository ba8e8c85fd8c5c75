// Programs that ask their client: which request a question belongs to, in both eras.

import { describe, expect, test } from 'vitest';
import { openStream } from '../../protocol/eras/stream.ts';
import {
  ADA,
  accept,
  again,
  answered,
  begin,
  callOf,
  reply,
} from '../../protocol/questions/asking.ts';
import { type Caller, entry, hostPrograms, legacyCaller } from './hosted.ts';

const FORMS = { elicitation: { form: {} } };

/** A legacy program, and one that speaks 2026-07-28 alone, with a tool that asks for a name. */
const ASKING = {
  '2025 era': { program: 'sdk.mjs v1 questions-v1.mjs createPlainServer', says: 'accept Ada' },
  '2026-07-28': { program: 'sdk.mjs v2-modern questions-v2.mjs', says: 'accept Ada' },
};

/** Calls a tool and reads the stream on which it asks. */
function callOn(url: string, { headers }: Caller, name: string, id: number) {
  const params = { name, arguments: {} };
  return openStream(url, { jsonrpc: '2.0', id, method: 'tools/call', params }, headers);
}

test('a program that asks without end has 100 questions open', async () => {
  const { url } = await hostPrograms({ mcp: entry('mcp.mjs') });
  const caller = await legacyCaller(`${url}/mcp/mcp`, FORMS);
  const { text, notifications } = await caller.call('ask-often', { times: 1_000 });
  expect(text).toBe('900 refused');
  expect(notifications).toHaveLength(100);
});

test('what a program of the 2025 era asks at one time, a client of 2026-07-28 gets together', async () => {
  const { url } = await hostPrograms({ mcp: entry('mcp.mjs') });
  const call = callOf(`${url}/mcp/mcp`, 'ask-three');
  const asked = await begin(call, { capabilities: FORMS });
  expect(Object.keys(asked.questions)).toHaveLength(3);
  const retry = answered(asked, () => ADA);
  const { answer } = await again(call, retry, { capabilities: FORMS });
  expect(answer.text).toBe('Ada Ada Ada');
});

describe.each(Object.entries(ASKING))('a program of the %s', (_era, { program, says }) => {
  test.each(['per-session', 'per-request'])(
    'asks callers of the 2025 era with `instance: %s`',
    async (instance) => {
      const host = await hostPrograms({ asks: entry(program, { instance }) });
      const url = `${host.url}/asks/mcp`;
      const caller = await legacyCaller(url, FORMS);
      const stream = await callOn(url, caller, 'form', 1);
      const question = await stream.next();
      expect(question).toMatchObject({ method: 'elicitation/create' });
      await reply(url, question?.id, ADA, caller.headers);
      expect(await stream.rest()).toMatchObject([{ id: 1, result: { content: [{ text: says }] } }]);
    },
  );

  test.each(['per-session', 'per-request'])(
    'asks callers of 2026-07-28 with `instance: %s`',
    async (instance) => {
      const host = await hostPrograms({ asks: entry(program, { instance }) });
      const call = callOf(`${host.url}/asks/mcp`, 'form');
      const asked = await begin(call, { capabilities: FORMS });
      expect(Object.values(asked.questions)).toMatchObject([{ method: 'elicitation/create' }]);
      const { answer } = await again(
        call,
        answered(asked, () => ADA),
        { capabilities: FORMS },
      );
      expect(answer.text).toBe(says);
    },
  );
});

describe('a program of 2026-07-28', () => {
  test('that asks in rounds gets each answer of a caller of the 2025 era', async () => {
    const host = await hostPrograms({
      asks: entry('sdk.mjs v2-modern questions-v2.mjs', { instance: 'shared' }),
    });
    const url = `${host.url}/asks/mcp`;
    const caller = await legacyCaller(url, FORMS);
    const stream = await callOn(url, caller, 'rounds', 1);
    for (const name of ['Ada', 'Grace']) {
      const question = await stream.next();
      await reply(url, question?.id, accept({ name }), caller.headers);
    }
    expect(await stream.rest()).toMatchObject([{ result: { content: [{ text: 'Ada Grace' }] } }]);
  });

  test('gets no answer from a caller that cannot be asked', async () => {
    const { url } = await hostPrograms({ asks: entry('sdk.mjs v2-modern questions-v2.mjs') });
    const caller = await legacyCaller(`${url}/asks/mcp`);
    const { error } = await caller.call('form');
    expect(error?.code).toBe(-32021);
  });
});

describe('a program of the 2025 era', () => {
  test('that is shared may ask nobody', async () => {
    const { url } = await hostPrograms({ mcp: entry('mcp.mjs', { instance: 'shared' }) });
    const { text } = await (await legacyCaller(`${url}/mcp/mcp`, FORMS)).call('ask');
    expect(JSON.parse(text ?? '')).toMatchObject({ code: -32601 });
  });

  test('may not ask while several requests of its client are open', async () => {
    const host = await hostPrograms({ mcp: entry('mcp.mjs') });
    const url = `${host.url}/mcp/mcp`;
    const caller = await legacyCaller(url, FORMS);
    const later = caller.call('echo-later', { value: 'other', ms: 400 });
    await caller.call('echo', { value: 'the other one has reached the program' });
    const { text } = await caller.call('ask');
    expect(text).toContain('Several requests are open');
    expect((await later).text).toBe('other');
  });
});
