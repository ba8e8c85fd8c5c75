// From the bytes of a body to one JSON value: bounded in nesting and elements before it is parsed,
// and parsed once.

import { isAscii, isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { parse, scan } from 'secure-json-parse';
import { type Holding, heldByBody } from '../exchange/byte-budget.ts';
import { HostError } from '../exchange/refusals.ts';

const FORBIDDEN_KEYS = { protoAction: 'error', constructorAction: 'error' } as const;
/** 2 to 3 MB of nesting block JSON.parse for about 400 ms. */
export interface BodyLimits {
  /** Members of lists and objects, and lists and objects themselves, all together. */
  readonly maxElements: number;
  /** Levels of lists and objects within each other. */
  readonly maxDepth: number;
}

/** Looking at one member of a value takes about as long as looking at so much of its text. */
const TEXT_BYTES_PER_ELEMENT = 1_000;
const BYTE_ORDER_MARK = '\ufeff';
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACE = 0x7d;
const CLOSE_BRACKET = 0x5d;

/**
 * RFC 8259 section 8.1: JSON between systems is UTF-8.
 * @throws HostError `unsupported-media-type` for another media type, charset or content encoding.
 */
export function checkContentHeaders(headers: IncomingHttpHeaders): void {
  const type = headers['content-type'] ?? '';
  const encoding = headers['content-encoding'] ?? 'identity';
  if (type === 'application/json' && encoding === 'identity') return;
  const [mediaType, ...parameters] = type.toLowerCase().split(';');
  const charset = parameters.find((parameter) => parameter.trim().startsWith('charset='));
  if (
    mediaType?.trim() !== 'application/json' ||
    (charset !== undefined && !/^charset="?utf-8"?$/.test(charset.trim())) ||
    encoding.toLowerCase() !== 'identity'
  ) {
    throw new HostError('unsupported-media-type');
  }
}

/**
 * Duplicate keys: the last one wins, and nothing inspects the text, so what is checked is what is
 * executed.
 * @param holding what the body holds of the budget; from now on, what its value will hold.
 * @throws HostError `invalid-json`, `too-complex`, `overloaded`, `forbidden-key`.
 */
export function parseBody(bytes: Buffer, limits: BodyLimits, holding?: Holding): unknown {
  const elements = refuseComplexity(bytes, limits);
  const isPlain = isAscii(bytes);
  const held = heldByBody(bytes.length, isPlain, elements);
  if (holding && !holding.resize(held)) throw new HostError('overloaded');
  if (!isPlain && !isUtf8(bytes)) throw new HostError('invalid-json');
  const text = bytes.toString(isPlain ? 'latin1' : 'utf8');
  // RFC 8259 section 8.1 forbids it; the parser would cut it off.
  if (text.startsWith(BYTE_ORDER_MARK)) throw new HostError('invalid-json');
  // A few members are looked at sooner than a long text.
  if (bytes.length > elements * TEXT_BYTES_PER_ELEMENT) return scanned(text);
  try {
    return parse(text, FORBIDDEN_KEYS);
  } catch {
    return scanned(text);
  }
}

/**
 * Looks at the members of the value, not at its text. Tells the refusals of `parse` apart, which are
 * both a `SyntaxError`; and does without it where a server has frozen `Error`, which it wants to
 * write to.
 */
function scanned(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HostError('invalid-json', { cause });
  }
  if (typeof value !== 'object' || value === null) return value;
  try {
    scan(value, FORBIDDEN_KEYS);
    return value;
  } catch (cause) {
    throw new HostError('forbidden-key', { cause });
  }
}

/** @returns the count of elements. */
function refuseComplexity(bytes: Buffer, { maxElements, maxDepth }: BodyLimits): number {
  let depth = 0;
  let elements = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = endOfString(bytes, at);
      if (at === -1) throw new HostError('invalid-json');
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
      elements += 1;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
    } else if (byte === COMMA) {
      elements += 1;
    }
    if (depth > maxDepth || elements > maxElements) throw new HostError('too-complex');
  }
  return elements;
}

/** @returns the index of the closing quote, or -1. */
function endOfString(bytes: Buffer, start: number): number {
  let end = bytes.indexOf(QUOTE, start + 1);
  while (end !== -1 && isEscaped(bytes, end)) end = bytes.indexOf(QUOTE, end + 1);
  return end;
}

function isEscaped(bytes: Buffer, at: number): boolean {
  let backslashes = 0;
  while (bytes[at - 1 - backslashes] === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}
