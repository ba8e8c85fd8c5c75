// What the reader of an HTTP body is told, also of a body that arrived before the reader.

import { expect, it } from 'vitest';
import { Reply } from '../../../../runtime/backends/http/reply.ts';

it.each([
  ['early', true],
  ['late', false],
])('a reader that gives up a body that comes %s is told so once, at the end', (_, isEarly) => {
  const reply: Reply = new Reply(200, {}, (error) => reply.over(error));
  const told: string[] = [];
  const read = (): void =>
    reply.read({
      chunk(chunk) {
        told.push(chunk.toString());
        reply.giveUp();
      },
      end: () => told.push('end'),
      cut: () => told.push('cut'),
    });
  if (!isEarly) read();
  reply.arrived(Buffer.from('a'));
  if (isEarly) {
    reply.arrived(Buffer.from('b'));
    read();
  }
  expect(told).toEqual(isEarly ? ['a', 'b', 'cut'] : ['a', 'cut']);
});
