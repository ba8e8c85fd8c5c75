// Long messages take the thread in short turns, so that callers of other servers are served between
// them; and what is written in pieces is the same message.

import { describe, expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { post } from '../../post.ts';
import { startHost, type TestHost } from '../../start-host.ts';
import { call, JSON_HEADERS } from '../http/mounts.ts';
import { echo, held } from './callers.ts';

const SLICE = 262_144;

const host = (): Promise<TestHost> =>
  startHost({
    listen: true,
    yaml: `
defaults: { auth: anonymous, maxResultBytes: 4000000 }
servers:
  v1: { module: ./kernel-v1.mjs, instance: shared }
  v2: { module: ./kernel-v2.mjs }
  program: { command: node, args: [../programs/sdk.mjs, v1, ../servers/kernel-v1.mjs] }
  thread: { module: ./kernel-v1.mjs, isolation: thread }
  other: { module: ./kernel-v1.mjs }
  texts: { module: ../../runtime/mount/budget/texts.mjs, instance: shared, maxResultBytes: 20000000 }
`,
  });

const ask = ({ url }: TestHost, path: string, tool: string, args: object, accept = JSON_ONLY) =>
  post(url + path, call(tool, args), { accept });

const JSON_ONLY = 'application/json';
const headers = { ...JSON_HEADERS, accept: JSON_ONLY };

/** How many turns the event loop has from now until `isDone`. */
async function turnsUntil(isDone: () => boolean): Promise<number> {
  let turns = 0;
  for (; !isDone(); turns += 1) await new Promise(setImmediate);
  return turns;
}

/** As the fixture makes them. */
const textOf = (index: number, length: number): string => `${index}"é\n`.padEnd(length, 'x');

describe('long messages', () => {
  it('leave others a turn for each quarter of a megabyte of a result', async () => {
    const running = await host();
    const bytes = 12 * SLICE;
    // The tool answers at once: what comes until the first byte is writing.
    const turns = new Promise<number>((resolve) => {
      running.app.server.once('request', (_request, response) => {
        resolve(turnsUntil(() => response.headersSent));
      });
    });
    const answer = await ask(running, '/v1/mcp', 'large', { bytes });
    expect(answer.text).toHaveLength(bytes);
    expect(await turns).toBeGreaterThanOrEqual(12);
  });

  it.each([
    ['40 strings of 250 kB', 40, 250_000],
    ['2,000 strings of 5 kB', 2_000, 5_000],
    ['3,000 strings of 1 kB', 3_000, 1_000],
  ])('leave others as many turns for a result of %s', async (_name, count, length) => {
    const running = await host();
    const turns = new Promise<number>((resolve) => {
      running.app.server.once('request', (_request, response) => {
        resolve(turnsUntil(() => response.headersSent));
      });
    });
    const answer = await ask(running, '/texts/mcp', 'texts', { count, length });
    const texts = Array.from({ length: count }, (_, index) => textOf(index, length));
    expect(answer.result?.content).toEqual(texts.map((text) => ({ type: 'text', text })));
    expect(await turns).toBeGreaterThanOrEqual(Math.floor((count * length) / SLICE));
  });

  it('are parsed one in a turn when many arrive together', async () => {
    const { app } = await host();
    const payload = JSON.stringify(call('large', { bytes: 1, more: 'x'.repeat(SLICE) }));
    let answered = 0;
    const inject = async () => {
      const answer = await app.inject({ method: 'POST', url: '/v1/mcp', headers, payload });
      answered += 1;
      return answer.statusCode;
    };
    expect(await inject()).toBe(200);
    const statuses = Array.from({ length: 30 }, inject);
    expect(await turnsUntil(() => answered === 31)).toBeGreaterThanOrEqual(30);
    expect(new Set(await Promise.all(statuses))).toEqual(new Set([200]));
  });

  it('of a client that leaves while its answer is written hold nothing', async () => {
    const running = await host();
    const gone = new Promise<boolean>((resolve) => {
      running.app.server.once('request', async ({ socket }, response) => {
        for (let turns = 0; turns < 3; turns += 1) await new Promise(setImmediate);
        socket.destroy();
        resolve(response.headersSent);
      });
    });
    await ask(running, '/v1/mcp', 'large', { bytes: 3_000_000 }).catch(() => undefined);
    expect(await gone).toBe(false);
    await eventually(async () => {
      expect((await held(running)).heldBytes).toBe(0);
      expect(running.servers[0]?.inFlight.size).toBe(0);
    });
    expect((await echo(`${running.url}/v1/mcp`)).text).toBe('alpha:x');
  });

  it('that are larger than a result may be are refused', async () => {
    const running = await host();
    const answer = await ask(running, '/v1/mcp', 'large', { bytes: 4_000_001 });
    expect(answer.error?.data?.reason).toBe('result-too-large');
  });
});

describe('a long text in an answer', () => {
  const around = (piece: string): string => `${'x'.repeat(SLICE - 10)}${piece.repeat(20)}`;
  const TEXTS: Record<string, string> = {
    'with quotes and backslashes at the cut': around('"\\'),
    'with control characters at the cut': around('\n\u0000\u001f\u007f'),
    'with characters of two and three bytes at the cut': around('é大\u2028'),
    'with characters of four bytes at the cut': around('😀'),
    'with those one unit further': `y${around('😀')}`,
    'with halves of such characters': around('\ud83d'),
    'with the other halves': around('\ude00'),
    'of characters of three bytes': '大'.repeat(SLICE + 1),
  };
  const PREFIXES = { v1: 'alpha', v2: 'gamma', program: 'alpha', thread: 'alpha' };
  const FORMS = { json: JSON_ONLY, stream: 'text/event-stream, application/json' };

  it.each(Object.keys(TEXTS))('%s arrives as it was', async (name) => {
    const running = await host();
    const text = TEXTS[name] as string;
    for (const [server, prefix] of Object.entries(PREFIXES)) {
      for (const accept of Object.values(FORMS)) {
        const answer = await ask(running, `/${server}/mcp`, 'echo', { text }, accept);
        const isSame = answer.text === `${prefix}:${text}`;
        expect({ server, accept, isSame }).toEqual({ server, accept, isSame: true });
      }
    }
  });
});
