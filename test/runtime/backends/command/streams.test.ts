// What a program prints and reads: messages arrive whole, noise is skipped, limits hold, and no
// stream that is full or closed hangs a caller.

import { expect, test } from 'vitest';
import { HostError } from '../../../../runtime/exchange/refusals.ts';
import { eventually } from '../../../eventually.ts';
import { startFault } from './programs.ts';

const WORDS = 'Grüße, 世界 👋 \u2028 and \u2029 and \u0085';

test('messages pass in both directions', async () => {
  const { ask, ends } = await startFault('echo');
  expect(await ask('say', { words: WORDS })).toMatchObject({
    result: { method: 'say', params: { words: WORDS } },
  });
  expect(ends).toEqual([]);
});

test.each(['bytes', 'ends'])('answers arrive whole: %s', async (mode) => {
  const { ask, logged } = await startFault(mode);
  const answer = await ask('say', { words: WORDS });
  expect(answer.result).toEqual({ method: 'say', params: { words: WORDS } });
  expect(logged).toEqual([]);
});

test('noise before and between messages is skipped and logged, blank lines are not noise', async () => {
  const { ask, logged, ends, messages } = await startFault('noise');
  await ask('one');
  await ask('two');
  expect(messages).toHaveLength(2);
  expect(ends).toEqual([]);
  const lines = logged.map(({ line }) => line);
  const between = ['{"level":30,"msg":"a log line"}', '[]', 'null', '{"half":'];
  // Ten a minute.
  expect(lines).toEqual([
    'starting 0 …',
    'starting 1 …',
    'starting 2 …',
    ...between,
    ...between.slice(0, 3),
  ]);
  expect(logged.at(-1)).toMatchObject({ level: 'warn', stream: 'stdout', skipped: 10 });
});

test.each([
  '{"jsonrpc":"2.0","method":5}',
  '{"jsonrpc":"2.0","method":{},"id":1}',
  '{"jsonrpc":"2.0","method":null,"id":1}',
  '{"jsonrpc":"2.0","method":"notifications/message","params":"a text"}',
  '{"jsonrpc":"2.0","method":"notifications/message","params":[1]}',
])('%s is noise: no client could read it', async (line) => {
  const { ask, messages, logged } = await startFault('says', [line]);
  await ask('one');
  expect(messages).toHaveLength(1);
  expect(logged).toMatchObject([{ line }]);
});

test('99 lines of noise before the first message are skipped, 100 are the end of it', async () => {
  // Four more come right before its first answer.
  const patient = await startFault('noise', ['95']);
  expect(await patient.ask('one')).toMatchObject({ result: { method: 'one' } });
  expect(patient.logged).toHaveLength(10);
  const { child, ends } = await startFault('noise', ['100']);
  await expect(child.gone).resolves.toMatchObject({ cause: 'not-mcp' });
  expect(ends).toHaveLength(1);
  expect(ends[0]).toMatchObject({ code: null, signal: null, cause: 'not-mcp' });
});

test('a line of 50 MB arrives whole where it is allowed', async () => {
  const size = 50 * 1_048_576;
  const { ask } = await startFault('long', [String(size)], { maxLineBytes: size + 1_024 });
  const { result } = await ask('long');
  expect((result as { text: string }).text.length).toBe(size);
});

test.each([
  ['a line of 50 MB', 'long', String(50 * 1_048_576)],
  ['a line that does not end', 'endless', ''],
])(
  '%s that is over the limit ends the program, and nothing of it is read',
  async (_, mode, arg) => {
    const { child, messages, ends } = await startFault(mode, [arg]);
    child.send({ jsonrpc: '2.0', id: 1, method: 'long' });
    await expect(child.gone).resolves.toMatchObject({ cause: 'line-too-long' });
    expect(ends).toHaveLength(1);
    expect(messages).toEqual([]);
  },
);

test('a line of exactly the limit passes', async () => {
  const { ask } = await startFault('long', ['1000'], {
    maxLineBytes: JSON.stringify({ jsonrpc: '2.0', id: 1, result: { text: '' } }).length + 1_000,
  });
  expect(await ask('long')).toMatchObject({ id: 1 });
});

test('a program that fills standard error is drained: lines within limits, the end as a reason', async () => {
  // 512 MiB; 1 GiB differs in its time only.
  const { ask, child, logged } = await startFault('standard-error', ['512']);
  expect(await ask('call')).toMatchObject({ result: { method: 'call' } });
  await child.end();
  const lines = logged.filter(({ stream }) => stream === 'stderr');
  expect(lines.every(({ level }) => level === 'debug')).toBe(true);
  expect(lines[0]?.message).toBe('é'.repeat(500));
  const dropped = lines.reduce((sum, each) => sum + Number(each.dropped ?? 0), 0);
  const shown = lines.filter((each) => each.dropped === undefined).length;
  expect(shown + dropped).toBe(512 * 1_048 + 1);
  const { stderr } = await child.gone;
  expect(stderr).toMatch(/^é+\né+\né+\nthe last words$|^é*\n[é\n]*the last words$/);
  expect(Buffer.byteLength(stderr)).toBeLessThanOrEqual(2_048);
});

test('a program that reads nothing: 8 MiB wait for it, more is refused', async () => {
  const { child, told, ends } = await startFault('deaf');
  await told('deaf');
  const message = { jsonrpc: '2.0', id: 1, method: 'x', params: { text: 'x'.repeat(1_048_576) } };
  const send = () => child.send(message);
  for (let index = 0; index < 8; index += 1) send();
  // The pipe itself holds some.
  const refused = await eventually(() => {
    try {
      send();
    } catch (error) {
      return error as HostError;
    }
    throw new Error('not refused yet');
  });
  expect(refused).toBeInstanceOf(HostError);
  expect(refused).toMatchObject({ reason: 'overloaded', status: 503 });
  expect(ends).toEqual([]);
});

test.each([
  ['output', 'closes-output'],
  ['input', 'closes-input'],
])('a program that closes its %s but lives is ended', async (_, mode) => {
  const { child, told, ends } = await startFault(mode);
  if (mode === 'closes-input') {
    await told('closed');
    child.send({ jsonrpc: '2.0', id: 1, method: 'unheard' });
  }
  await expect(child.gone).resolves.toMatchObject({ cause: 'closed-output' });
  expect(ends).toHaveLength(1);
  expect(ends[0]).toMatchObject({ code: null, signal: null, cause: 'closed-output' });
});
