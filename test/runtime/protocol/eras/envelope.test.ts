// 2026-07-28: which check answers a faulty envelope, and where the two eras part.

import { describe } from 'vitest';
import { key, VERSION } from './modern.ts';
import {
  badEnvelope,
  check,
  METHOD,
  mismatch,
  NAME,
  type Row,
  served,
  VERSION_HEADER,
} from './table.ts';

const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: {} };

const ENVELOPE: Row[] = [
  {
    it: 'refuses a request without an envelope under a header of 2026-07-28',
    body: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
    headers: { [VERSION_HEADER]: VERSION },
    expected: badEnvelope,
  },
  {
    it: 'refuses an envelope without client capabilities',
    meta: { [key('clientCapabilities')]: undefined },
    expected: badEnvelope,
  },
  {
    it: 'refuses an envelope without a version under a header of 2026-07-28',
    meta: { [key('protocolVersion')]: undefined },
    expected: badEnvelope,
  },
  {
    it: 'refuses a version that is no text',
    meta: { [key('protocolVersion')]: 20260728 },
    expected: badEnvelope,
  },
  {
    it: 'refuses client capabilities that are a list',
    meta: { [key('clientCapabilities')]: [] },
    expected: badEnvelope,
  },
  {
    it: 'refuses a capability that is no object',
    meta: { [key('clientCapabilities')]: { elicitation: true } },
    expected: badEnvelope,
  },
  {
    it: 'refuses a log level that does not exist',
    meta: { [key('logLevel')]: 'loud' },
    expected: badEnvelope,
  },
  {
    it: 'judges the envelope before headers that differ',
    meta: { [key('clientCapabilities')]: undefined },
    headers: { [METHOD]: 'tools/call' },
    expected: badEnvelope,
  },
  { it: 'needs no client info', meta: { [key('clientInfo')]: undefined }, expected: served },
];

const LEGACY: Row[] = [
  {
    it: 'never validates MCP headers of a request of the 2025 era',
    body: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
    headers: { [VERSION_HEADER]: '2025-11-25', [METHOD]: 'x', [NAME]: '=?base64?!?=' },
    expected: served,
  },
  {
    it: 'never validates Mcp-Param headers of a call of the 2025 era',
    body: {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'forecast', arguments: { city: 'Oslo' } },
    },
    headers: { 'mcp-param-city': 'Paris' },
    expected: served,
  },
  {
    it: 'answers a 2025 request of an unknown version with no error of 2026-07-28',
    body: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
    headers: { [VERSION_HEADER]: '1999-01-01' },
    expected: { status: 400, code: -32000 },
  },
  {
    it: 'answers an unknown method of the 2025 era in band',
    body: { jsonrpc: '2.0', id: 1, method: 'no/such-method' },
    headers: {},
    expected: { status: 200, code: -32601 },
  },
  {
    it: 'refuses a 2025 handshake under a header of 2026-07-28',
    body: { jsonrpc: '2.0', id: 1, method: 'initialize', params: initialize },
    headers: { [VERSION_HEADER]: VERSION },
    expected: mismatch,
  },

  {
    it: 'takes a handshake with half an envelope for one of the 2025 era',
    body: {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { ...initialize, _meta: { [key('protocolVersion')]: VERSION } },
    },
    headers: {},
    expected: served,
  },
];

describe('the envelope', () => check(ENVELOPE));
describe('the 2025 era', () => check(LEGACY));
