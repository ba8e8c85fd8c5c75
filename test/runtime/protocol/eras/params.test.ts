// Mistakes in the params of MCP's own methods are told to the client, in both eras and on every
// kind of server: -32602 with path and rule. They never reach the server and are no fault of it.

import { describe, expect, it } from 'vitest';
import { type PostAnswer, post } from '../../post.ts';
import { postModern } from './modern.ts';
import { MOUNTS, paramsHost } from './params-host.ts';

const { urlOf, logs } = paramsHost();

const postLegacy = (url: string, method: string, params?: object): Promise<PostAnswer> =>
  post(url, { jsonrpc: '2.0', id: 1, method, ...(params && { params }) });

/** A client of 2026-07-28 repeats only a name that is a text. */
function postModernWith(url: string, method: string, params: object = {}): Promise<PostAnswer> {
  const { name, uri } = params as { name?: unknown; uri?: unknown };
  const isNamed = typeof (name ?? uri) === 'string';
  return postModern(url, method, params, isNamed ? {} : { headers: { 'mcp-name': undefined } });
}

const ERAS = { '2025': postLegacy, '2026-07-28': postModernWith } as const;

const serverErrors = (): unknown[] =>
  logs().filter(({ msg }) => /server (error|failed)/.test(String(msg)));

const VALUE = 'cAnArY';
const PROMPT = { type: 'ref/prompt', name: 'greet' };
const ARGUMENT = { name: 'name', value: 'A' };
const LISTS = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'] as const;
const URI_RULE = 'params.uri must be a URI with a scheme.';

/** Method, params, and what is wrong with them. */
const MISTAKES: [string, object, string][] = [
  ...LISTS.flatMap((list): [string, object, string][] =>
    [null, 5, {}, [VALUE]].map((cursor) => [list, { cursor }, 'params.cursor must be a string.']),
  ),
  ['tools/call', {}, 'params.name must be a string.'],
  ['tools/call', { name: null }, 'params.name must be a string.'],
  ['tools/call', { name: 5, arguments: {} }, 'params.name must be a string.'],
  ...[VALUE, null, [], [VALUE], 5, true].map((args): [string, object, string] => [
    'tools/call',
    { name: 'echo', arguments: args },
    'params.arguments must be an object.',
  ]),
  ['prompts/get', {}, 'params.name must be a string.'],
  ...[{ name: 5 }, { name: 'x', [VALUE]: null }, [], null, VALUE].map(
    (args): [string, object, string] => [
      'prompts/get',
      { name: 'greet', arguments: args },
      'params.arguments must be an object whose values are strings.',
    ],
  ),
  ...[undefined, null, 5, '', `not a uri ${VALUE}`, '/static', ':x'].map(
    (uri): [string, object, string] => ['resources/read', { uri }, URI_RULE],
  ),
  ['completion/complete', { argument: ARGUMENT }, 'params.ref must be an object.'],
  ['completion/complete', { ref: null, argument: ARGUMENT }, 'params.ref must be an object.'],
  [
    'completion/complete',
    { ref: { type: VALUE, name: 'x' }, argument: ARGUMENT },
    'params.ref.type must be "ref/prompt" or "ref/resource".',
  ],
  [
    'completion/complete',
    { ref: { type: 'ref/prompt', uri: 'test://x' }, argument: ARGUMENT },
    'params.ref.name must be a string.',
  ],
  [
    'completion/complete',
    { ref: { type: 'ref/resource', name: 'x' }, argument: ARGUMENT },
    'params.ref.uri must be a string.',
  ],
  ['completion/complete', { ref: PROMPT }, 'params.argument must be an object.'],
  [
    'completion/complete',
    { ref: PROMPT, argument: { name: 'name' } },
    'params.argument.value must be a string.',
  ],
  [
    'completion/complete',
    { ref: PROMPT, argument: { name: 5, value: 'x' } },
    'params.argument.name must be a string.',
  ],
  [
    'completion/complete',
    { ref: PROMPT, argument: ARGUMENT, context: [] },
    'params.context must be an object.',
  ],
  [
    'completion/complete',
    { ref: PROMPT, argument: ARGUMENT, context: { arguments: { [VALUE]: 5 } } },
    'params.context.arguments must be an object whose values are strings.',
  ],
];

/** Methods that 2026-07-28 does not have. */
const MISTAKES_2025: [string, object | undefined, string][] = [
  ['tools/call', undefined, 'params.name must be a string.'],
  ['resources/subscribe', { uri: 5 }, URI_RULE],
  ['resources/subscribe', {}, URI_RULE],
  ['resources/unsubscribe', { uri: VALUE }, URI_RULE],
  ['logging/setLevel', { level: VALUE }, 'params.level must be a log level.'],
  ['logging/setLevel', {}, 'params.level must be a log level.'],
  ['initialize', { protocolVersion: 20250618 }, 'params.protocolVersion must be a string.'],
];

