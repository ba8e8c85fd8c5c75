// 2026-07-28: methods that exist no more, and what is no request.

import { describe } from 'vitest';
import { key, modernMessage, VERSION } from './modern.ts';
import { check, METHOD, mismatch, type Row, unsupported, VERSION_HEADER } from './table.ts';

const unknownMethod = { status: 404, code: -32601 };
const invalidRequest = { status: 400, code: -32600 };

const METHODS: Row[] = [
  ...[
    'initialize',
    'ping',
    'logging/setLevel',
    'resources/subscribe',
    'resources/unsubscribe',
    'tasks/get',
    'no/such-method',
    'constructor',
    '__proto__',
  ].map((method) => ({ it: `knows no method ${method}`, method, expected: unknownMethod })),
  {
    it: 'judges headers before an unknown method',
    method: 'no/such-method',
    headers: { [METHOD]: undefined },
    expected: mismatch,
  },
];

const NOTIFICATIONS: Row[] = [
  {
    it: 'accepts a notification without an envelope',
    body: { jsonrpc: '2.0', method: 'notifications/custom' },
    headers: { [VERSION_HEADER]: VERSION },
    expected: { status: 202 },
  },
  {
    it: 'asks no headers of a notification with an envelope',
    body: {
      jsonrpc: '2.0',
      method: 'notifications/custom',
      params: { _meta: { [key('protocolVersion')]: VERSION } },
    },
    headers: {},
    expected: { status: 202 },
  },
  {
    it: 'refuses a notification whose Mcp-Method differs',
    body: { jsonrpc: '2.0', method: 'notifications/custom' },
    headers: { [VERSION_HEADER]: VERSION, [METHOD]: 'notifications/other' },
    expected: mismatch,
  },
  {
    it: 'refuses a notification of an unknown version',
    body: {
      jsonrpc: '2.0',
      method: 'notifications/custom',
      params: { _meta: { [key('protocolVersion')]: 'v999.0.0' } },
    },
    headers: {},
    expected: unsupported('v999.0.0'),
  },
  {
    it: 'accepts no posted response that nobody awaits',
    body: { jsonrpc: '2.0', id: 1, result: {} },
    headers: { [VERSION_HEADER]: VERSION },
    expected: invalidRequest,
  },
  {
    it: 'accepts no batch',
    body: [modernMessage('tools/list')],
    headers: { [VERSION_HEADER]: VERSION },
    expected: invalidRequest,
  },
];

describe('methods', () => check(METHODS));
describe('what is no request', () => check(NOTIFICATIONS));
