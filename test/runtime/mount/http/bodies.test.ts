// What a body may be: bounded bytes, one JSON value,
// one JSON-RPC message. What is refused is answered with a constant text and the id where one can
// be read.

import { describe, expect, it } from 'vitest';
import type { TestHost } from '../../start-host.ts';
import { call, JSON_HEADERS, MOUNTS, PATH, PING, sharedMounts, startMounts } from './mounts.ts';
import { CANARY, expectNotReached, expectRefusal, type Refusal } from './refusal.ts';

const mounts = sharedMounts();

const BODY = JSON.stringify(PING);

const INVALID_JSON: Refusal = { status: 400, code: -32700, reason: 'invalid-json' };
const INVALID_REQUEST: Refusal = { status: 400, code: -32600, reason: 'invalid-request' };
const BATCH: Refusal = { status: 400, code: -32600, reason: 'batch' };

const post = ({ app }: TestHost, payload: string | Buffer, url: string = PATH) =>
  app.inject({ method: 'POST', url, headers: JSON_HEADERS, payload });

describe('a body that is not JSON', () => {
  const bytes = (...values: number[]): Buffer => Buffer.from(values);
  it.each<[string, string | Buffer]>([
    ['no JSON at all', CANARY],
    ['cut off', BODY.slice(0, -1)],
    ['cut off in a string', `{"jsonrpc":"2.0","method":"${CANARY}`],
    ['followed by more', `${BODY}${CANARY}`],
    ['two values', BODY + BODY],
    ['one line per value', `${BODY}\n${BODY}`],
    ['empty', ''],
    ['white space', ' \r\n\t'],
    ['a byte order mark before JSON', Buffer.concat([bytes(0xef, 0xbb, 0xbf), Buffer.from(BODY)])],
    ['a byte order mark alone', bytes(0xef, 0xbb, 0xbf)],
    ['UTF-16', Buffer.from(BODY, 'utf16le')],
    [
      'invalid UTF-8 in a string',
      Buffer.concat([Buffer.from('{"a":"'), bytes(0xff), Buffer.from('"}')]),
    ],
    [
      'an overlong encoding',
      Buffer.concat([Buffer.from('"'), bytes(0xc0, 0xaf), Buffer.from('"')]),
    ],
    [
      'a surrogate in UTF-8',
      Buffer.concat([Buffer.from('"'), bytes(0xed, 0xa0, 0x80), Buffer.from('"')]),
    ],
    ['a raw control byte in a string', '{"jsonrpc":"2.0","id":1,"method":"a\nb"}'],
    ['a NUL byte in a key', '{"\0":1}'],
    ['single quotes', "{'jsonrpc':'2.0'}"],
    ['a trailing comma', '{"jsonrpc":"2.0",}'],
    ['a comment', `/* ${CANARY} */ ${BODY}`],
    ['NaN', '{"jsonrpc":"2.0","id":NaN,"method":"ping"}'],
    ['gzip', bytes(0x1f, 0x8b, 8, 0, 0, 0, 0, 0)],
  ])('%s is -32700', async (_name, payload) => {
    const host = mounts();
    const answer = await expectNotReached(() => post(host, payload));
    expectRefusal(answer, INVALID_JSON);
  });

  it('is answered alike in development and in production', async () => {
    const bodies = await Promise.all(
      [true, false].map(async (development) => {
        const host = await startMounts({ environment: { development } });
        return (await post(host, `{"${CANARY}`)).body;
      }),
    );
    expect(bodies[0]).toBe(bodies[1]);
  });
});

