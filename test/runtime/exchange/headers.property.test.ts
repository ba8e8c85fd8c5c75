// Headers: what clients accept, what servers see, and arguments that headers repeat.

import { array, constantFrom, jsonValue, oneof, property, record, string } from 'fast-check';
import { expect, test } from 'vitest';
import {
  isHidden,
  keyHeaders,
  passedHeader,
  platformHeaders,
} from '../../../config/hidden-headers.ts';
import { readParamHeaders, repeatedValue } from '../../../runtime/exchange/param-headers.ts';
import { HostError } from '../../../runtime/exchange/refusals.ts';
import { answerFormOf } from '../../../runtime/protocol/accept.ts';
import { checkParamHeaders } from '../../../runtime/protocol/modern/param-headers.ts';
import { holds } from '../../property.ts';

const ranges = constantFrom(
  'application/json',
  'text/event-stream',
  'application/*',
  'text/*',
  '*/*',
  'image/png',
  'APPLICATION/JSON',
);
const parameters = constantFrom('', ';q=0', '; q=0.0', ';q=1', ';charset="a,b"', ';q=0.5');

/** @returns the answer form, or the word of the refusal. */
function formOf(accept: string): string {
  try {
    return answerFormOf(accept);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return error.reason;
  }
}

test('any Accept is a form of answer or not-acceptable', () =>
  holds(
    property(
      oneof(
        string({ unit: 'binary' }),
        array(oneof(ranges, string())).map((all) => all.join(',')),
      ),
      (accept) => {
        expect(['json', 'stream', 'either', 'not-acceptable']).toContain(formOf(accept));
      },
    ),
  ));

test('the order, the case and the spaces of Accept do not count', () =>
  holds(
    property(
      array(record({ range: ranges, parameter: parameters }), { maxLength: 6 }),
      (members) => {
        const texts = members.map(({ range, parameter }) => range + parameter);
        const form = formOf(texts.join(','));
        expect(formOf(texts.toReversed().join(' , '))).toBe(form);
        expect(formOf(texts.join(',').toUpperCase())).toBe(form);
      },
    ),
  ));

/** Names like those of the lists, and any others. */
const names = oneof(
  constantFrom(...platformHeaders, ...keyHeaders).chain((name) =>
    string({ unit: constantFrom('a', '-', 'x', '1'), maxLength: 4 }).map((text) =>
      name.replaceAll('*', text),
    ),
  ),
  string({ unit: constantFrom('a', 'k', 'e', 'y', '-', 'x'), minLength: 1, maxLength: 12 }),
);

test('no passHeaders opens a header of the platform, and one opens what it names alone', () =>
  holds(
    property(names, names, (name, another) => {
      const isOfPlatform = isHidden(name, [name]);
      expect(isHidden(name, [name, name.toUpperCase()])).toBe(isOfPlatform);
      if (isOfPlatform)
        expect(passedHeader.explain(name) ?? passedHeader.explain(`x${name}`)).toBeDefined();
      if (another !== name) expect(isHidden(name, [another])).toBe(isHidden(name, undefined));
    }),
  ));

const schemas = jsonValue().map((inner) => ({
  type: 'object',
  properties: {
    city: { type: 'string', 'x-mcp-header': 'City' },
    deep: { properties: { n: { type: 'number', 'x-mcp-header': 'Depth' } } },
    odd: inner,
  },
}));

test('marks of any schema are read, and an argument that its header repeats agrees with it', () =>
  holds(
    property(schemas, oneof(string({ maxLength: 20 }), jsonValue()), (inputSchema, city) => {
      const marked = readParamHeaders([{ name: 't', inputSchema }]);
      const [first] = marked.get('t') ?? [];
      expect(first).toEqual({ path: ['city'], header: 'mcp-param-city' });
      const value = repeatedValue({ city }, first as never);
      const request = { method: 'tools/call', params: { name: 't', arguments: { city } } } as never;
      const check = (headers: Record<string, string>) => () =>
        checkParamHeaders(request, headers, marked);
      if (value === undefined) expect(check({})).not.toThrow();
      else expect(check({})).toThrow(HostError);
    }),
  ));

test('a schema that is anything marks nothing or a valid header', () =>
  holds(
    property(array(record({ name: string(), inputSchema: jsonValue() })), (tools) => {
      for (const all of readParamHeaders(tools as never).values()) {
        for (const { header } of all) expect(header).toMatch(/^mcp-param-[^\s:,]+$/);
      }
    }),
  ));
