// What a client accepts, from its `Accept` header (RFC 9110, 12.5.1): JSON, event streams, or both.

import { HostError } from '../exchange/refusals.ts';

/** What a client accepts: `json` forbids event streams, `stream` wants results as nothing else. */
export type AnswerForm = 'json' | 'stream' | 'either';

const SDK_CLIENTS_ACCEPT = 'application/json, text/event-stream';

/** The most specific first. */
const JSON_RANGES = ['application/json', 'application/*', '*/*'];
const STREAM_RANGES = ['text/event-stream', 'text/*', '*/*'];

/** A member of the list; a comma in a quoted parameter ends none. */
const MEMBER = /(?:[^,"]|"(?:\\.|[^"\\])*"?)+/g;
const ZERO_WEIGHT = /;\s*q\s*=\s*0(?:\.0*)?\s*(?:;|$)/i;

/**
 * Reads `Accept`; a missing or empty one accepts everything. @throws HostError `not-acceptable`.
 */
export function answerFormOf(accept = ''): AnswerForm {
  if (accept === SDK_CLIENTS_ACCEPT) return 'either';
  const ranges = readRanges(accept);
  if (ranges.size === 0) return 'either';
  const json = isAccepted(JSON_RANGES, ranges);
  const stream = isAccepted(STREAM_RANGES, ranges);
  if (json) return stream ? 'either' : 'json';
  if (stream) return 'stream';
  throw new HostError('not-acceptable');
}

/**
 * @returns each media range with whether the client wants it. `q=0` excludes; other weights change
 * nothing.
 */
function readRanges(accept: string): Map<string, boolean> {
  const ranges = new Map<string, boolean>();
  for (const member of accept.match(MEMBER) ?? []) {
    const range = member.split(';', 1)[0]?.trim().toLowerCase();
    // Of a range that comes twice, with other parameters, one that is wanted decides.
    if (range) ranges.set(range, ranges.get(range) === true || !ZERO_WEIGHT.test(member));
  }
  return ranges;
}

/** The most specific range that matches decides. */
function isAccepted(matching: readonly string[], ranges: ReadonlyMap<string, boolean>): boolean {
  const decisive = matching.find((range) => ranges.has(range));
  return decisive !== undefined && ranges.get(decisive) === true;
}
