// Lines of programs: the pieces in which they arrive change nothing.

import {
  array,
  constant,
  integer,
  jsonValue,
  oneof,
  property,
  string,
  uint8Array,
} from 'fast-check';
import { expect, test } from 'vitest';
import { LineReader, messageIn } from '../../../../runtime/backends/command/framing.ts';
import { holds } from '../../../property.ts';

const LIMIT = 120;

/** Texts with characters of one to four bytes, messages, blank lines, marks and any bytes. */
const lines = array(
  oneof(
    string({ unit: 'binary', maxLength: 40 }).map((text) =>
      Buffer.from(text.replaceAll('\n', ' ')),
    ),
    jsonValue().map((params) =>
      Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'm', params: { params } })),
    ),
    uint8Array({ maxLength: 40 }).map((bytes) =>
      Buffer.from(bytes.map((byte) => (byte === 10 ? 32 : byte))),
    ),
    constant(Buffer.from('')),
    constant(Buffer.from(' \t')),
    constant(Buffer.from('\ufeff{"jsonrpc":"2.0","id":1,"result":{}}')),
    constant(Buffer.from('ü€😀'.repeat(5))),
  ),
  { maxLength: 12 },
);
const ends = oneof(constant('\n'), constant('\r\n'));
const sizes = array(integer({ min: 1, max: 17 }), { minLength: 1, maxLength: 10 });

function readIn(pieces: readonly Buffer[]): string[] {
  const seen: string[] = [];
  const reader = new LineReader(LIMIT, {
    line: (text) => seen.push(text),
    tooLong: () => seen.push('too long'),
  });
  for (const piece of pieces) reader.push(piece);
  return seen;
}

function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = lengths[turn % lengths.length] as number;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** What a reader that has all bytes at once would say. */
function expectedLines(written: readonly Buffer[], end: string): string[] {
  const seen: string[] = [];
  for (const line of written) {
    const whole = Buffer.concat([line, Buffer.from(end.slice(0, -1))]);
    if (whole.length > LIMIT) return [...seen, 'too long'];
    const bare = whole.at(-1) === 13 ? whole.subarray(0, -1) : whole;
    const text = bare.toString('utf8').replace(/^\ufeff/, '');
    if (text.trim() !== '') seen.push(text);
  }
  return seen;
}

test('lines are whole, in order, and the same in all pieces', () =>
  holds(
    property(lines, ends, sizes, (written, end, lengths) => {
      const bytes = Buffer.concat(written.flatMap((line) => [line, Buffer.from(end)]));
      const whole = readIn([bytes]);
      expect(whole).toEqual(expectedLines(written, end));
      expect(readIn(cut(bytes, lengths))).toEqual(whole);
      expect(readIn(cut(bytes, [1]))).toEqual(whole);
    }),
  ));

test('a line without an end is no line, and one over the limit is told once', () =>
  holds(
    property(integer({ min: 1, max: 3 * LIMIT }), sizes, (length, lengths) => {
      const bytes = Buffer.alloc(length, 'x');
      expect(readIn(cut(bytes, lengths))).toEqual(length > LIMIT ? ['too long'] : []);
    }),
  ));

test('only one JSON-RPC object of version 2.0 is a message', () =>
  holds(
    property(
      oneof(
        string(),
        jsonValue().map((value) => JSON.stringify(value)),
      ),
      (line) => {
        const message = messageIn(line);
        if (message === undefined) return;
        expect(message.jsonrpc).toBe('2.0');
        expect(message).toEqual(JSON.parse(line));
      },
    ),
  ));
