// Programs with their own listener serve callers of both eras, whatever they are written in.

import { describe, expect, test } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { describeCsharp } from '../../../fixtures/programs.ts';
import { type Caller, legacyCaller, modernCaller } from './hosted.ts';
import { hostListener, LISTENERS, listenerOn, PORT, pidOf } from './listeners.ts';

const CALLERS = 8;
const ROUNDS = 100;
const INSTANCES = ['per-session', 'per-request', 'shared'] as const;

const NODE = ['SDK v1', 'SDK v2'] as const;
const CSHARP = ['C#', 'C#, stateless'] as const;

/** One half of the callers speaks the 2025 era, the other one 2026-07-28. */
function callerOf(target: string, index: number): Promise<Caller> {
  return index % 2 === 0 ? legacyCaller(target) : Promise.resolve(modernCaller(target));
}

async function crossing(target: string): Promise<object> {
  const outcomes = { right: 0, crossed: 0, lost: 0 };
  await Promise.all(
    Array.from({ length: CALLERS }, async (_, index) => {
      const caller = await callerOf(target, index);
      for (let round = 0; round < ROUNDS; round += 1) {
        const value = `${index}-${round}`;
        const params = { name: 'echo', arguments: { value, text: value } };
        const answer = await caller.send('tools/call', params, 1);
        if (answer.text === value && answer.id === 1) outcomes.right += 1;
        else if (answer.text === undefined) outcomes.lost += 1;
        else outcomes.crossed += 1;
      }
    }),
  );
  return outcomes;
}

function serves(kinds: readonly (keyof typeof LISTENERS)[]): void {
  describe.each(kinds)('%s', (kind) => {
    test.each(INSTANCES)(
      'answers callers of both eras with `instance: %s`, and crosses and loses nothing',
      { timeout: 120_000 },
      async (instance) => {
        const { target } = await hostListener(LISTENERS[kind], { instance });
        for (const index of [0, 1]) {
          const caller = await callerOf(target, index);
          const { result } = await caller.send('tools/list');
          expect(JSON.stringify(result)).toContain('"echo"');
        }
        expect(await crossing(target)).toEqual({ right: CALLERS * ROUNDS, crossed: 0, lost: 0 });
      },
    );
  });
}

describe('a program with its own listener', () => serves(NODE));
describeCsharp('a C# program with its own listener', () => serves(CSHARP));

describe('what a session keeps', () => {
  test.each([
    ['per-session', ['1', '2', '1', '2']],
    ['shared', ['1', '2', '3', '4']],
    ['per-request', ['1', '1', '1', '1']],
  ])('is shared as `instance: %s` says, in one program', async (instance, counts) => {
    const { target } = await hostListener(listenerOn('v1'), { instance });
    const one = await legacyCaller(target);
    const other = await legacyCaller(target);
    const seen: unknown[] = [];
    for (const caller of [one, one, other, other]) seen.push((await caller.call('count')).text);
    expect(seen).toEqual(counts);
    expect(await pidOf(one)).toBe(await pidOf(other));
  });
});

test('a program gets its port as PORT, in its arguments and in its environment', async () => {
  const { target } = await hostListener(listenerOn('v1', 'from-arguments', `--port=${PORT}`, 'x'), {
    env: { LISTEN_ON: `http://*:${PORT}` },
  });
  const caller = await legacyCaller(target);
  const { text: port } = await caller.call('variable', { value: 'PORT' });
  expect(Number(port)).toBeGreaterThan(0);
  expect((await caller.call('variable', { value: 'LISTEN_ON' })).text).toBe(`http://*:${port}`);
  expect((await caller.call('arguments')).text).toBe(JSON.stringify([`--port=${port}`, 'x']));
});

test('a program gets the headers of its entry, and none of a caller', async () => {
  const headers = { 'X-Key': 'a secret', 'x-origin': `127.0.0.1:${PORT}` };
  const { target } = await hostListener(listenerOn('v2'), { headers });
  const caller = modernCaller(target, {}, { 'x-own': 'of the caller' });
  const seen: Record<string, unknown> = {};
  for (const value of ['x-key', 'x-origin', 'x-own']) {
    seen[value] = (await caller.call('header', { value })).text;
  }
  const { text: port } = await caller.call('variable', { value: 'PORT' });
  expect(seen).toEqual({ 'x-key': 'a secret', 'x-origin': `127.0.0.1:${port}`, 'x-own': 'none' });
});

test('what it prints to either stream becomes lines of the log', async () => {
  const { target, logs } = await hostListener(
    listenerOn('v1'),
    {},
    { environment: { logLevel: 'debug' } },
  );
  await (await legacyCaller(target)).call('print', { value: 'something' });
  await eventually(() => {
    const printed = logs.filter(({ server, stream }) => server === 'mcp' && stream !== undefined);
    expect(printed.map(({ stream, msg }) => [stream, msg]).sort()).toEqual([
      ['stderr', 'err something'],
      ['stdout', 'out something'],
    ]);
  });
});
