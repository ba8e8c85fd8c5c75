// A handler that no longer waits for an answer takes its question back. Expected to fail until an exchange can be told
// of it (`Exchange.ask` has no way to withdraw a question).

import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  ADA,
  accept,
  again,
  answered,
  askingHost,
  begin,
  callLegacy,
  callOf,
  PARKED,
  shakeHands,
} from './asking.ts';
import { strings } from './strings.ts';

describe.each(PARKED)('a question that is taken back (%s)', (mode) => {
  it.fails('is taken back from the client of the 2025 era, by the id that it knows', async () => {
    const path = `${(await askingHost()).url}/${mode}/mcp`;
    const stream = await callLegacy(path, 'gives-up', {}, await shakeHands(path));
    const question = await stream.next();
    expect(await stream.next()).toMatchObject({
      method: 'notifications/cancelled',
      params: { requestId: question?.id },
    });
  });

  it.fails('lets the time limit of its call run again', async () => {
    const path = `${(await askingHost('timeoutMs: 100')).url}/${mode}/mcp`;
    const stream = await callLegacy(path, 'gives-up-and-hangs', {}, await shakeHands(path));
    await stream.next();
    const last = await Promise.race([stream.rest(), setTimeout(1_000)]);
    stream.leave();
    expect(last?.at(-1)?.error).toMatchObject({ data: { reason: 'deadline' } });
  });

  it.fails('is not asked again in 2026-07-28', async () => {
    const path = `${(await askingHost()).url}/${mode}/mcp`;
    const ended = once(strings, 'ended');
    const asking = callOf(path, 'asks-differently');
    const first = await begin(asking);
    await ended;
    const second = await again(
      asking,
      answered(first, () => undefined),
    );
    const messages = Object.values(second.questions).map(({ params }) => params?.message);
    expect(messages).toEqual(['At least your town?']);
  });

  it('does no harm to the next one when it is answered after all', async () => {
    const path = `${(await askingHost()).url}/${mode}/mcp`;
    const ended = once(strings, 'ended');
    const asking = callOf(path, 'asks-differently');
    const first = await begin(asking);
    await ended;
    const second = await again(
      asking,
      answered(first, () => ADA),
    );
    const last = await again(
      asking,
      answered(second, () => accept({ town: 'Oslo' })),
    );
    expect(last.answer.text).toBe('accept Oslo');
  });
});