const listen = (notifications: unknown, text: string): [string, object, string] => [
  'subscriptions/listen',
  { notifications },
  text,
];
const MISTAKES_2026: [string, object, string][] = [
  listen(undefined, 'params.notifications must be an object.'),
  listen([], 'params.notifications must be an object.'),
  listen(VALUE, 'params.notifications must be an object.'),
  listen(null, 'params.notifications must be an object.'),
];

describe.each(MOUNTS)('%s', (mount) => {
  const expectMistake = (answer: PostAnswer, text: string, reason = 'invalid-params'): void => {
    expect({ status: answer.status, id: answer.id, error: answer.error }).toEqual({
      status: 200,
      id: 1,
      error: { code: -32602, message: `Invalid params: ${text}`, data: { reason } },
    });
    expect(answer.body).not.toContain(VALUE);
    expect(serverErrors()).toEqual([]);
  };

  describe.each(['2025', '2026-07-28'] as const)('%s', (era) => {
    it.each(MISTAKES)('%s with %j: %s', async (method, params, text) => {
      expectMistake(await ERAS[era](urlOf(mount), method, params), text);
    });

    it('serves the same methods when their params are right, unknown members included', async () => {
      const more = { unknown: { [VALUE]: null } };
      const right: [string, object][] = [
        ...LISTS.map((list): [string, object] => [list, more]),
        ['tools/call', { name: 'echo', arguments: { text: 'x' }, ...more }],
        ['tools/call', { name: 'echo' }],
        ['prompts/get', { name: 'greet', arguments: { name: 'Ada' }, ...more }],
        ['prompts/get', { name: 'greet', arguments: {} }],
        ['resources/read', { uri: 'test://item/1', ...more }],
        ['completion/complete', { ref: PROMPT, argument: ARGUMENT, context: {}, ...more }],
        [
          'completion/complete',
          {
            ref: { type: 'ref/resource', uri: 'test://item/{id}', title: null },
            argument: { name: 'id', value: '' },
            context: { arguments: { other: 'x' } },
          },
        ],
      ];
      for (const [method, params] of right) {
        const { status, error } = await ERAS[era](urlOf(mount), method, params);
        expect({ method, params, status, error }).toEqual({ method, params, status: 200 });
      }
    });
  });

  it.each(MISTAKES_2025)('2025, %s with %j: %s', async (method, params, text) => {
    expectMistake(await postLegacy(urlOf(mount), method, params), text);
  });

  it.each(MISTAKES_2026)('2026-07-28, %s with %j: %s', async (method, params, text) => {
    expectMistake(await postModernWith(urlOf(mount), method, params), text, 'bad-subscription');
  });

  it('takes a URI that nobody can parse for a mistake of the client', async () => {
    for (const send of Object.values(ERAS)) {
      const { status, error } = await send(urlOf(mount), 'resources/read', { uri: 'http://[' });
      expect({ status, code: error?.code }).toEqual({ status: 200, code: -32602 });
    }
    expect(serverErrors()).toEqual([]);
  });

  it('takes what the schema of a method of its own refuses for a mistake of the client', async () => {
    const url = urlOf(mount);
    const right = await postLegacy(url, 'example/count', { limit: 5 });
    expect(right.result).toEqual({ limit: 5 });
    const { status, error } = await postLegacy(url, 'example/count', { limit: VALUE });
    expect({ status, code: error?.code }).toEqual({ status: 200, code: -32602 });
    expect(error?.message).toMatch(/limit: .*expected number/);
    expect(error?.message).not.toContain(VALUE);
    expect(serverErrors()).toEqual([]);
  });
});

describe.each(MOUNTS)('%s: a fault of the author', (mount) => {
  it.each(['sync-fault', 'async-fault', 'url-fault'])('%s stays one', async (fault) => {
    const { error } = await postLegacy(urlOf(mount), `example/${fault}`, { limit: 1 });
    expect(error).toEqual({ code: -32603, message: 'Internal error.' });
    expect(serverErrors()).toHaveLength(1);
  });
});

it('does not look at the params of a method that the server does not offer', async () => {
  const url = urlOf('tools-only');
  for (const [method, params] of [
    ['prompts/get', { name: 5 }],
    ['resources/read', {}],
    ['completion/complete', {}],
    ['logging/setLevel', {}],
  ] as const) {
    const legacy = await postLegacy(url, method, params);
    expect({ method, code: legacy.error?.code }).toEqual({ method, code: -32601 });
    const modern = await postModernWith(url, method, params);
    expect({ method, status: modern.status, code: modern.error?.code }).toEqual({
      method,
      status: 404,
      code: -32601,
    });
  }
});

it('asks in 2026-07-28 for envelope and headers before it looks at params', async () => {
  const url = urlOf('v1-shared');
  const params = { name: 'echo', arguments: null };
  const headers = { 'mcp-name': 'other' };
  expect((await postModern(url, 'tools/call', params, { headers })).error?.code).toBe(-32020);
  const meta = { 'io.modelcontextprotocol/clientCapabilities': undefined };
  expect((await postModern(url, 'tools/call', params, { meta })).status).toBe(400);
});
