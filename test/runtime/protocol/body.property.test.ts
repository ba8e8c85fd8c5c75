// The reader of bodies, with any bytes in any pieces.

import {
  array,
  asyncProperty,
  constant,
  integer,
  jsonValue,
  oneof,
  property,
  string,
  tuple,
  uint8Array,
} from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HostError } from '../../../runtime/exchange/refusals.ts';
import { parseBody } from '../../../runtime/protocol/body.ts';
import { holds } from '../../property.ts';
import { openSocket } from '../mount/http/raw-socket.ts';
import { startHost } from '../start-host.ts';

const LIMITS = { maxElements: 40, maxDepth: 6 };

/** Valid JSON, JSON with a few wrong bytes, and bytes of what JSON is made of. */
const bodies = oneof(
  jsonValue({ maxDepth: 8 }).map((value) => Buffer.from(JSON.stringify(value))),
  tuple(jsonValue(), integer({ min: 0, max: 200 }), uint8Array({ maxLength: 3 })).map(
    ([value, at, bytes]) => {
      const text = Buffer.from(JSON.stringify(value));
      return Buffer.concat([text.subarray(0, at), bytes, text.subarray(at)]);
    },
  ),
  array(
    oneof(
      ...[
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '\\',
        '"a"',
        '"__proto__"',
        '"constructor"',
        '1',
        ' ',
        'null',
        '\ufeff',
        '\ud800',
      ].map((text) => constant(text)),
      string({ maxLength: 4 }),
    ),
    { maxLength: 60 },
  ).map((parts) => Buffer.from(parts.join(''))),
  uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  // On both sides of the limits.
  integer({ min: 1, max: 10 }).map((levels) =>
    Buffer.from('['.repeat(levels) + ']'.repeat(levels)),
  ),
  integer({ min: 35, max: 45 }).map((count) => Buffer.from(JSON.stringify(Array(count).fill(1)))),
);

const isObjectOrList = (value: unknown): value is object =>
  typeof value === 'object' && value !== null;

const depthOf = (value: unknown): number =>
  isObjectOrList(value) ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

/** Keys by which a value could reach the prototypes of others. */
const hasForbiddenKey = (value: unknown): boolean =>
  isObjectOrList(value) &&
  (Object.hasOwn(value, '__proto__') ||
    (Object.hasOwn(value, 'constructor') &&
      isObjectOrList((value as { constructor: unknown }).constructor) &&
      Object.hasOwn((value as { constructor: object }).constructor, 'prototype')) ||
    Object.values(value).some(hasForbiddenKey));

function parsed(bytes: Buffer): { value: unknown } | undefined {
  try {
    return {
      value: JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)),
    };
  } catch {
    return undefined;
  }
}

function read(bytes: Buffer): { value: unknown } | { reason: string } {
  try {
    return { value: parseBody(bytes, LIMITS) };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { reason: error.reason };
  }
}

describe('the reader of bodies', () => {
  test('accepts what JSON.parse accepts, as the same value, within its limits', () =>
    holds(
      property(bodies, (bytes) => {
        const json = parsed(bytes);
        const found = read(bytes);
        if ('value' in found) {
          expect(found).toEqual(json);
          expect(depthOf(found.value)).toBeLessThanOrEqual(LIMITS.maxDepth);
          expect(hasForbiddenKey(found.value)).toBe(false);
        } else if (json === undefined) {
          expect(['invalid-json', 'too-complex']).toContain(found.reason);
        } else {
          expect(found.reason).toBe(
            hasForbiddenKey(json.value) && found.reason !== 'too-complex'
              ? 'forbidden-key'
              : 'too-complex',
          );
        }
      }),
    ));

  test('behind the port answers any body in any pieces with 200, 202 or 4xx, and lives', async () => {
    const { url } = await startHost({
      listen: true,
      yaml: 'servers: { s: { module: ./kernel-v2.mjs, auth: anonymous, maxBodyBytes: 300, maxElements: 40, maxDepth: 6 } }',
    });
    const head =
      'POST /s/mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    await holds(
      asyncProperty(
        bodies,
        array(integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 }),
        async (bytes, sizes) => {
          const { socket, answers } = openSocket(url, head);
          let at = 0;
          for (let turn = 0; at < bytes.length; turn += 1) {
            const piece = bytes.subarray(at, at + (sizes[turn % sizes.length] as number));
            socket.write(
              Buffer.concat([
                Buffer.from(`${piece.length.toString(16)}\r\n`),
                piece,
                Buffer.from('\r\n'),
              ]),
            );
            at += piece.length;
          }
          socket.write('0\r\n\r\n');
          const [answer] = await answers(1);
          socket.destroy();
          const status = answer?.status ?? 0;
          expect(status === 200 || status === 202 || (status >= 400 && status < 500)).toBe(true);
          if (bytes.length > 300) expect(status).toBe(413);
          if (status !== 202)
            expect(JSON.parse(answer?.body ?? '')).toMatchObject({ jsonrpc: '2.0' });
        },
      ),
      150,
    );
  });
});
