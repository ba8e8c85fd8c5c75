// 2026-07-28: which answers a question takes, which it asks for again, and how often a handler runs
// for them.

import { describe, expect, it } from 'vitest';
import {
  ADA,
  accept,
  again,
  answered,
  askingHost,
  begin,
  callOf,
  MODES,
  PARKED,
  REPLAYED,
} from './asking.ts';

const url = async (mode: string, settings?: string): Promise<string> =>
  `${(await askingHost(settings)).url}/${mode}/mcp`;

const BOB = accept({ name: 'Bob' });

/** Answers to the form that do not fit it. */
const UNFIT: [string, unknown][] = [
  ['a name of another type', accept({ name: 7 })],
  ['a name that is too short', accept({ name: '' })],
  ['no name', accept({})],
  ['no content', { action: 'accept' }],
  ['content that is no object', { action: 'accept', content: 'Ada' }],
  ['an unknown action', { action: 'maybe', content: { name: 'Ada' } }],
  ['no action', { content: { name: 'Ada' } }],
  ['nothing', null],
  ['a list', [ADA]],
  ['a text', 'Ada'],
  ['metadata that is no object', { ...ADA, _meta: 7 }],
];

describe.each(MODES)('%s', (mode) => {
  it.each(UNFIT)('asks again for %s, and then takes a good answer', async (_title, unfit) => {
    const asking = callOf(await url(mode), 'form');
    const first = await begin(asking);
    const second = await again(
      asking,
      answered(first, () => unfit as object),
    );
    expect(second.questions).toEqual(first.questions);
    expect(second.state).not.toBe(first.state);
    const last = await again(
      asking,
      answered(second, () => ADA),
    );
    expect(last.answer.text).toBe('accept Ada');
  });

  it('asks again for every answer that is missing, and only for those', async () => {
    const asking = callOf(await url(mode), 'three');
    const first = await begin(asking);
    const byMethod = Object.values(first.questions).map(({ method }) => method);
    expect(byMethod.toSorted()).toEqual([
      'elicitation/create',
      'roots/list',
      'sampling/createMessage',
    ]);
    const second = await again(asking, { requestState: first.state });
    expect(second.questions).toEqual(first.questions);
    const form = (method: string): object | undefined =>
      method === 'elicitation/create' ? ADA : undefined;
    const third = await again(
      asking,
      answered(second, ({ method }) => form(method)),
    );
    expect(
      Object.values(third.questions)
        .map(({ method }) => method)
        .toSorted(),
    ).toEqual(['roots/list', 'sampling/createMessage']);
    const last = await again(
      asking,
      answered(third, ({ method }) =>
        method === 'roots/list'
          ? { roots: [] }
          : { role: 'assistant', model: 'm', content: { type: 'text', text: 'Hello' } },
      ),
    );
    expect(last.answer.text).toBe('accept Ada, Hello, 0 roots');
  });

  it('ignores answers to questions that were never asked', async () => {
    const asking = callOf(await url(mode), 'form');
    const retry = answered(await begin(asking), () => ADA);
    const inputResponses = { extra: BOB, constructor: BOB, ...retry.inputResponses };
    expect((await again(asking, { ...retry, inputResponses })).answer.text).toBe('accept Ada');
  });

  it.each([null, 'x', [], 7])('asks again when inputResponses is %o', async (inputResponses) => {
    const asking = callOf(await url(mode), 'form');
    const first = await begin(asking);
    const second = await again(asking, { requestState: first.state, inputResponses });
    expect(second.questions).toEqual(first.questions);
  });

  it('keeps an answer to its own question when all are answered at once', async () => {
    const path = await url(mode);
    const texts = await Promise.all(
      Array.from({ length: 10 }, async (_, number) => {
        const asking = callOf(path, 'echo-question', { question: `Number ${number}?` });
        const first = await begin(asking);
        const retry = answered(first, ({ params }) => accept({ name: `to ${params?.message}` }));
        return (await again(asking, retry)).answer.text;
      }),
    );
    expect(texts).toEqual(
      Array.from({ length: 10 }, (_, number) => `Number ${number}? accept to Number ${number}?`),
    );
  });

  it('asks the same question again as often as the handler does', async () => {
    const asking = callOf(await url(mode), 'guess', { secret: 3 });
    let round = await begin(asking);
    for (const number of [1, 2, 3]) {
      expect(Object.values(round.questions)).toHaveLength(1);
      round = await again(
        asking,
        answered(round, () => accept({ number })),
      );
    }
    expect(round.answer.text).toBe('right after 3');
  });

  it('takes an answer in advance to a question that its author named', async () => {
    const asking = callOf(await url(mode), 'named');
    const round = await again(asking, { inputResponses: { user_name: ADA } });
    expect(round.answer.text).toBe('accept Ada');
  });

  it('asks for a named answer in advance that does not fit', async () => {
    const asking = callOf(await url(mode), 'named');
    const round = await again(asking, { inputResponses: { user_name: accept({ name: 7 }) } });
    expect(Object.keys(round.questions)).toEqual(['user_name']);
    expect(
      (
        await again(
          asking,
          answered(round, () => ADA),
        )
      ).answer.text,
    ).toBe('accept Ada');
  });

  it('takes an answer in advance once, however often the named question is asked', async () => {
    const asking = callOf(await url(mode), 'named-guess', { secret: 3 });
    const first = await again(asking, { inputResponses: { guess: accept({ number: 1 }) } });
    expect(Object.keys(first.questions)).toEqual(['guess']);
    const last = await again(
      asking,
      answered(first, () => accept({ number: 3 })),
    );
    expect(last.answer.text).toBe('right after 2');
  });

  it('takes no answer in advance to a question without a name', async () => {
    const asking = callOf(await url(mode), 'form');
    const first = await begin(asking);
    const inputResponses = Object.fromEntries(
      Object.keys(first.questions).map((key) => [key, ADA]),
    );
    const second = await again(asking, { inputResponses });
    expect(second.questions).toEqual(first.questions);
  });

  it('takes a plain question only where it can tell whose it is', async () => {
    const { answer } = await begin(callOf(await url(mode), 'unrelated'));
    if (mode.startsWith('per-request')) {
      expect(answer.result).toMatchObject({ resultType: 'input_required' });
    } else {
      expect(answer.result).toMatchObject({ resultType: 'complete', isError: true });
      expect(answer.text).toMatch(/relatedRequestId.*per-request/);
    }
  });

  it('gives no question that waits a time to be kept', async () => {
    const path = await url(mode, 'ttlMs: 5000, cacheScope: public');
    const { answer } = await begin([path, 'resources/read', { uri: 'test://form' }]);
    expect(answer.result).toMatchObject({ resultType: 'input_required' });
    expect(answer.result).not.toHaveProperty('ttlMs');
    expect(answer.result).not.toHaveProperty('cacheScope');
  });
});

