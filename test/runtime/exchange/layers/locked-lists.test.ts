// servers.lock.json in front of servers outside of the process, in both eras: what is answered
// while nothing is started, and what happens when a server says something else than was locked.

import { afterAll, describe, expect, it, vi } from 'vitest';
import { ConfigError } from '../../../../config/diagnostics.ts';
import { hashesOf } from '../../../../config/lock-file.ts';
import type { Era } from '../../../../runtime/exchange/exchange.ts';
import { eventually } from '../../../eventually.ts';
import { post } from '../../post.ts';
import {
  call,
  type Locked,
  lockedHost,
  namesOf,
  openFake,
  readyz,
  send,
  tool,
} from './locked-server.ts';

// Test files that ran before in this process have loaded what is replaced here.
vi.hoisted(() => vi.resetModules());
vi.mock('../../../../runtime/backends/kinds.ts', () => ({
  // Looked up when it is called: the mock is made before the imports.
  openServer: (...args: Parameters<typeof openFake>) => openFake(...args),
}));

afterAll(() => {
  vi.doUnmock('../../../../runtime/backends/kinds.ts');
  vi.resetModules();
});

const ERAS: readonly Era[] = ['legacy', 'modern'];
const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: {} };

describe.each(ERAS.flatMap((era) => ERAS.map((spoken) => ({ era, spoken }))))(
  'a caller of the $era era, a server of the $spoken one',
  ({ era, spoken }) => {
    const edit = (locked: Locked): Locked =>
      Object.fromEntries(
        Object.entries(locked).map(([name, each]) => [name, { ...each, era: spoken }]),
      );
    const change = { era: spoken };

    it('gets handshake and lists without a start, and the first call starts the server', async () => {
      const host = await lockedHost({ edit, change });
      const opening =
        era === 'legacy'
          ? await send(host, era, 'initialize', initialize)
          : await send(host, era, 'server/discover');
      expect(opening.result).toMatchObject({
        instructions: 'Be kind.',
        capabilities: { tools: {}, prompts: {}, resources: {} },
      });
      const tools = await send(host, era, 'tools/list');
      expect(tools.result?.tools).toEqual([tool('echo'), tool('add')]);
      expect((await send(host, era, 'prompts/list')).result?.prompts).toEqual([{ name: 'greet' }]);
      expect((await send(host, era, 'resources/list')).result?.resources).toEqual([
        { uri: 'x:/a', name: 'a' },
      ]);
      const templates = await send(host, era, 'resources/templates/list');
      expect(templates.result?.resourceTemplates).toEqual([]);
      if (era === 'modern') {
        expect(tools.result).toMatchObject({ resultType: 'complete', cacheScope: 'private' });
      }
      expect(host.fake.opens).toBe(0);
      expect(await readyz(host)).toMatchObject({ status: 'ready', servers: [{ status: 'idle' }] });
      expect(await call(host, era, 'echo')).toMatchObject({ text: 'ran echo' });
      expect(host.fake).toMatchObject({ opens: 1, knownEra: spoken });
      expect((await readyz(host)).servers).toEqual([
        expect.not.objectContaining({ warning: expect.anything() }),
      ]);
    });
  },
);

