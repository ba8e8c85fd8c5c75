// Two instances behind a client that alternates between them: what is replayed continues on either,
// what is parked only where it waits.

import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectClient } from '../eras/clients.ts';
import {
  ADA,
  accept,
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

/** A proxy that sends each request to the next instance, until the test ends. */
async function startRoundRobin(targets: readonly string[]) {
  const visits = targets.map(() => 0);
  let turn = 0;
  const server = createServer((incoming, outgoing) => {
    const at = turn++ % targets.length;
    visits[at] = (visits[at] as number) + 1;
    const { method = 'POST', headers, url = '/' } = incoming;
    const { host } = new URL(targets[at] as string);
    const relayed = request(new URL(url, targets[at]), { method, headers: { ...headers, host } });
    relayed.once('response', (answer) => {
      outgoing.writeHead(answer.statusCode as number, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(relayed);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, visits };
}

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

  it('serves many callers at once behind a round-robin proxy', async () => {
    const proxy = await startRoundRobin(await twoInstances());
    const texts = await Promise.all(
      Array.from({ length: 10 }, async (_, number) => {
        const asking = callOf(`${proxy.url}/${mode}/mcp`, 'rounds', { count: 3 });
        let round = await begin(asking);
        for (let answers = 1; answers <= 3; answers += 1) {
          const retry = answered(round, () => accept({ name: `${number}-${answers}` }));
          round = await again(asking, retry);
        }
        return round.answer.text;
      }),
    );
    expect(texts).toEqual(texts.map((_, number) => `${number}-1 ${number}-2 ${number}-3`));
    expect(proxy.visits).toEqual([20, 20]);
  });

  it('fails cleanly where the instances do not share a key', async () => {
    const [first, second] = await twoInstances([KEY, undefined]);
    const retry = answered(await begin(callOf(`${first}/${mode}/mcp`, 'form')), () => ADA);
    const { answer } = await again(callOf(`${second}/${mode}/mcp`, 'form'), retry);
    expect(answer).toMatchObject({
      status: 200,
      error: { code: -32602, data: { reason: 'bad-request-state' } },
    });
  });
});

describe.each(PARKED)('%s', (mode) => {
  it('fails cleanly on the other instance, and goes on where it waits', async () => {
    const [first, second] = await twoInstances();
    const asking = callOf(`${first}/${mode}/mcp`, 'form');
    const retry = answered(await begin(asking), () => ADA);
    const { answer } = await again(callOf(`${second}/${mode}/mcp`, 'form'), retry);
    expect(answer).toMatchObject({
      status: 200,
      error: { code: -32602, data: { reason: 'bad-request-state' } },
    });
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