describe('the rounds of a handler', () => {
  it.each(PARKED)('run it once (%s)', async (mode) => expect(await runsOf(mode)).toBe(1));
  it.each(REPLAYED)('run it once per round (%s)', async (mode) =>
    expect(await runsOf(mode)).toBe(3),
  );

  it.each(REPLAYED)('end after ten where the question changes each time (%s)', async (mode) => {
    const asking = callOf(await url(mode), 'never-the-same');
    let round = await begin(asking);
    let rounds = 0;
    for (; round.state !== undefined; rounds += 1) {
      round = await again(
        asking,
        answered(round, () => ADA),
      );
    }
    expect(rounds).toBe(10);
    expect(round.answer.result).toMatchObject({ isError: true });
    expect(round.answer.text).toContain('more than 10 rounds');
  });
});

/** How often a handler ran whose first answer did not fit. */
async function runsOf(mode: string): Promise<number | undefined> {
  const id = crypto.randomUUID();
  const asking = callOf(await url(mode), 'counted', { id });
  const first = await begin(asking);
  const second = await again(
    asking,
    answered(first, () => accept({})),
  );
  const last = await again(
    asking,
    answered(second, () => ADA),
  );
  expect(last.answer.text).toBe('accept Ada');
  const file = new URL('../../../fixtures/servers/questions-conversations.mjs', import.meta.url)
    .href;
  const { runs } = (await import(file)) as { runs: Map<string, number> };
  return runs.get(id);
}
