// Two instances behind a client that alternates between them: what is replayed continues on either, what is parked
// only where it waits.

import { describe, expect, it } from 'vitest';
import { connectClient } from '../eras/clients.ts';
import {
  ADA,
  again,
  answered,
  askingHost,
  begin,
  callOf,
  EVERYTHING,
  PARKED,
  REPLAYED,
} from './asking.ts';

const KEY = 'a key that both of the instances share';

const answers = {
  'elicitation/create': ({ message }: Record<string, unknown>) => ({
    action: 'accept',
    content: { name: String(message).replace(/\D/g, '') || 'Ada', number: 3 },
  }),
  'sampling/createMessage': () => ({
    role: 'assistant',
    model: 'm',
    content: { type: 'text', text: 'Hello' },
  }),
  'roots/list': () => ({ roots: [] }),
};

const CALLS = [
  ['form', {}, 'accept Ada'],
  ['three', {}, 'accept Ada, Hello, 0 roots'],
  ['rounds', { count: 5 }, '1 2 3 4 5'],
  ['guess', { secret: 3 }, 'right after 1'],
] as const;

/** Sends each request to the other instance than the last one. */
function alternating(first: string, second: string): { fetch: typeof fetch; visits: number[] } {
  const visits = [0, 0];
  let turn = 0;
  const alternate: typeof fetch = (input, init) => {
    const at = turn++ % 2;
    visits[at] = (visits[at] as number) + 1;
    return fetch(String(input).replace(first, at === 0 ? first : second), init);
  };
  return { fetch: alternate, visits };
}

const twoInstances = async (keys: (string | undefined)[] = [KEY, KEY]) => {
  const [first, second] = keys.map((stateKey) => askingHost('', stateKey ? { stateKey } : {}));
  return [(await first)?.url as string, (await second)?.url as string] as const;
};

describe.each(REPLAYED)('%s', (mode) => {
  it.each(CALLS)('tool %s succeeds across both instances', async (name, args, expected) => {
    const [first, second] = await twoInstances();
    const { fetch, visits } = alternating(first, second);
    const options = { capabilities: EVERYTHING, answers, fetch };
    const { callTool } = await connectClient('v2 auto', `${first}/${mode}/mcp`, options);
    for (let time = 0; time < 4; time += 1)
      expect((await callTool(name, args)).text).toBe(expected);
    expect(Math.min(...visits)).toBeGreaterThanOrEqual(4);
  });

  it('fails cleanly where the instances do not share a key', async () => {
    const [first, second] = await twoInstances([KEY, undefined]);
    const retry = answered(await begin(callOf(`${first}/${mode}/mcp`, 'form')), () => ADA);
    const { answer } = await again(callOf(`${second}/${mode}/mcp`, 'form'), retry);
    expect(answer).toMatchObject({ status: 200, error: { code: -32602 } });
  });
});

describe.each(PARKED)('%s', (mode) => {
  it('fails cleanly on the other instance, and goes on where it waits', async () => {
    const [first, second] = await twoInstances();
    const asking = callOf(`${first}/${mode}/mcp`, 'form');
    const retry = answered(await begin(asking), () => ADA);
    const { answer } = await again(callOf(`${second}/${mode}/mcp`, 'form'), retry);
    expect(answer).toMatchObject({ status: 200, error: { code: -32602 } });
    expect((await again(asking, retry)).answer.text).toBe('accept Ada');
  });

  it('tells an official client that alternates what went wrong', async () => {
    const [first, second] = await twoInstances();
    const { fetch } = alternating(first, second);
    const options = { capabilities: EVERYTHING, answers, fetch };
    const { callTool } = await connectClient('v2 auto', `${first}/${mode}/mcp`, options);
    await expect(callTool('form')).rejects.toMatchObject({ code: -32602 });
  });
});
