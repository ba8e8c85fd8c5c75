// SDK v1's `UrlElicitationRequiredError` (-32042) becomes questions in 2026-07-28, and the retry
// runs the tool again.

import { describe, expect, it } from 'vitest';
import { post } from '../../post.ts';
import { CLIENTS, connectClient, isModern } from '../eras/clients.ts';
import { callModern } from '../eras/modern.ts';
import { ADA, again, answered, askingHost, begin, callOf, EVERYTHING, MODES } from './asking.ts';

const opened = { action: 'accept' };
const id = (): string => crypto.randomUUID();

describe.each(MODES)('%s', (mode) => {
  const start = async (): Promise<string> => `${(await askingHost()).url}/${mode}/mcp`;

  it('asks to open the URL, and runs the tool again', async () => {
    const visit = id();
    const asking = callOf(await start(), 'visit', { id: visit });
    const round = await begin(asking);
    expect(round.answer.result).toMatchObject({ resultType: 'input_required' });
    expect(round.answer.result).not.toHaveProperty('requestState');
    expect(Object.values(round.questions)).toEqual([
      {
        method: 'elicitation/create',
        params: {
          mode: 'url',
          message: 'Log in',
          url: `https://example.com/${visit}`,
          elicitationId: visit,
        },
      },
    ]);
    const { inputResponses } = answered(round, () => opened);
    expect((await again(asking, { inputResponses })).answer.text).toBe('opened');
  });

  it.each([{}, { elicitation: {} }, { elicitation: { form: {} } }])(
    'refuses a client that declares %o',
    async (capabilities) => {
      const answer = await callModern(await start(), 'visit', { id: id() }, { capabilities });
      expect(answer).toMatchObject({
        status: 400,
        error: { code: -32021, data: { requiredCapabilities: { elicitation: { url: {} } } } },
      });
    },
  );

  it('asks to open a URL after other questions', async () => {
    const visit = id();
    const asking = callOf(await start(), 'form-then-visit', { id: visit });
    const retry = answered(await begin(asking), () => ADA);
    const { answer, questions } = await again(asking, retry);
    expect(answer.error).toBeUndefined();
    expect(Object.values(questions)).toMatchObject([
      {
        method: 'elicitation/create',
        params: { mode: 'url', url: `https://example.com/${visit}` },
      },
    ]);
  });

  it('stays an error in the 2025 era, where clients know it', async () => {
    const call = { name: 'visit', arguments: { id: id() } };
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: call };
    const { status, error } = await post(await start(), message);
    expect({ status, code: error?.code }).toEqual({ status: 200, code: -32042 });
  });

  it('is answered by the official clients of 2026-07-28', async () => {
    const path = await start();
    for (const kind of CLIENTS.filter(isModern)) {
      const { callTool } = await connectClient(kind, path, {
        capabilities: EVERYTHING,
        answers: { 'elicitation/create': () => opened },
      });
      expect({ kind, ...(await callTool('visit', { id: id() })) }).toMatchObject({
        kind,
        text: 'opened',
      });
    }
  });
});
