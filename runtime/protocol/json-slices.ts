// The JSON of an answer with long strings, a slice at a time: JSON.stringify takes 50 ms for 10 MB,
// and no other request has a turn meanwhile.

import { randomUUID } from 'node:crypto';
import type { RequestId, Result } from '../exchange/exchange.ts';

/** UTF-16 units that are written at once. A longer string is long. */
const SLICE_LENGTH = 262_144;
/** With more members an answer is written at once: it is the members that take the time. */
const MAX_MEMBERS = 1_000;
/** Stands for a long string; no server can know it. */
const MARK = randomUUID();
/** What JSON escapes, or UTF-8 writes in more than one byte. */
const NOT_PLAIN = /[^ !#-[\]-~]/;

/** @returns the length of its long strings, UTF-16 units; 0 where it has none. */
export function lengthOfLongStrings(answer: Result): number {
  if (answer.text !== undefined) return isLong(answer.text) ? answer.text.length : 0;
  const left = { members: MAX_MEMBERS };
  try {
    const length = longIn(answer.result, left);
    return left.members < 0 ? 0 : length;
  } catch {
    // A getter of the server throws: so it will when the answer is written.
    return 0;
  }
}

/**
 * The message of the answer, in pieces. All but the long strings is written before it returns: a
 * server may change its object later, and a string stays as it is.
 * @throws what JSON.stringify throws.
 */
export function jsonSlices(id: RequestId, answer: Result): Iterator<Buffer> {
  const { result, text } = answer;
  if (text !== undefined) return slicesOfText(id, text);
  const long: string[] = [];
  const short = JSON.stringify({ jsonrpc: '2.0', id, result }, (_name, value) => {
    if (!isLong(value)) return value;
    long.push(value);
    return MARK;
  }).split(MARK);
  return slicesBetween(short, long);
}

function* slicesOfText(id: RequestId, text: string): Generator<Buffer> {
  yield Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`);
  for (const slice of slicesOf(text)) yield Buffer.from(slice);
  yield Buffer.from('}');
}

function* slicesBetween(short: readonly string[], long: readonly string[]): Generator<Buffer> {
  for (const [index, text] of short.entries()) {
    yield Buffer.from(text);
    for (const slice of slicesOf(long[index] ?? '')) yield escaped(slice);
  }
}

function isLong(value: unknown): value is string {
  return typeof value === 'string' && value.length > SLICE_LENGTH;
}

function longIn(value: unknown, left: { members: number }): number {
  if (typeof value === 'string') return isLong(value) ? value.length : 0;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return 0;
  let length = 0;
  if (Array.isArray(value)) {
    left.members -= value.length;
    if (left.members < 0) return 0;
    for (const member of value) length += longIn(member, left);
    return length;
  }
  for (const name in value) {
    left.members -= 1;
    if (left.members < 0) return 0;
    length += longIn((value as Record<string, unknown>)[name], left);
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
