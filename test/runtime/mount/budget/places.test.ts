// The places for what waits for its client: one caller that takes them all blocks neither the calls
// of its server nor another caller that was verified.

import { describe, expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { modernHeaders, modernMessage } from '../../protocol/eras/modern.ts';
import { openStream } from '../../protocol/eras/stream.ts';
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
import { startHost, type TestHost } from '../../start-host.ts';
import { as, echo, held, VERIFIED } from './callers.ts';

const TOO_MANY = 'Too many requests are waiting for their clients. Try again later.';

const host = (settings = '', environment = VERIFIED): Promise<TestHost> =>
  startHost({
    listen: true,
    environment,
    yaml: `
defaults: { auth: anonymous, ${settings} }
servers:
  asking: { module: ./questions-v1.mjs, instance: shared, subscriptions: true }
  both: { combine: { asking: {} } }
`,
  });

/** Opens questions of the 2025 era, each of which waits for its client. */
async function ask(url: string, caller: string, count: number, tool = 'form') {
  const headers = await shakeHands(url, undefined, as(caller));
  const open = async () => {
    const stream = await callLegacy(url, tool, {}, headers);
    return { stream, headers, first: await stream.next() };
  };
  return Promise.all(Array.from({ length: count }, open));
}

const listen = (url: string, caller: string) => {
  const wanted = { notifications: { toolsListChanged: true } };
  const message = modernMessage('subscriptions/listen', wanted);
  return openStream(url, message, modernHeaders(message, as(caller)));
};

describe('100 open questions of one caller', () => {
  it.each([
    ['at the path of the server', 'asking', 'form'],
    ['through a combination', 'both', 'asking_form'],
  ])('%s block neither its other calls nor the question of another', async (_, path, tool) => {
    const running = await host();
    const url = `${running.url}/${path}/mcp`;
    const open = await ask(url, 'eve', 100, tool);
    expect(open.every(({ first }) => first?.method === 'elicitation/create')).toBe(true);
    expect((await held(running)).waiting).toBe(100);
    for (const server of ['asking', 'both']) {
      const answer = await callLegacy(
        `${running.url}/${server}/mcp`,
        server === 'both' ? 'asking_capabilities' : 'capabilities',
      );
      expect((await answer.next())?.result).toMatchObject({ content: [{ type: 'text' }] });
    }
    const [own] = await ask(url, 'ada', 1, tool);
    expect(own?.first?.method).toBe('elicitation/create');
    await reply(url, own?.first?.id, ADA, own?.headers);
    expect((await own?.stream.next())?.result).toMatchObject({ content: [{ text: 'accept Ada' }] });
    const ended = (await open[0]?.stream.rest())?.at(-1);
    expect(ended).toMatchObject({ error: { data: { reason: 'overloaded' } } });
  });
});

describe('the places of a server', () => {
  it('are shared by both eras and listening streams', async () => {
    const running = await host('maxParked: 3');
    const url = `${running.url}/asking/mcp`;
    await ask(url, 'eve', 1);
    await begin(callOf(url, 'form'), { headers: as('eve') });
    const listening = await listen(url, 'eve');
    expect((await listening.next())?.method).toBe('notifications/subscriptions/acknowledged');
    expect((await held(running)).waiting).toBe(3);
    const refused = await listen(url, 'eve');
    expect(await refused.next()).toMatchObject({ error: { data: { reason: 'overloaded' } } });
    expect((await begin(callOf(url, 'form'), { headers: as('eve') })).answer.text).toContain(
      TOO_MANY,
    );
    listening.leave();
    await eventually(async () => expect((await held(running)).waiting).toBe(2));
  });

  it('are none with `maxParked: 0`: nobody can listen, and calls that ask nothing are served', async () => {
    const running = await host('maxParked: 0');
    const url = `${running.url}/asking/mcp`;
    const refused = await listen(url, 'eve');
    expect(await refused.next()).toMatchObject({ error: { data: { reason: 'overloaded' } } });
    const [asked] = await ask(url, 'eve', 1);
    expect(JSON.stringify(asked?.first)).toContain(TOO_MANY);
    expect((await echo(url, as('eve'))).status).toBe(200);
  });

  it('go to another caller from the oldest of one that has more than half, and no further', async () => {
    const running = await host('maxParked: 4');
    const url = `${running.url}/asking/mcp`;
    const round = (caller: string) => begin(callOf(url, 'form'), { headers: as(caller) });
    const listening = await listen(url, 'eve');
    const eves = [await round('eve'), await round('eve'), await round('eve')];
    const adas = [await round('ada'), await round('ada')];
    // Its answer comes, as at the end of every subscription.
    expect((await listening.rest()).at(-1)?.result).toBeDefined();
    const results = await Promise.all(
      eves.map((eve) =>
        again(
          callOf(url, 'form'),
          answered(eve, () => ADA),
          { headers: as('eve') },
        ),
      ),
    );
    expect(results.map(({ answer }) => answer.status)).toEqual([503, 200, 200]);
    expect(adas.map(({ answer }) => answer.status)).toEqual([200, 200]);
    expect((await round('ada')).answer.status).toBe(200);
    expect((await round('ada')).answer.status).toBe(200);
    // Four of one caller: more than half, but nobody else needs them.
    expect((await held(running)).waiting).toBe(4);
    expect((await round('ada')).answer.text).toContain(TOO_MANY);
  });

  it('are shared by callers that cannot be told apart', async () => {
    const unverified = { ...VERIFIED, easyAuthEnabled: false } as unknown as typeof VERIFIED;
    const running = await host('maxParked: 2', unverified);
    const url = `${running.url}/asking/mcp`;
    const round = (caller: string) => begin(callOf(url, 'form'), { headers: as(caller) });
    expect([(await round('eve')).state, (await round('eve')).state]).toEqual([
      expect.any(String),
      expect.any(String),
    ]);
    expect((await round('ada')).answer.text).toContain(TOO_MANY);
  });
});
