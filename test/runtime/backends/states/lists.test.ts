// A server whose handshake works is served, whatever becomes of its tool list; what depends on the
// list follows it.

import { describe, expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { post } from '../../post.ts';
import { callModern, postModern } from '../../protocol/eras/modern.ts';
import { addMarkedTool, KINDS, moodOf, SDKS, startMoody } from './moody-host.ts';

const callLegacy = (url: string, name: string, args: object) =>
  post(url, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } });

const echo = (url: string) => callLegacy(url, 'echo', { text: 'hi' });

const UNREADABLE = [
  [
    'cannot be read without a caller',
    () => {
      throw new Error('who are you?');
    },
  ],
  ['is no list', () => ({ tools: [null] })],
  ['never comes', () => new Promise(() => {})],
] as const;

describe.each(KINDS)('$sdk, $instance', (kind) => {
  it.each(UNREADABLE)('is served with a warning when its list %s', async (_what, listing) => {
    const mood = await moodOf(kind.sdk);
    mood.listing = listing;
    const host = await startMoody(kind, { listen: true, settings: 'startTimeoutMs: 600' });
    const url = `${host.url}/moody/mcp`;
    expect(await echo(url)).toMatchObject({ status: 200, text: 'hi' });
    expect(await callModern(url, 'echo', { text: 'hi' })).toMatchObject({
      status: 200,
      text: 'hi',
    });
    const warnings = host.logs.filter(({ level }) => level === 'warn');
    expect(warnings).toEqual([
      expect.objectContaining({
        msg: expect.stringMatching(/cannot list the tools of this server without a caller/),
      }),
    ]);
  });

  it.each([
    ['a cursor that comes again', 'more'],
    ['a cursor that is null', null],
  ])('is served with the part of its list that was read before %s', async (_what, nextCursor) => {
    const mood = await moodOf(kind.sdk);
    mood.listing = () => ({ tools: [], nextCursor });
    const host = await startMoody(kind, { listen: true });
    expect(await echo(`${host.url}/moody/mcp`)).toMatchObject({ status: 200, text: 'hi' });
  });

  it('answers at once when a handler that came with the handshake throws undefined', async () => {
    await moodOf(kind.sdk);
    const host = await startMoody(kind, { listen: true });
    const message = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'throws-undefined', arguments: {} },
    } as const;
    const answer = await post(`${host.url}/moody/mcp`, message);
    expect(answer.status).toBe(200);
    expect(answer.error?.code ?? answer.result?.isError).toBeTruthy();
  });
});

it('says that a list which is no object is invalid', async () => {
  const mood = await moodOf('v1');
  mood.listing = () => null;
  const host = await startMoody({ sdk: 'v1', instance: 'shared' }, { listen: true });
  const message = { jsonrpc: '2.0', id: 1, method: 'tools/list' } as const;
  expect(await post(`${host.url}/moody/mcp`, message)).toMatchObject({
    status: 500,
    error: { data: { reason: 'invalid-result' } },
  });
});

