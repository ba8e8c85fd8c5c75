// Whom a handler serves: the client of its own request, also on a shared server that serves another
// client meanwhile.

import { describe, expect, it } from 'vitest';
import { type PostAnswer, post } from '../../post.ts';
import { startHost } from '../../start-host.ts';
import { key, postModern, VERSION } from '../eras/modern.ts';

const MOUNTS = ['v1', 'v2'].flatMap((sdk) =>
  ['shared', 'per-request'].flatMap((instance) =>
    ['2025-11-25', VERSION].map((version) => ({ sdk, instance, version })),
  ),
);

const APPS = { extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html'] } } };
const FORMS = { elicitation: { form: {} }, experimental: { 'com.example/x': {} } };

type Ask = (method: string, params?: object) => Promise<PostAnswer>;

describe.each(MOUNTS)('$sdk $instance, $version', ({ sdk, instance, version }) => {
  const isModern = version === VERSION;
  const start = async (factory = 'createServer'): Promise<string> => {
    const { url } = await startHost({
      listen: true,
      yaml: `servers: { s: { module: ./client-${sdk}.mjs, instance: ${instance}, export: ${factory}, auth: anonymous } }`,
    });
    return `${url}/s/mcp`;
  };

  /** A client that has introduced itself. */
  async function clientOf(path: string, name: string, capabilities: object): Promise<Ask> {
    const clientInfo = { name, version: '1' };
    if (isModern) {
      const options = { capabilities, meta: { [key('clientInfo')]: clientInfo } };
      return (method, params) => postModern(path, method, params, options);
    }
    const params = { protocolVersion: version, capabilities, clientInfo };
    const shaken = await post(path, { jsonrpc: '2.0', id: 0, method: 'initialize', params });
    const session = { 'mcp-session-id': String(shaken.headers['mcp-session-id']) };
    return (method, asked = {}) =>
      post(path, { jsonrpc: '2.0', id: 1, method, params: asked }, session);
  }

  const told = (name: string, capabilities: object): string => JSON.stringify([name, capabilities]);

  it('tells each of two clients in work at once its own name and capabilities', async () => {
    const path = await start();
    const asks = [await clientOf(path, 'apps', APPS), await clientOf(path, 'forms', FORMS)];
    const params = { name: 'meets', arguments: { meeting: path } };
    const answers = await Promise.all(asks.map((ask) => ask('tools/call', params)));
    const expected = [told('apps', APPS), told('forms', FORMS)].map((own) => {
      // After the first `await` of a handler, only its context can tell.
      const later = instance === 'shared' ? '[null,{}]' : own;
      return sdk === 'v1' ? `${own} ${later}` : `${own} ${later} ${own}`;
    });
    expect(answers.map(({ text }) => text)).toEqual(expected);
  });

  it('tells it in tools, prompts, resources and handlers of methods', async () => {
    const ask = await clientOf(await start(), 'apps', APPS);
    const own = told('apps', APPS);
    const answers = [
      await ask('tools/call', { name: 'client', arguments: {} }),
      await ask('prompts/get', { name: 'client' }),
      await ask('resources/read', { uri: 'test://client' }),
      await ask('com.example/client'),
    ];
    expect(answers.map(({ result }) => result)).toMatchObject([
      { content: [{ text: own }] },
      { messages: [{ content: { text: own } }] },
      { contents: [{ text: own }] },
      { client: own },
    ]);
  });

  it('tells it on the low-level server', async () => {
    const ask = await clientOf(await start('createLowLevel'), 'apps', APPS);
    const { text } = await ask('tools/call', { name: 'client', arguments: {} });
    expect(text).toBe(told('apps', APPS));
  });

  it('tells nothing of a client to the one that comes after it', async () => {
    const path = await start();
    await (await clientOf(path, 'apps', APPS))('tools/call', { name: 'client', arguments: {} });
    const params = { name: 'client', arguments: {} };
    const { text } = isModern
      ? await postModern(path, 'tools/call', params)
      : await post(path, { jsonrpc: '2.0', id: 1, method: 'tools/call', params });
    expect(text).toBe('[null,{}]');
  });

  it('tells of no tasks, and of what a session id can hold', async () => {
    const path = await start();
    const capabilities = {
      ...FORMS,
      tasks: { list: {} },
      extensions: {
        'io.modelcontextprotocol/tasks': {},
        'com.example/large': { x: 'x'.repeat(3_000) },
      },
    };
    const ask = await clientOf(path, 'all', capabilities);
    const { text = '' } = await ask('tools/call', { name: 'client', arguments: {} });
    const { elicitation, experimental } = FORMS;
    const { 'com.example/large': large } = capabilities.extensions;
    expect(JSON.parse(text)).toEqual([
      'all',
      isModern
        ? { elicitation, experimental, extensions: { 'com.example/large': large } }
        : { elicitation },
    ]);
  });
});
