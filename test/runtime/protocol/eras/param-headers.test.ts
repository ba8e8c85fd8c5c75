// 2026-07-28: `Mcp-Param-*` headers against the arguments that a tool's schema marks with
// `x-mcp-header`.

import { describe, expect, it } from 'vitest';
import { callModern, sharedHosts } from './modern.ts';
import { check, type Expected, mismatch, type Row, served } from './table.ts';

const hostOf = sharedHosts();

const base64 = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`;

/** Title, arguments of the tool, headers, expected answer. */
const CALLS: [string, object, Record<string, string>, Expected][] = [
  ['expects no header of an argument that is absent', {}, {}, served],
  ['expects no header of an argument that is null', { city: null }, {}, served],
  ['ignores a header whose argument is absent', {}, { 'mcp-param-city': 'Oslo' }, served],
  ['ignores a header whose argument is null', { days: null }, { 'mcp-param-days': '3' }, served],
  ['ignores an unknown header', {}, { 'mcp-param-unknown': 'x' }, served],
  ['accepts an equal text', { city: 'Oslo' }, { 'mcp-param-city': 'Oslo' }, served],
  ['accepts any case of the name', { city: 'Oslo' }, { 'MCP-PARAM-CITY': 'Oslo' }, served],
  ['refuses a missing header', { city: 'Oslo' }, {}, mismatch],
  ['refuses a different text', { city: 'Oslo' }, { 'mcp-param-city': 'Paris' }, mismatch],
  ['refuses a text in another case', { city: 'Oslo' }, { 'mcp-param-city': 'oslo' }, mismatch],
  ['accepts an encoded text', { city: 'Åre' }, { 'mcp-param-city': base64('Åre') }, served],
  ['accepts an encoded empty text', { city: '' }, { 'mcp-param-city': base64('') }, served],
  ['accepts an empty text as it is', { city: '' }, { 'mcp-param-city': '' }, served],
  [
    'accepts encoded spaces around a text',
    { city: ' a ' },
    { 'mcp-param-city': base64(' a ') },
    served,
  ],
  [
    'refuses a different encoded text',
    { city: 'Åre' },
    { 'mcp-param-city': base64('Are') },
    mismatch,
  ],
  ['refuses bad base64', { city: 'Oslo' }, { 'mcp-param-city': '=?base64?T3Nsbw?=' }, mismatch],
  [
    'reads an encoded text that looks encoded itself',
    { city: base64('x') },
    { 'mcp-param-city': base64(base64('x')) },
    served,
  ],
  ['accepts an integer', { days: 3 }, { 'mcp-param-days': '3' }, served],
  ['compares integers as numbers', { days: 3 }, { 'mcp-param-days': '3.0' }, served],
  ['accepts a negative integer', { days: -3 }, { 'mcp-param-days': '-3' }, served],
  ['accepts an encoded integer', { days: 3 }, { 'mcp-param-days': base64('3') }, served],
  ['refuses another integer', { days: 3 }, { 'mcp-param-days': '4' }, mismatch],
  ['refuses a text in place of an integer', { days: 3 }, { 'mcp-param-days': 'three' }, mismatch],
  ['refuses an integer in another base', { days: 3 }, { 'mcp-param-days': '0x3' }, mismatch],
  ['refuses an empty integer', { days: 0 }, { 'mcp-param-days': '' }, mismatch],
  ['expects no header of an integer that clients cannot hold', { days: 2 ** 60 }, {}, served],
  ['accepts true', { metric: true }, { 'mcp-param-metric': 'true' }, served],
  ['accepts false', { metric: false }, { 'mcp-param-metric': 'false' }, served],
  ['refuses True', { metric: true }, { 'mcp-param-metric': 'True' }, mismatch],
  ['refuses a missing header of false', { metric: false }, {}, mismatch],
  ['finds a nested argument', { place: { country: 'no' } }, { 'mcp-param-country': 'no' }, served],
  ['refuses a nested argument without header', { place: { country: 'no' } }, {}, mismatch],
  ['passes over a nested argument that is absent', { place: {} }, {}, served],
  [
    'finds one fault among several headers',
    { city: 'Oslo', days: 3, metric: true },
    { 'mcp-param-city': 'Oslo', 'mcp-param-days': '3', 'mcp-param-metric': 'false' },
    mismatch,
  ],
];

const rows = CALLS.map(
  ([it, args, headers, expected]): Row => ({
    it,
    method: 'tools/call',
    params: { name: 'forecast', arguments: args },
    headers,
    expected,
  }),
);

describe('marked arguments', () => check(rows));

it.each(['odd', 'none'])('asks for no header that nobody can send (tool %s)', async (tool) => {
  const { url } = await hostOf(
    '',
    '  odd: { module: ../../runtime/protocol/eras/servers/odd-schemas.mjs }',
  );
  const args = { spaced: 'x', colon: 'x', empty: 'x', number: 'x', list: ['x'], either: 'x' };
  const answer = await callModern(`${url}/odd/mcp`, tool, args);
  expect(answer).toMatchObject({ status: 200, text: Object.keys(args).join(' ') });
});
