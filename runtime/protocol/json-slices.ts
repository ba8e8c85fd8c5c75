// The JSON of an answer with much text, a slice at a time: JSON.stringify takes 50 ms for 10 MB, and
// no other request has a turn meanwhile.

import { randomUUID } from 'node:crypto';
import type { RequestId, Result } from '../exchange/exchange.ts';

/** UTF-16 units of strings that are written in one turn. With more an answer is long. */
const SLICE_LENGTH = 262_144;
/** Shorter strings are not counted: there may be {@link MAX_MEMBERS} of them. */
const COUNTED_LENGTH = 256;
/** With more members an answer is written at once: it is the members that take the time. */
const MAX_MEMBERS = 10_000;
/** Stands for a long string; no server can know it. */
const MARK = randomUUID();
/** What JSON escapes, or UTF-8 writes in more than one byte. */
const NOT_PLAIN = /[^ !#-[\]-~]/;

/** @returns the length of its strings, UTF-16 units; 0 where they are written in one turn. */
export function lengthOfLong(answer: Result): number {
  const length = answer.text?.length ?? lengthOfStrings(answer);
  return length > SLICE_LENGTH ? length : 0;
}

function lengthOfStrings({ result }: Result): number {
  const left = { members: MAX_MEMBERS };
  try {
    const length = countedIn(result, left);
    return left.members < 0 ? 0 : length;
  } catch {
    // A getter of the server throws: so it will when the answer is written.
    return 0;
  }
}

/**
 * The message of the answer, in pieces. All but the strings that count is written before it returns:
 * a server may change its object later, and a string stays as it is.
 * @throws what JSON.stringify throws.
 */
export function jsonSlices(id: RequestId, answer: Result): Iterator<Buffer> {
  const { result, text } = answer;
  if (text !== undefined) return slicesOfText(id, text);
  const strings: string[] = [];
  const between = JSON.stringify({ jsonrpc: '2.0', id, result }, (_name, value) => {
    if (!isCounted(value)) return value;
    strings.push(value);
    return MARK;
  }).split(MARK);
  return slicesBetween(between, strings);
}

function* slicesOfText(id: RequestId, text: string): Generator<Buffer> {
  yield Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`);
  for (const slice of slicesOf(text)) yield Buffer.from(slice);
  yield Buffer.from('}');
}

/** As many strings in each piece as are written in one turn. */
function* slicesBetween(between: readonly string[], strings: readonly string[]): Generator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  for (const [index, text] of between.entries()) {
    parts.push(Buffer.from(text));
    for (const slice of slicesOf(strings[index] ?? '')) {
      if (length > 0 && length + slice.length > SLICE_LENGTH) {
        yield Buffer.concat(parts);
        parts = [];
        length = 0;
      }
      parts.push(escaped(slice));
      length += slice.length;
    }
  }
  yield Buffer.concat(parts);
}

function isCounted(value: unknown): value is string {
  return typeof value === 'string' && value.length > COUNTED_LENGTH;
}

function countedIn(value: unknown, left: { members: number }): number {
  if (typeof value === 'string') return isCounted(value) ? value.length : 0;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return 0;
  let length = 0;
  if (Array.isArray(value)) {
    left.members -= value.length;
    if (left.members < 0) return 0;
    for (const member of value) length += countedIn(member, left);
    return length;
  }
  for (const name in value) {
    left.members -= 1;
    if (left.members < 0) return 0;
    length += countedIn((value as Record<string, unknown>)[name], left);
  }
  return length;
}

function* slicesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    let end = at + SLICE_LENGTH;
    // It may be the first half of one character; what stands before it is not.
    if (isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    yield text.slice(at, end);
    at = end;
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function escaped(slice: string): Buffer {
  if (!NOT_PLAIN.test(slice)) return Buffer.from(slice, 'latin1');
  return Buffer.from(JSON.stringify(slice).slice(1, -1));
}
