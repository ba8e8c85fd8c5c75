// What arrives in single bytes costs about its size, not hundreds of times as much.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { LineReader } from '../../../runtime/backends/command/framing.ts';
import { readMessages } from '../../../runtime/backends/http/message-reader.ts';
import { Reply } from '../../../runtime/backends/http/reply.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const SIZE = 3_000_000;
/** Held one by one they take more than 300 MiB. */
const MAX_GROWTH = 100 * 1_048_576;

const wordOf = (text: string) => JSON.stringify({ jsonrpc: '2.0', id: 1, result: { text } });

/** @returns how much the heap grew, bytes. */
async function growthOf(work: () => void | Promise<void>): Promise<number> {
  // What other tests left would hide the growth when it is collected.
  collect();
  const before = process.memoryUsage().heapUsed;
  await work();
  return process.memoryUsage().heapUsed - before;
}

test('a line of a program in single bytes', async () => {
  const lines: string[] = [];
  const reader = new LineReader(2 * SIZE, {
    line: (text) => lines.push(text),
    tooLong: () => lines.push('too long'),
  });
  const text = wordOf('x'.repeat(SIZE));
  const bytes = Buffer.from(text);
  const growth = await growthOf(() => {
    for (let at = 0; at < bytes.length; at += 1) reader.push(Buffer.from([bytes[at] as number]));
  });
  reader.push(Buffer.from('\n'));
  expect(lines).toEqual([text]);
  expect(growth).toBeLessThan(MAX_GROWTH);
});

test('a body of a server at a URL in single bytes', async () => {
  const messages: object[] = [];
  const reply = new Reply(200, { 'content-type': 'application/json' }, () => {});
  const reading = readMessages(reply, {
    maxBytes: 2 * SIZE,
    onMessage: (message) => messages.push(message) > 0,
  });
  const bytes = Buffer.from(wordOf('x'.repeat(SIZE)));
  const growth = await growthOf(() => {
    for (let at = 0; at < bytes.length; at += 1) {
      reply.arrived(Buffer.from([bytes[at] as number]));
    }
  });
  reply.over();
  await reading;
  expect(messages).toEqual([JSON.parse(bytes.toString())]);
  expect(growth).toBeLessThan(MAX_GROWTH);
});
