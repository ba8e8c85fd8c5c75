// Programs with their own listener serve callers of both eras, whatever they are written in.

import { describe, expect, test } from 'vitest';
import { describeCsharp } from '../../../fixtures/programs.ts';
import { type Caller, legacyCaller, modernCaller } from './hosted.ts';
import { hostListener, LISTENERS, listenerOn, pidOf } from './listeners.ts';

const CALLERS = 8;
const ROUNDS = 100;
const INSTANCES = ['per-session', 'per-request', 'shared'] as const;

const NODE = ['SDK v1', 'SDK v2'] as const;
const CSHARP = ['C#', 'C#, stateless'] as const;

/** Calls that wait in both eras: callers are even and odd. */
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
        if (answer.text?.includes(value) && answer.id === 1) outcomes.right += 1;
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
