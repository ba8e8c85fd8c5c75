// A handler that no longer waits for an answer takes its question back, in either era.

import { once } from 'node:events';
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
  reply,
  shakeHands,
  stopTime,
} from './asking.ts';
import { strings } from './strings.ts';

describe.each(PARKED)('a question that is taken back (%s)', (mode) => {
  it('is taken back from the client of the 2025 era, by the id that it knows', async () => {
    const path = `${(await askingHost()).url}/${mode}/mcp`;
    const stream = await callLegacy(path, 'gives-up', {}, await shakeHands(path));
    const question = await stream.next();
    expect(await stream.next()).toMatchObject({
      method: 'notifications/cancelled',
      params: { requestId: question?.id },
    });
  });

  it('lets the time limit of its call run again', async () => {
    const pass = stopTime();
    const path = `${(await askingHost('timeoutMs: 100')).url}/${mode}/mcp`;
    const headers = await shakeHands(path);
    const stream = await callLegacy(path, 'gives-up-and-hangs', {}, headers);
    await stream.next();
    await pass(30);
    expect((await stream.next())?.method).toBe('notifications/cancelled');
    await pass(100);
    expect((await stream.next())?.error).toMatchObject({ data: { reason: 'deadline' } });
  });

  it('is not asked again in 2026-07-28', async () => {
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

  it('takes no answer any more, and leaves its call the next one (2025 era)', async () => {
    const path = `${(await askingHost()).url}/${mode}/mcp`;
    const headers = await shakeHands(path);
    for (const name of ['asks-differently', 'aborts']) {
      const stream = await callLegacy(path, name, {}, headers);
      const first = await stream.next();
      expect((await stream.next())?.method).toBe('notifications/cancelled');
      const second = await stream.next();
      expect((await reply(path, first?.id, ADA, headers)).status).toBe(400);
      expect((await reply(path, second?.id, accept({ town: 'Oslo' }), headers)).status).toBe(202);
      expect((await stream.rest())[0]?.result?.content).toMatchObject([{ text: 'accept Oslo' }]);
    }
  });

  it('is not asked at all when it is taken back at once (2026-07-28)', async () => {
    const path = `${(await askingHost()).url}/${mode}/mcp`;
    const { questions } = await begin(callOf(path, 'aborts'));
    expect(Object.values(questions)).toMatchObject([
      { params: { message: 'At least your town?' } },
    ]);
  });

  it('may be asked again', async () => {
    const path = `${(await askingHost()).url}/${mode}/mcp`;
    const headers = await shakeHands(path);
    const pass = stopTime();
    const stream = await callLegacy(path, 'asks-again', {}, headers);
    const first = await stream.next();
    await pass(30);
    const messages = [first, await stream.next(), await stream.next()];
    await reply(path, messages[2]?.id, ADA, headers);
    expect((await stream.rest())[0]?.result?.content).toMatchObject([{ text: 'accept Ada' }]);
    const asking = callOf(path, 'asks-again');
    const retry = answered(await begin(asking), () => ADA);
    await pass(30);
    expect((await again(asking, retry)).answer.text).toBe('accept Ada');
  });

  it('is still asked for another part of the handler that waits for the same', async () => {
    const path = `${(await askingHost()).url}/${mode}/mcp`;
    const pass = stopTime();
    const asking = callOf(path, 'one-of-two');
    const first = await begin(asking);
    await pass(30);
    const second = await again(asking, { requestState: first.state });
    expect(Object.keys(second.questions)).toHaveLength(1);
    const retry = answered(second, () => ADA);
    expect((await again(asking, retry)).answer.text).toBe('rejected accept Ada');
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
