// Many callers with equal ids at once, asked through a worker loop that the first of them started:
// nobody gets another's question, and nobody's answer goes astray.

import { describe, expect, it } from 'vitest';
import { connectClient } from '../eras/clients.ts';
import {
  accept,
  again,
  answered,
  askingHost,
  begin,
  callLegacy,
  callOf,
  EVERYTHING,
  MODES,
  PARKED,
  reply,
  shakeHands,
} from './asking.ts';

const CALLERS = Array.from({ length: 10 }, (_, number) => `Caller ${number}?`);
const ROUNDS = 3;

/** What a caller does with what it is asked: it answers only its own question. */
const answerOf = (own: string, asked: unknown): object =>
  asked === own ? accept({ name: `of ${own}` }) : { action: 'cancel' };

const expected = CALLERS.map((own) => `${own} accept of ${own}`);

describe.each(MODES)('%s', (mode) => {
  it('asks each of 10 callers of 2026-07-28 its own question', async () => {
    const { url } = await askingHost();
    for (let round = 0; round < ROUNDS; round += 1) {
      const texts = await Promise.all(
        CALLERS.map(async (own) => {
          const asking = callOf(`${url}/${mode}/mcp`, 'worker', { question: own });
          const first = await begin(asking);
          expect(Object.values(first.questions)).toHaveLength(1);
          const retry = answered(first, ({ params }) => answerOf(own, params?.message));
          return (await again(asking, retry)).answer.text;
        }),
      );
      expect(texts).toEqual(expected);
    }
  });

  it.each(['v1', 'v2 auto'] as const)(
    'asks each of 10 clients (%s) its own question',
    async (kind) => {
      const { url } = await askingHost();
      const texts = await Promise.all(
        CALLERS.map(async (own) => {
          const { callTool } = await connectClient(kind, `${url}/${mode}/mcp`, {
            capabilities: EVERYTHING,
            answers: { 'elicitation/create': ({ message }) => answerOf(own, message) },
          });
          return (await callTool('worker', { question: own })).text;
        }),
      );
      expect(texts).toEqual(expected);
    },
  );
});

describe.each(PARKED)('%s', (mode) => {
  it('asks each of 10 callers of the 2025 era its own question, answered last to first', async () => {
    const { url } = await askingHost();
    const path = `${url}/${mode}/mcp`;
    const headers = await shakeHands(path);
    for (let round = 0; round < ROUNDS; round += 1) {
      const calls = await Promise.all(
        CALLERS.map(async (own) => {
          const stream = await callLegacy(path, 'worker', { question: own }, headers);
          return { own, stream, asked: await stream.next() };
        }),
      );
      expect(new Set(calls.map(({ asked }) => asked?.id)).size).toBe(CALLERS.length);
      for (const { own, asked } of calls.toReversed()) {
        const answer = answerOf(own, asked?.params?.message);
        expect((await reply(path, asked?.id, answer, headers)).status).toBe(202);
      }
      const results = await Promise.all(calls.map(({ stream }) => stream.rest()));
      const contents = results.map(([last]) => last?.result?.content as { text: string }[]);
      expect(contents.map(([block]) => block?.text)).toEqual(expected);
    }
  });
});