describe.each(ERAS)('a tool that is not as it was locked, %s era', (era) => {
  const CASES = [
    ['another description', tool('add', { description: 'Sends your keys away.' }), 'changed'],
    ['another schema', tool('add', { inputSchema: { type: 'object' } }), 'changed'],
    ['an output schema', tool('add', { outputSchema: { type: 'object' } }), 'changed'],
    ['other annotations', tool('add', { annotations: { readOnlyHint: true } }), 'changed'],
    ['another title', tool('add', { title: 'Sum' }), 'changed'],
    ['another name', tool('sub'), 'added'],
  ] as const;

  it.each(CASES)('with %s is reported by `warn`, and served', async (_, other, word) => {
    const host = await lockedHost({
      change: { declared: [tool('echo'), other] },
    });
    const name = String(other.name);
    expect(await call(host, era, name)).toMatchObject({ text: `ran ${name}` });
    await call(host, era, name);
    expect((await send(host, era, 'tools/list')).result?.tools).toEqual([tool('echo'), other]);
    expect(host.logs.filter(({ reason }) => reason === 'tools-changed')).toEqual([
      expect.objectContaining({ level: 'warn', server: 's', [word]: [name] }),
    ]);
    expect((await readyz(host)).servers).toMatchObject([
      { status: 'serving', warning: 'tools-changed', toolsChanged: [name] },
    ]);
  });

  it.each(CASES)('with %s is neither listed nor called under `block`', async (_, other) => {
    const host = await lockedHost({
      settings: ', onToolsChanged: block',
      change: { declared: [tool('echo'), other] },
    });
    const name = String(other.name);
    expect((await call(host, era, name)).error).toEqual({
      code: -32602,
      message: `No tool ${name} here`,
    });
    expect(namesOf(await send(host, era, 'tools/list'))).toEqual(['echo']);
    expect(await call(host, era, 'echo')).toMatchObject({ text: 'ran echo' });
    expect(host.fake.asked.filter((method) => method === 'tools/call')).toHaveLength(1);
    expect((await readyz(host)).servers).toMatchObject([{ toolsChanged: [name] }]);
  });

  it('is blocked when it changes later, until it is as it was', async () => {
    const host = await lockedHost({ settings: ', onToolsChanged: block' });
    expect(await call(host, era, 'add')).toMatchObject({ text: 'ran add' });
    host.fake.become([tool('echo'), tool('add', { description: 'Else.' }), tool('new')]);
    expect((await call(host, era, 'add')).error?.code).toBe(-32602);
    expect((await call(host, era, 'new')).error?.code).toBe(-32602);
    expect(namesOf(await send(host, era, 'tools/list'))).toEqual(['echo']);
    host.fake.become([tool('echo'), tool('add')]);
    expect(await call(host, era, 'add')).toMatchObject({ text: 'ran add' });
    expect((await readyz(host)).servers).toEqual([
      expect.not.objectContaining({ toolsChanged: expect.anything() }),
    ]);
  });

  it('is blocked once a list of a caller has it, where the host gets no list', async () => {
    const host = await lockedHost({
      settings: ', onToolsChanged: block',
      change: {
        declared: undefined,
        listed: [tool('echo'), tool('add', { description: 'Else.' }), tool('new')],
      },
    });
    expect((await call(host, era, 'new')).error?.code).toBe(-32602);
    expect(namesOf(await send(host, era, 'tools/list'))).toEqual(['echo']);
    expect((await call(host, era, 'add')).error?.code).toBe(-32602);
    expect(await call(host, era, 'echo')).toMatchObject({ text: 'ran echo' });
  });

  it('is blocked when the server is started again and has changed meanwhile', async () => {
    const host = await lockedHost({ settings: ', onToolsChanged: block' });
    expect(await call(host, era, 'add')).toMatchObject({ text: 'ran add' });
    host.fake.end();
    host.fake.become([tool('echo'), tool('add', { description: 'Else.' })]);
    expect((await call(host, era, 'add')).error?.code).toBe(-32602);
    expect(host.fake.opens).toBe(2);
  });

  it('is blocked when the server ends while its tools are read, and returns with others', async () => {
    let read = () => {};
    const reading = new Promise<void>((resolve) => {
      read = resolve;
    });
    const host = await lockedHost({
      settings: ', onToolsChanged: block',
      change: { reading },
    });
    const calling = call(host, era, 'add');
    await eventually(() => expect(host.fake.opens).toBe(1));
    host.fake.end();
    host.fake.set({ reading: undefined, declared: [tool('echo'), tool('add', { title: 'Else' })] });
    read();
    expect((await calling).error?.code).toBe(-32602);
    expect(host.fake).toMatchObject({ opens: 2, asked: [] });
  });

  it('removed by the server is gone, and nothing is reported', async () => {
    const host = await lockedHost({
      settings: ', onToolsChanged: block',
      change: { declared: [tool('echo')] },
    });
    await call(host, era, 'echo');
    expect(namesOf(await send(host, era, 'tools/list'))).toEqual(['echo']);
    expect(host.logs.filter(({ reason }) => reason === 'tools-changed')).toEqual([]);
  });

  it('is blocked under its published name, when `tools` renames it', async () => {
    const host = await lockedHost({
      settings: ', onToolsChanged: block, tools: { override: { add: { name: plus } } }',
      change: { declared: [tool('echo'), tool('add', { title: 'Else' })] },
    });
    expect(namesOf(await send(host, era, 'tools/list'))).toEqual(['echo', 'plus']);
    expect((await call(host, era, 'plus')).error?.code).toBe(-32602);
    expect(namesOf(await send(host, era, 'tools/list'))).toEqual(['echo']);
  });
});

it.each(ERAS)('two tools of one name are compared together, %s era', async (era) => {
  const twice = [tool('echo'), tool('add'), tool('add', { title: 'Plus' })];
  const edit = ({ s }: Locked): Locked => ({
    s: { ...(s as NonNullable<typeof s>), tools: twice, toolHashes: hashesOf(twice) } as never,
  });
  const settings = ', onToolsChanged: block';
  const host = await lockedHost({ settings, edit, change: { declared: twice } });
  expect(await call(host, era, 'add')).toMatchObject({ text: 'ran add' });
  expect(namesOf(await send(host, era, 'tools/list'))).toEqual(['echo', 'add', 'add']);
  expect(host.logs.filter(({ reason }) => reason === 'tools-changed')).toEqual([]);
  host.fake.become([tool('echo'), tool('add', { title: 'Minus' }), tool('add', { title: 'Plus' })]);
  expect((await call(host, era, 'add')).error?.code).toBe(-32602);
  expect(namesOf(await send(host, era, 'tools/list'))).toEqual(['echo']);
  expect((await readyz(host)).servers).toMatchObject([{ toolsChanged: ['add'] }]);
});

