// MCP 2026-07-28 at the front door: each check with its code and status, in the
// order of the specification, before the server is reached.

import { describe, expect, it } from 'vitest';
import { CAPABILITIES_KEY, ENVELOPE, type ModernParts, sendModern, VERSION_KEY } from './modern.ts';
import { sharedMounts } from './mounts.ts';
import { CANARY, expectNotReached, expectRefusal, type Refusal } from './refusal.ts';

const mounts = sharedMounts();

const MISMATCH: Refusal = { status: 400, code: -32020, reason: 'header-mismatch', id: 1 };
const NO_ENVELOPE: Refusal = { status: 400, code: -32602, reason: 'missing-envelope', id: 1 };
const unsupported = (requested: string): Refusal => ({
  status: 400,
  code: -32022,
  reason: 'unsupported-modern-version',
  id: 1,
  data: { supported: ['2026-07-28'], requested },
});
const INVALID: Refusal = { status: 400, code: -32600, reason: 'invalid-request', id: 1 };

const echo = { method: 'tools/call', params: { name: 'echo', arguments: { text: CANARY } } };
const list = { method: 'tools/list' };
const claim = (version: unknown): object => ({ ...ENVELOPE, [VERSION_KEY]: version });

describe('a request of 2026-07-28 is refused', () => {
  it.each<[string, ModernParts, Refusal]>([
    ['without _meta', { ...list, meta: null }, NO_ENVELOPE],
    ['with an empty _meta', { ...list, meta: {} }, NO_ENVELOPE],
    ['without capabilities', { ...list, meta: { [VERSION_KEY]: '2026-07-28' } }, NO_ENVELOPE],
    ['without version', { ...list, meta: { [CAPABILITIES_KEY]: {} } }, NO_ENVELOPE],
    ['with a version that is no text', { ...list, meta: claim(20260728) }, NO_ENVELOPE],
    [
      'with capabilities as text',
      { ...list, meta: { ...ENVELOPE, [CAPABILITIES_KEY]: CANARY } },
      NO_ENVELOPE,
    ],
    [
      'with capabilities as a list',
      { ...list, meta: { ...ENVELOPE, [CAPABILITIES_KEY]: [] } },
      NO_ENVELOPE,
    ],
    [
      'with a capability that is no object',
      { ...list, meta: { ...ENVELOPE, [CAPABILITIES_KEY]: { sampling: true } } },
      NO_ENVELOPE,
    ],
    [
      'with client info as text',
      { ...list, meta: { ...ENVELOPE, 'io.modelcontextprotocol/clientInfo': CANARY } },
      NO_ENVELOPE,
    ],
    [
      'with an unknown log level',
      { ...list, meta: { ...ENVELOPE, 'io.modelcontextprotocol/logLevel': CANARY } },
      NO_ENVELOPE,
    ],
    ['with _meta as a list', { ...list, meta: [] }, INVALID],
    [
      'with a progress token that is none',
      { ...list, meta: { ...ENVELOPE, progressToken: {} } },
      INVALID,
    ],
    [
      'with a legacy version in body and header',
      { ...list, meta: claim('2025-11-25'), headers: { 'mcp-protocol-version': '2025-11-25' } },
      unsupported('2025-11-25'),
    ],
    [
      'with an unknown version in body and header',
      { ...list, meta: claim('v999.0.0'), headers: { 'mcp-protocol-version': 'v999.0.0' } },
      unsupported('v999.0.0'),
    ],
    ['with an unknown version in the body only', { ...list, meta: claim('v999.0.0') }, MISMATCH],
    [
      'with another version in the header',
      { ...list, headers: { 'mcp-protocol-version': '2025-11-25' } },
      MISMATCH,
    ],
    [
      'with an unknown version in the header',
      { ...list, headers: { 'mcp-protocol-version': CANARY } },
      MISMATCH,
    ],
    ['without version header', { ...list, headers: { 'mcp-protocol-version': null } }, MISMATCH],
    ['without method header', { ...list, headers: { 'mcp-method': null } }, MISMATCH],
    ['with another method in the header', { ...list, headers: { 'mcp-method': CANARY } }, MISMATCH],
    [
      'with the method in other case',
      { ...list, headers: { 'mcp-method': 'Tools/List' } },
      MISMATCH,
    ],
    ['without name header', { ...echo, headers: { 'mcp-name': null } }, MISMATCH],
    ['with another name in the header', { ...echo, headers: { 'mcp-name': CANARY } }, MISMATCH],
    [
      'with a name in the header only',
      { method: 'tools/call', headers: { 'mcp-name': CANARY } },
      MISMATCH,
    ],
    [
      'with the name in bad base64',
      { ...echo, headers: { 'mcp-name': '=?base64?ZWNobw?=' } },
      MISMATCH,
    ],
    [
      'with the name in other characters',
      { ...echo, headers: { 'mcp-name': '=?base64?!!!!?=' } },
      MISMATCH,
    ],
    [
      'with the base64 markers in capitals',
      { ...echo, headers: { 'mcp-name': '=?BASE64?ZWNobw==?=' } },
      MISMATCH,
    ],
    [
      'with another URI in the header',
      {
        method: 'resources/read',
        params: { uri: 'test://a' },
        headers: { 'mcp-name': 'test://b' },
      },
      MISMATCH,
    ],
    [
      'without the name of a prompt',
      { method: 'prompts/get', params: { name: 'a' }, headers: { 'mcp-name': null } },
      MISMATCH,
    ],
    ['as a handshake without envelope', { method: 'initialize', meta: null }, MISMATCH],
    [
      'as a handshake with half an envelope',
      { method: 'initialize', meta: { [VERSION_KEY]: '2026-07-28' } },
      MISMATCH,
    ],
    [
      'with a version of 100 characters',
      {
        ...list,
        meta: claim('v'.repeat(100)),
        headers: { 'mcp-protocol-version': 'v'.repeat(100) },
      },
      unsupported('v'.repeat(64)),
    ],
  ])('%s', async (_name, parts, refusal) => {
    const host = mounts();
    expectRefusal(await expectNotReached(() => sendModern(host, parts)), refusal);
  });

  it.each<[string, ModernParts, Refusal]>([
    ['shape before envelope', { ...list, meta: { progressToken: {} } }, INVALID],
    [
      'envelope before headers',
      { ...list, meta: { [VERSION_KEY]: 'v999.0.0' }, headers: { 'mcp-method': 'x' } },
      NO_ENVELOPE,
    ],
    [
      'envelope before unreadable headers',
      { ...list, meta: {}, headers: { 'mcp-method': '=?base64?!!?=' } },
      NO_ENVELOPE,
    ],
    [
      'differing headers before the version',
      {
        ...list,
        meta: claim('v999.0.0'),
        headers: { 'mcp-protocol-version': 'v999.0.0', 'mcp-method': 'x' },
      },
      MISMATCH,
    ],
    [
      'the version before missing headers',
      {
        ...list,
        meta: claim('v999.0.0'),
        headers: { 'mcp-protocol-version': null, 'mcp-method': null },
      },
      unsupported('v999.0.0'),
    ],
    [
      'the version before the name',
      {
        ...echo,
        meta: claim('v999.0.0'),
        headers: { 'mcp-protocol-version': 'v999.0.0', 'mcp-name': 'x' },
      },
      unsupported('v999.0.0'),
    ],
    [
      'headers before an unknown method',
      { method: 'nope', headers: { 'mcp-protocol-version': null } },
      MISMATCH,
    ],
  ])('%s, when several checks fail', async (_name, parts, refusal) => {
    const host = mounts();
    expectRefusal(await expectNotReached(() => sendModern(host, parts)), refusal);
  });

  it.each([
    'nope',
    'initialize',
    'ping',
    'logging/setLevel',
    'resources/subscribe',
    'constructor',
    'toString',
    '__proto__',
    '',
  ])('with 404 for the method %j, which does not exist there', async (method) => {
    const answer = await sendModern(mounts(), { method });
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ id: 1, error: { code: -32601 } });
  });

  it('without repeating what the SDK would repeat', async () => {
    const host = mounts();
    const parts = { method: 'tasks/get', params: { taskId: CANARY } };
    const refusal = { status: 404, code: -32601, reason: 'unknown-method', id: 1 };
    expectRefusal(await sendModern(host, parts), refusal);
  });
});
