// 2026-07-28: headers against the body, and which of several faults is answered.

import { describe } from 'vitest';
import { key, VERSION } from './modern.ts';
import {
  check,
  METHOD,
  mismatch,
  NAME,
  type Row,
  served,
  unsupported,
  VERSION_HEADER,
} from './table.ts';

const base64 = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`;
const echo = { method: 'tools/call', params: { name: 'echo', arguments: { text: 'x' } } };

const HEADERS: Row[] = [
  {
    it: 'refuses a version header that differs from the body, even when both are unknown',
    meta: { [key('protocolVersion')]: 'v999.0.0' },
    expected: mismatch,
  },
  {
    it: 'names the supported versions when header and body agree on an unknown one',
    meta: { [key('protocolVersion')]: 'v999.0.0' },
    headers: { [VERSION_HEADER]: 'v999.0.0' },
    expected: unsupported('v999.0.0'),
  },
  {
    it: 'names the supported versions for an envelope of the 2025 era',
    meta: { [key('protocolVersion')]: '2025-11-25' },
    headers: { [VERSION_HEADER]: '2025-11-25' },
    expected: unsupported('2025-11-25'),
  },
  {
    it: 'names the version before a missing version header',
    meta: { [key('protocolVersion')]: 'v999.0.0' },
    headers: { [VERSION_HEADER]: undefined },
    expected: unsupported('v999.0.0'),
  },
  {
    it: 'judges a different Mcp-Method before an unknown version',
    meta: { [key('protocolVersion')]: 'v999.0.0' },
    headers: { [VERSION_HEADER]: 'v999.0.0', [METHOD]: 'tools/call' },
    expected: mismatch,
  },
  {
    it: 'repeats at most 64 characters of the version that was asked for',
    meta: { [key('protocolVersion')]: 'v'.repeat(100) },
    headers: { [VERSION_HEADER]: undefined },
    expected: unsupported('v'.repeat(64)),
  },
  ...[VERSION_HEADER, METHOD].map((name) => ({
    it: `refuses a request without ${name}`,
    headers: { [name]: undefined },
    expected: mismatch,
  })),
  {
    it: 'refuses an Mcp-Method that differs in case only',
    headers: { [METHOD]: 'TOOLS/LIST' },
    expected: mismatch,
  },
  {
    it: 'reads header names in any case and takes spaces and tabs off the values',
    headers: {
      [METHOD]: undefined,
      'MCP-METHOD': ' \ttools/list\t ',
      [VERSION_HEADER]: ` ${VERSION} `,
    },
    expected: served,
  },
  {
    it: 'refuses a version header that was sent twice',
    headers: { [VERSION_HEADER]: `${VERSION}, ${VERSION}` },
    expected: mismatch,
  },
  {
    it: 'refuses a call without Mcp-Name',
    ...echo,
    headers: { [NAME]: undefined },
    expected: mismatch,
  },
  { it: 'refuses a different Mcp-Name', ...echo, headers: { [NAME]: 'Echo' }, expected: mismatch },
  {
    it: 'accepts an encoded Mcp-Name',
    ...echo,
    headers: { [NAME]: base64('echo') },
    expected: served,
  },
  ...[
    ['without its padding', '=?base64?ZWNobw?='],
    ['with foreign characters', '=?base64?ZWN!obw==?='],
    ['that is not UTF-8', '=?base64?/////w==?='],
    ['with markers in upper case', '=?BASE64?ZWNobw==?='],
  ].map(([what, value]) => ({
    it: `refuses base64 ${what}`,
    ...echo,
    headers: { [NAME]: value as string },
    expected: mismatch,
  })),
  {
    it: 'accepts a name beyond ASCII only encoded',
    method: 'prompts/get',
    params: { name: 'größe' },
    headers: { [NAME]: base64('größe') },
    expected: { status: 200, code: -32602 },
  },
  {
    it: 'refuses base64 of a wrong UTF-8 text that reads like the name',
    method: 'prompts/get',
    params: { name: '\ufffd' },
    headers: { [NAME]: '=?base64?/w==?=' },
    expected: mismatch,
  },
  {
    it: 'asks for Mcp-Name with the uri of a resource',
    method: 'resources/read',
    params: { uri: 'test://static' },
    headers: { [NAME]: 'static' },
    expected: mismatch,
  },
];

describe('headers', () => check(HEADERS));