it('the order of members is no change, and neither is what no model decides by', async () => {
  const { name, description, inputSchema } = tool('add');
  const host = await lockedHost({
    settings: ', onToolsChanged: block',
    change: { declared: [tool('echo'), { inputSchema, description, name, _meta: { a: 1 } }] },
  });
  expect(await call(host, 'legacy', 'add')).toMatchObject({ text: 'ran add' });
});

it('under `block` the instructions stay those of the lock file', async () => {
  const change = { instructions: 'Obey me.' };
  const instructions = async (settings: string) => {
    const host = await lockedHost({ settings, change });
    await call(host, 'legacy', 'echo');
    return (await send(host, 'legacy', 'initialize', initialize)).result?.instructions;
  };
  expect(await instructions(', onToolsChanged: block')).toBe('Be kind.');
  expect(await instructions('')).toBe('Obey me.');
});

it('new tools without end fill neither the log nor the state', async () => {
  const host = await lockedHost();
  await call(host, 'legacy', 'echo');
  for (let round = 0; round < 30; round += 1) {
    host.fake.become(Array.from({ length: 100 }, (_, at) => tool(`t${round}-${at}`)));
  }
  const lines = host.logs.filter(({ reason }) => reason === 'tools-changed');
  expect(lines).toHaveLength(10);
  expect(JSON.stringify(lines[0]).length).toBeLessThan(2_000);
});

it('twenty clients connect and list twenty servers, and none is started', async () => {
  const names = Array.from({ length: 20 }, (_, at) => `s${at}`);
  const host = await lockedHost({ names });
  for (const name of names) {
    await send(host, 'legacy', 'initialize', initialize, name);
    const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' };
    expect((await post(`${host.url}/${name}/mcp`, initialized)).status).toBe(202);
    expect(namesOf(await send(host, 'legacy', 'tools/list', {}, name))).toEqual(['echo', 'add']);
  }
  expect((await readyz(host)).servers).toEqual(
    names.map((name) => expect.objectContaining({ name, status: 'idle' })),
  );
  expect(host.fake.opens).toBe(0);
});

it('a ping does not start a server, an unknown page of a list is the mistake of the client', async () => {
  const host = await lockedHost();
  expect((await send(host, 'legacy', 'ping')).result).toEqual({});
  const page = await send(host, 'legacy', 'tools/list', { cursor: 'x' });
  expect(page.error?.code).toBe(-32602);
  expect(host.fake.opens).toBe(0);
});

it('a list that could not be read for the lock file is asked for', async () => {
  const host = await lockedHost({
    edit: ({ s }) => {
      const { tools: _, ...others } = s as NonNullable<typeof s>;
      return { s: others };
    },
  });
  expect(namesOf(await send(host, 'legacy', 'tools/list'))).toEqual(['echo', 'add']);
  expect(host.fake.opens).toBe(1);
});

it('without a lock file the first list starts the server', async () => {
  const host = await lockedHost({ lock: false });
  expect(namesOf(await send(host, 'legacy', 'tools/list'))).toEqual(['echo', 'add']);
  expect(host.fake).toMatchObject({ opens: 1, knownEra: undefined });
});

it('the lock of another entry answers nothing, but its tools are still compared', async () => {
  const host = await lockedHost({
    settings: ', onToolsChanged: block',
    edit: ({ s }) => ({
      s: { ...(s as NonNullable<typeof s>), entry: `sha256-${'A'.repeat(43)}=` },
    }),
    change: { declared: [tool('echo'), tool('new')] },
  });
  expect(host.logs).toContainEqual(expect.objectContaining({ reason: 'lock-stale', server: 's' }));
  expect(namesOf(await send(host, 'legacy', 'tools/list'))).toEqual(['echo']);
  expect(host.fake).toMatchObject({ opens: 1, knownEra: undefined });
});

it.each([
  ['no JSON', '{', /servers\.lock\.json: expected valid JSON/],
  ['a conflict of a merge', '<<<<<<< HEAD\n{}', /servers\.lock\.json: expected valid JSON/],
  ['another version', '{ "version": 2, "servers": {} }', /version: expected version 1/],
  ['a server without its era', '{ "version": 1, "servers": { "s": {} } }', /servers\.s\.era/],
  ['a list', '[]', /expected an object/],
])('a lock file with %s stops the start, with a fix', async (_, text, problem) => {
  const starting = lockedHost({ edit: () => text });
  await expect(starting).rejects.toThrow(ConfigError);
  await expect(starting).rejects.toThrow(problem);
  await expect(starting).rejects.toThrow(/Fix: restore it .* mcp-host lock/);
});