describe.each(SDKS)('%s, shared', (sdk) => {
  const kind = { sdk, instance: 'shared' } as const;

  it('has the headers of a tool checked that it added after its start', async () => {
    await moodOf(sdk);
    const host = await startMoody(kind, { listen: true });
    const url = `${host.url}/moody/mcp`;
    await addMarkedTool(sdk);
    const without = await callModern(url, 'marked', { city: 'Oslo' });
    expect(without).toMatchObject({ status: 400, error: { code: -32020 } });
    const headers = { 'mcp-param-city': 'Oslo' };
    const right = await callModern(url, 'marked', { city: 'Oslo' }, { headers });
    expect(right).toMatchObject({ status: 200, text: 'Oslo' });
    const wrong = { 'mcp-param-city': 'Paris' };
    const other = await callModern(url, 'marked', { city: 'Oslo' }, { headers: wrong });
    expect(other).toMatchObject({ status: 400, error: { code: -32020 } });
  });

  it.each([
    ['a caller of 2026-07-28', callModern, ''],
    ['a caller of a renamed tool', callModern, 'tools: { override: { echo: { name: say } } }'],
    [
      'a caller of the 2025 era and a renamed tool',
      callLegacy,
      'tools: { override: { echo: { name: say } } }',
    ],
  ])(
    'begins nothing for %s whose time passed while a changed list was read',
    async (_caller, callTool, tools) => {
      const mood = await moodOf(sdk);
      let hold: Promise<void> | undefined;
      let release = (): void => {};
      mood.listing = async () => {
        await hold;
        return { tools: [] };
      };
      const host = await startMoody(kind, { listen: true, settings: `timeoutMs: 200, ${tools}` });
      const name = tools ? 'say' : 'echo';
      const url = `${host.url}/moody/mcp`;
      hold = new Promise((resolve) => {
        release = resolve;
      });
      for (const server of mood.servers as { sendToolListChanged(): void }[]) {
        server.sendToolListChanged();
      }
      expect(await callTool(url, name, { text: 'late' })).toMatchObject({ status: 504 });
      release();
      expect(await callTool(url, name, { text: 'hi' })).toMatchObject({ text: 'hi' });
      expect(mood.calls).toBe(1);
    },
  );

  it('is served by the tools that a repeated page has, each once', async () => {
    const mood = await moodOf(sdk);
    const tools = [{ name: 'echo', inputSchema: { type: 'object' } }];
    mood.listing = () => ({ tools, nextCursor: 'more' });
    const settings = 'tools: { deny: [other] }';
    const host = await startMoody(kind, { listen: true, settings });
    expect(await echo(`${host.url}/moody/mcp`)).toMatchObject({ status: 200, text: 'hi' });
    expect(host.servers[0]?.backend.declarations?.tools).toEqual(tools);
  });

  it('stays unavailable for two tools of one name while they are read again, and serves then', async () => {
    const mood = await moodOf(sdk);
    const tool = (name: string) => ({ name, inputSchema: { type: 'object' } });
    let tools = [tool('echo'), tool('say')];
    let hold: Promise<void> | undefined;
    let release = (): void => {};
    mood.listing = async () => {
      await hold;
      return { tools };
    };
    const settings = 'tools: { override: { echo: { name: say } } }';
    const host = await startMoody(kind, { listen: true, settings });
    const say = () => callLegacy(`${host.url}/moody/mcp`, 'say', { text: 'hi' });
    expect(await say()).toMatchObject({ status: 503 });
    hold = new Promise((resolve) => {
      release = resolve;
    });
    tools = [tool('echo')];
    for (const server of mood.servers as { sendToolListChanged(): void }[]) {
      server.sendToolListChanged();
    }
    expect(await say()).toMatchObject({ status: 503 });
    release();
    await eventually(async () => expect(await say()).toMatchObject({ status: 200, text: 'hi' }));
  });

  it('has them checked once a caller has got the list that the host could not read', async () => {
    const mood = await moodOf(sdk);
    const tool = {
      name: 'echo',
      inputSchema: {
        type: 'object',
        properties: { text: { type: 'string', 'x-mcp-header': 'Text' } },
      },
    };
    let isReadable = false;
    mood.listing = () => {
      if (!isReadable) throw new Error('who are you?');
      return { tools: [tool] };
    };
    const host = await startMoody(kind, { listen: true });
    const url = `${host.url}/moody/mcp`;
    expect(await callModern(url, 'echo', { text: 'hi' })).toMatchObject({ status: 200 });
    isReadable = true;
    expect(await postModern(url, 'tools/list')).toMatchObject({ result: { tools: [tool] } });
    await eventually(async () =>
      expect(await callModern(url, 'echo', { text: 'hi' })).toMatchObject({
        error: { code: -32020 },
      }),
    );
  });
});