describe('JSON with a key that changes other objects', () => {
  it.each<[string, string]>([
    [
      'the key __proto__',
      `{"jsonrpc":"2.0","id":1,"method":"ping","__proto__":{"polluted":"${CANARY}"}}`,
    ],
    [
      'the key __proto__, escaped',
      '{"jsonrpc":"2.0","id":1,"method":"ping","\\u005f_proto__":{"polluted":1}}',
    ],
    [
      'the key __proto__ in arguments',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"__proto__":{"polluted":1}}}}',
    ],
    [
      'constructor.prototype',
      '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"constructor":{"prototype":{"polluted":1}}}}',
    ],
    ['the key __proto__ at the top of a list', '[{"__proto__":1}]'],
    [
      'constructor.prototype, escaped, with null',
      '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"\\u0063onstructor":{"prototype":null}}}',
    ],
  ])('%s is refused by its own word', async (_name, payload) => {
    const host = mounts();
    for (const [path] of MOUNTS) {
      const answer = await expectNotReached(() => post(host, payload, path));
      expectRefusal(answer, { status: 400, code: -32600, reason: 'forbidden-key' });
      expect(answer.body).not.toContain('valid JSON');
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each([
    '{"constructor":"x"}',
    '{"constructor":{"name":"x"}}',
    '{"prototype":{"a":1}}',
    '{"text":"__proto__"}',
  ])('%s as arguments is fine', async (args) => {
    const message = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":${args}}}`;
    const answer = await post(mounts(), message);
    expect(answer.json()).not.toHaveProperty('error.data.reason');
    expect(answer.statusCode).toBe(200);
  });

  it('cut off is no JSON', async () => {
    expectRefusal(await post(mounts(), '{"__proto__":1'), INVALID_JSON);
  });
});

describe('JSON that is not one JSON-RPC message', () => {
  const rpc = (members: object): string =>
    JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'ping', ...members });
  it.each<[string, string, Refusal]>([
    ['null', 'null', INVALID_REQUEST],
    ['a number', '7', INVALID_REQUEST],
    ['a string', `"${CANARY}"`, INVALID_REQUEST],
    ['an empty object', '{}', INVALID_REQUEST],
    ['no version', '{"id":7,"method":"ping"}', { ...INVALID_REQUEST, id: 7 }],
    ['version 1.0', rpc({ jsonrpc: '1.0' }), { ...INVALID_REQUEST, id: 7 }],
    ['version as a number', rpc({ jsonrpc: 2 }), { ...INVALID_REQUEST, id: 7 }],
    ['no method', '{"jsonrpc":"2.0","id":7}', { ...INVALID_REQUEST, id: 7 }],
    [
      'Method instead of method',
      `{"jsonrpc":"2.0","id":7,"Method":"${CANARY}"}`,
      { ...INVALID_REQUEST, id: 7 },
    ],
    ['a method that is no text', rpc({ method: { name: CANARY } }), { ...INVALID_REQUEST, id: 7 }],
    [
      'the last of two methods no text',
      '{"jsonrpc":"2.0","id":7,"method":"ping","method":null}',
      { ...INVALID_REQUEST, id: 7 },
    ],
    ['params as a list', rpc({ params: [CANARY] }), { ...INVALID_REQUEST, id: 7 }],
    ['params null', rpc({ params: null }), { ...INVALID_REQUEST, id: 7 }],
    ['params as text', rpc({ params: CANARY }), { ...INVALID_REQUEST, id: 7 }],
    ['id null', rpc({ id: null }), INVALID_REQUEST],
    ['id 1.5', rpc({ id: 1.5 }), INVALID_REQUEST],
    ['id 2^53', rpc({ id: 2 ** 53 }), INVALID_REQUEST],
    ['id an object', rpc({ id: { a: CANARY } }), INVALID_REQUEST],
    ['id a list', rpc({ id: [1] }), INVALID_REQUEST],
    ['id true', rpc({ id: true }), INVALID_REQUEST],
    ['_meta null', rpc({ params: { _meta: null } }), { ...INVALID_REQUEST, id: 7 }],
    ['_meta a list', rpc({ params: { _meta: [] } }), { ...INVALID_REQUEST, id: 7 }],
    ['_meta a number', rpc({ params: { _meta: 5 } }), { ...INVALID_REQUEST, id: 7 }],
    [
      'a progress token null',
      rpc({ params: { _meta: { progressToken: null } } }),
      { ...INVALID_REQUEST, id: 7 },
    ],
    [
      'a progress token 1.5',
      rpc({ params: { _meta: { progressToken: 1.5 } } }),
      { ...INVALID_REQUEST, id: 7 },
    ],
    [
      'a progress token object',
      rpc({ params: { _meta: { progressToken: { a: CANARY } } } }),
      { ...INVALID_REQUEST, id: 7 },
    ],
    [
      'a related task without id',
      rpc({ params: { _meta: { 'io.modelcontextprotocol/related-task': {} } } }),
      { ...INVALID_REQUEST, id: 7 },
    ],
    ['a batch of 0', '[]', BATCH],
    ['a batch of 1', `[${BODY}]`, BATCH],
    ['a batch of 2', `[${BODY},${BODY}]`, BATCH],
    ['a batch of 101', JSON.stringify(Array(101).fill(PING)), BATCH],
    ['a batch of 10,000', JSON.stringify(Array(10_000).fill(PING)), BATCH],
    [
      'a request with its cancellation',
      JSON.stringify([
        PING,
        { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } },
      ]),
      BATCH,
    ],
    ['a batch of responses', '[{"jsonrpc":"2.0","id":1,"result":{}}]', BATCH],
    [
      'a response',
      `{"jsonrpc":"2.0","id":7,"result":{"a":"${CANARY}"}}`,
      { ...INVALID_REQUEST, reason: 'unexpected-response' },
    ],
    [
      'an error response',
      '{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"x"}}',
      { ...INVALID_REQUEST, reason: 'unexpected-response' },
    ],
    [
      'a URI over 2,048 characters',
      JSON.stringify({
        jsonrpc: '2.0',
        id: 7,
        method: 'resources/read',
        params: { uri: `test://${CANARY}${'a'.repeat(2_048)}` },
      }),
      { status: 400, code: -32602, reason: 'uri-too-long', id: 7 },
    ],
    [
      'a URI over 2,048 characters to complete',
      JSON.stringify({
        jsonrpc: '2.0',
        id: 7,
        method: 'completion/complete',
        params: { ref: { type: 'ref/resource', uri: 'x'.repeat(2_049) } },
      }),
      { status: 400, code: -32602, reason: 'uri-too-long', id: 7 },
    ],
  ])('%s is refused, and reaches no server', async (_name, payload, refusal) => {
    const host = mounts();
    for (const [path] of MOUNTS) {
      const answer = await expectNotReached(() => post(host, payload, path));
      expectRefusal(answer, refusal);
    }
  });
});

describe('a request id', () => {
  it.each([
    0,
    -1,
    Number.MAX_SAFE_INTEGER,
    '',
    '0',
    'a\u0000\r\n"\\',
    '__proto__',
    'ü€😀',
    '\ud800',
    'x'.repeat(10_000),
  ])('%j is echoed exactly', async (id) => {
    const host = mounts();
    for (const [path, name] of MOUNTS) {
      const answer = await post(host, JSON.stringify(call('echo', { text: 'x' }, id)), path);
      expect(answer.json()).toMatchObject({ id, result: { content: [{ text: `${name}:x` }] } });
    }
  });

  it('of two in one object is the last, as it is for everybody who reads it', async () => {
    const host = mounts();
    const answer = await post(host, '{"jsonrpc":"2.0","id":1,"method":"ping","id":2}');
    expect(answer.json()).toEqual({ jsonrpc: '2.0', id: 2, result: {} });
  });
});
