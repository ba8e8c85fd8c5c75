// `MCP-Protocol-Version` in the 2025 era: what clients of
// both eras fall back on.

import { describe, expect, it } from 'vitest';
import { call, JSON_HEADERS, MOUNTS, sharedMounts } from './mounts.ts';
import { CANARY, expectNotReached, expectRefusal } from './refusal.ts';

const mounts = sharedMounts();

const SUPPORTED = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05', '2024-10-07'];

const send = (path: string, message: object, headers: Record<string, string> = {}) =>
  mounts().app.inject({
    method: 'POST',
    url: path,
    headers: { ...JSON_HEADERS, ...headers },
    payload: JSON.stringify(message),
  });

const initialize = (capabilities: object): object => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities,
    clientInfo: { name: 'c', version: '1' },
  },
});

describe.each(MOUNTS)('%s', (path, name) => {
  it.each([
    CANARY,
    '2025-11-26',
    '2099-01-01',
    'v2025-11-25',
    '2025-11-25, 2025-11-25',
    '2025-11-25;q=1',
    '',
  ])(
    'refuses the version %j with the supported ones and no code of 2026-07-28',
    async (version) => {
      const headers = { 'mcp-protocol-version': version };
      const refusal = {
        status: 400,
        code: -32000,
        reason: 'unsupported-version',
        data: { supported: SUPPORTED },
      };
      const answer = await expectNotReached(() =>
        send(path, call('echo', { text: 'x' }, 'a'), headers),
      );
      expectRefusal(answer, { ...refusal, id: 'a' });
      const notification = { jsonrpc: '2.0', method: 'notifications/initialized' };
      expectRefusal(await send(path, notification, headers), refusal);
    },
  );

  it.each([
    '',
    ' ',
    '2099-01-01',
    '2025-06-18, 2025-06-18',
    '2025-06-18,2025-11-25',
    '2026-07-28, 2026-07-28',
    'v1',
    CANARY,
  ])('negotiates a handshake with the header %j in its body', async (version) => {
    const answer = await send(path, initialize({}), { 'mcp-protocol-version': version });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      id: 1,
      result: { protocolVersion: '2025-11-25', serverInfo: { name } },
    });
    expect(answer.body).not.toContain(CANARY);
  });

  it('serves every version of the era, and requests without one', async () => {
    for (const version of [...SUPPORTED, undefined]) {
      const headers = version === undefined ? {} : { 'mcp-protocol-version': version };
      const answer = await send(path, call('echo', { text: 'x' }), headers);
      expect(answer.json()).toMatchObject({ result: { content: [{ text: `${name}:x` }] } });
    }
  });

  it('does not look at the headers of 2026-07-28, at session ids, or for an envelope', async () => {
    const headers = {
      'mcp-method': 'other',
      'mcp-name': '=?base64?!!?=',
      'mcp-session-id': CANARY,
      'last-event-id': CANARY,
    };
    const message = call('echo', { text: 'x' });
    const params = { ...message.params, _meta: { 'io.modelcontextprotocol/clientInfo': CANARY } };
    const answer = await send(path, { ...message, params }, headers);
    expect(answer.json()).toMatchObject({ result: { content: [{ text: `${name}:x` }] } });
    expect(answer.headers).not.toHaveProperty('mcp-session-id');
  });

  it('answers an unknown method with -32601 in 200', async () => {
    const answer = await send(path, { jsonrpc: '2.0', id: 1, method: 'nope' });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ id: 1, error: { code: -32601 } });
  });
});

describe('the session id of initialize', () => {
  it.each<[string, object]>([
    ['all there is', { elicitation: { form: {}, url: {} }, sampling: { tools: {} }, roots: {} }],
    ['nothing', {}],
    ['text', { elicitation: CANARY }],
    ['8 kB', { elicitation: { form: { x: 'a'.repeat(8_000) } } }],
    ['1 MB', { sampling: { x: 'a'.repeat(1_000_000) } }],
  ])('fits into a header, whatever a client declares: %s', async (_name, capabilities) => {
    const { headers, statusCode } = await send('/v1-fresh/mcp', initialize(capabilities));
    expect(statusCode).toBe(200);
    expect(String(headers['mcp-session-id'] ?? '').length).toBeLessThanOrEqual(2_048);
    const isKept = JSON.stringify(capabilities).length < 1_000;
    expect(headers['mcp-session-id'] !== undefined).toBe(isKept);
  });
});
