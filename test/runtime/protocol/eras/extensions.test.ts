// Methods of extensions are the server's, in both eras: what it handles is answered as
// `createMcpHandler` of SDK v2 answers it. Tasks are the exception: they belong to one caller, and
// are hidden whole.

import { createMcpHandler } from '@modelcontextprotocol/server';
import { afterAll, describe, expect, it } from 'vitest';
import { type PostAnswer, post } from '../../post.ts';
import { openHost, type TestHost } from '../../start-host.ts';
import { key, modernHeaders, modernMessage, VERSION } from './modern.ts';

const MOUNTS = ['v1', 'v2'].flatMap((sdk) =>
  ['shared', 'per-request'].flatMap((instance) =>
    ['2025-11-25', VERSION].map((version) => ({ sdk, instance, version })),
  ),
);

let host: Promise<TestHost> | undefined;
afterAll(async () => (await host)?.close());
const hostUrl = async (): Promise<string> => {
  host ??= openHost({
    listen: true,
    yaml: `
defaults: { auth: anonymous }
servers:
${['v1', 'v2']
  .flatMap((sdk) =>
    ['shared', 'per-request'].map(
      (instance) =>
        `  ${sdk}-${instance}: { module: ../../runtime/protocol/eras/servers/extension-${sdk}.mjs, instance: ${instance} }`,
    ),
  )
  .join('\n')}`,
  });
  return (await host).url;
};

interface Sent {
  readonly params?: object;
  readonly capabilities?: object;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {}, 'com.example/notes': {} } };

describe.each(MOUNTS)('$sdk $instance, $version', ({ sdk, instance, version }) => {
  const isModern = version === VERSION;

  async function ask(method: string, { params = {}, ...options }: Sent = {}): Promise<PostAnswer> {
    const url = `${await hostUrl()}/${sdk}-${instance}/mcp`;
    if (!isModern) return post(url, { jsonrpc: '2.0', id: 1, method, params });
    const message = modernMessage(method, params, options);
    return post(url, message, modernHeaders(message, options.headers));
  }
  const call = (name: string, options: Sent = {}): Promise<PostAnswer> =>
    ask('tools/call', { ...options, params: { name, arguments: {} } });

  it('answers the methods of an extension that has a name of MCP, and of one of its own', async () => {
    const skills = await ask('skills/list');
    expect(skills).toMatchObject({ status: 200, result: { skills: [{ uri: 'skill://one' }] } });
    const params = { text: 'milk', task: 'buy' };
    const added = await ask('com.example/notes/add', { params });
    expect(added).toMatchObject({ status: 200, result: { added: params } });
    expect(added.result?.resultType).toBe(isModern ? 'complete' : undefined);
  });

  it('passes the error of such a method on', async () => {
    const { status, error } = await ask('com.example/notes/fail');
    expect({ status, code: error?.code }).toEqual({ status: 200, code: -32602 });
    expect(error?.message).toContain('No such note');
  });

  it('advertises extensions, but none of tasks', async () => {
    const client = { clientInfo: { name: 'c', version: '1' }, protocolVersion: version };
    const { result } = isModern
      ? await ask('server/discover')
      : await ask('initialize', { params: { ...client, capabilities: {} } });
    expect(result?.capabilities).toEqual({
      tools: expect.anything(),
      extensions: {
        'io.modelcontextprotocol/skills': { directoryRead: true },
        'com.example/notes': {},
      },
      experimental: { 'com.example/kept': {} },
    });
  });

  it.each(['tasks/get', 'tasks/update', 'tasks/list', 'com.example/tasks/get'])(
    'knows no method %s',
    async (method) => {
      const params = { taskId: 't1' };
      const { status, error } = await ask(method, { params, headers: { 'mcp-name': 't1' } });
      expect({ status, code: error?.code }).toEqual({ status: isModern ? 404 : 200, code: -32601 });
    },
  );

  it('knows no method that neither MCP nor the server has', async () => {
    const { status, error } = await ask('skills/none');
    expect({ status, code: error?.code }).toEqual({ status: isModern ? 404 : 200, code: -32601 });
  });

  it('answers an error in place of a task that nobody could poll', async () => {
    const { status, error } = await call('task', { capabilities: TASKS });
    expect({ status, ...error }).toEqual({
      status: 500,
      code: -32603,
      message: 'The server answered with a task, but this host does not support tasks.',
      data: { reason: 'task-result' },
    });
  });

  it('tells nobody of a task', async () => {
    const { text, notifications } = await call('tells-of-task');
    expect({ text, notifications }).toEqual({ text: 'told', notifications: [] });
  });

  if (isModern) {
    it('tells a server nothing of a client that supports tasks', async () => {
      const { text = '' } = await call('sees-tasks', { capabilities: TASKS });
      const envelope = JSON.parse(text);
      expect(envelope[key('clientCapabilities')]).toEqual({
        extensions: { 'com.example/notes': {} },
      });
    });

    it.each([
      ['without an envelope', { 'mcp-method': 'skills/list' }, { params: {} }, -32602],
      ['without its header', { 'mcp-method': undefined }, {}, -32020],
      ['with the header of another method', { 'mcp-method': 'tools/list' }, {}, -32020],
    ] as const)('refuses a method of an extension %s', async (_, headers, member, code) => {
      const message = { ...modernMessage('skills/list'), ...member };
      const url = `${await hostUrl()}/${sdk}-${instance}/mcp`;
      const { status, error } = await post(url, message, modernHeaders(message, headers));
      expect({ status, code: error?.code }).toEqual({ status: 400, code });
    });
  }
});

it.each(['skills/list', 'com.example/notes/add', 'com.example/notes/fail', 'skills/none', 'ping'])(
  'answers %s as `createMcpHandler` does',
  async (method) => {
    const file = new URL('./servers/extension-v2.mjs', import.meta.url).href;
    const { createServer } = await import(file);
    const handler = createMcpHandler(createServer, { legacy: 'reject' });
    const message = modernMessage(method, { text: 'milk' });
    const headers = { ...modernHeaders(message), 'content-type': 'application/json' };
    const request = new Request('http://localhost/', {
      method: 'POST',
      headers,
      body: JSON.stringify(message),
    });
    const response = await handler.fetch(request);
    const { result, error } = (await response.json()) as {
      result?: object;
      error?: { code: number };
    };
    for (const instance of ['shared', 'per-request']) {
      const answer = await post(`${await hostUrl()}/v2-${instance}/mcp`, message, headers);
      expect({ status: answer.status, result: answer.result, code: answer.error?.code }).toEqual({
        status: response.status,
        result,
        code: error?.code,
      });
    }
  },
);
