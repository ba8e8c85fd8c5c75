// Seals: what was sealed opens for its purpose only, and nothing else opens.

import { integer, jsonValue, property, string, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { createSealer } from '../../../runtime/protocol/seal.ts';
import {
  clientOfSession,
  SESSION_HEADER,
  sessionHeaders,
  sessionKey,
} from '../../../runtime/protocol/session.ts';
import { holds } from '../../property.ts';

const sealer = createSealer('one secret of 32 characters at least');
const other = createSealer('another secret of 32 characters or so');
const purposes = string({ unit: 'grapheme' });

test('a seal opens as the value that went in', () =>
  holds(
    property(purposes, jsonValue(), (purpose, value) => {
      const json = JSON.parse(JSON.stringify(value));
      expect(sealer.open(purpose, sealer.seal(purpose, value))).toEqual(json);
    }),
  ));

test('a seal with any bit flipped, cut or lengthened does not open', () =>
  holds(
    property(
      jsonValue(),
      integer({ min: 0, max: 1e6 }),
      integer({ min: 0, max: 7 }),
      string(),
      (value, at, bit, more) => {
        const seal = sealer.seal('p', value);
        const bytes = Buffer.from(seal, 'base64url');
        const index = at % bytes.length;
        bytes[index] = (bytes[index] as number) ^ (1 << bit);
        expect(sealer.open('p', bytes.toString('base64url'))).toBeUndefined();
        expect(sealer.open('p', seal.slice(0, at % seal.length))).toBeUndefined();
        if (more !== '') expect(sealer.open('p', seal + more)).toBeUndefined();
      },
    ),
  ));

test('a seal opens for no other purpose, and under no other key', () =>
  holds(
    property(purposes, purposes, jsonValue(), (purpose, wrong, value) => {
      const seal = sealer.seal(purpose, value);
      if (Buffer.from(wrong).compare(Buffer.from(purpose)) !== 0)
        expect(sealer.open(wrong, seal)).toBeUndefined();
      expect(other.open(purpose, seal)).toBeUndefined();
    }),
  ));

test('no text of anybody opens', () =>
  holds(
    property(string({ unit: 'binary', maxLength: 200 }), (text) => {
      expect(sealer.open('p', text)).toBeUndefined();
      expect(sealer.open('p', Buffer.from(text).toString('base64url'))).toBeUndefined();
    }),
  ));

test('a session id is short enough for a header, tells its client, and is good for its caller only', () =>
  holds(
    property(
      tuple(jsonValue(), jsonValue(), string(), string()),
      ([capabilities, clientInfo, subject, stranger]) => {
        const caller = { subject } as never;
        const request = { params: { capabilities, clientInfo } } as never;
        const id = sessionHeaders(request, 's', caller, sealer)[SESSION_HEADER];
        if (id === undefined) return;
        expect(id).toMatch(/^[\w-]{1,2048}$/);
        expect(clientOfSession(id, 's', caller, sealer)).toHaveProperty('capabilities');
        expect(sessionKey(id, 's', caller, sealer)).toMatch(/^session [\w-]{16}$/);
        expect(sessionKey(id, 'other', caller, sealer)).toBeUndefined();
        const foreign = sessionKey(id, 's', { subject: stranger } as never, sealer);
        if (stranger !== subject) expect(foreign).toBeUndefined();
      },
    ),
  ));
