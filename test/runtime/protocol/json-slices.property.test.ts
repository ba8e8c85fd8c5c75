// What is written a slice at a time is byte for byte what JSON.stringify writes.

import {
  array,
  constant,
  constantFrom,
  dictionary,
  integer,
  letrec,
  oneof,
  property,
  string,
  tuple,
} from 'fast-check';
import { expect, test } from 'vitest';
import { jsonSlices } from '../../../runtime/protocol/json-slices.ts';
import { holds } from '../../property.ts';

const SLICE = 262_144;

/** Halves of characters, escapes, and characters of one to four bytes. */
const piece = array(
  constantFrom('\ud83d', '\ude00', '😀', '"', '\\', '\n', '\0', 'é', '大', 'a', '\u2028', '\x7f'),
  { minLength: 1, maxLength: 6 },
).map((units) => units.join(''));
/** They stand where a slice ends. */
const longText = tuple(integer({ min: 0, max: 8 }), piece).map(
  ([before, units]) => 'x'.repeat(SLICE - before) + units.repeat(10),
);
const name = oneof(string(), constantFrom('__proto__', 'toJSON', 'constructor', 'id', 'result'));
const { value } = letrec((tie) => ({
  value: oneof(
    { maxDepth: 4 },
    longText,
    constantFrom(null, undefined, -0, 1e21, Number.NaN, true, new Date(0), Symbol('x')),
    string({ unit: 'binary' }),
    constant({ toJSON: () => 'y'.repeat(SLICE + 1) }),
    array(tie('value'), { maxLength: 4 }),
    dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
}));

function sliced(result: object, text?: string): string {
  const pieces: Buffer[] = [];
  const slices = jsonSlices(7, text === undefined ? { result } : { result, text });
  for (let next = slices.next(); !next.done; next = slices.next()) pieces.push(next.value);
  return Buffer.concat(pieces).toString();
}

const isWritten = (result: object): boolean => {
  const whole = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 7, result })).toString();
  const text = JSON.stringify(result);
  // No diff: it would be as long as the text.
  return sliced(result) === whole && sliced(result, text) === whole;
};

test('any result is written as JSON.stringify writes it', async () => {
  await holds(
    property(value, (member) => isWritten({ member })),
    100,
  );
});

test.each([
  ['half a character before a whole one', `${'x'.repeat(SLICE - 1)}\ud83d\ud83d\ude00`],
  ['two halves before a whole one', `${'x'.repeat(SLICE - 2)}\ud83d\ud83d\ud83d\ude00`],
  ['half a character at the very end', `${'x'.repeat(SLICE - 1)}\ud83d`],
])('%s at the end of a slice is written so, too', (_name, text) => {
  expect(isWritten({ text })).toBe(true);
});
