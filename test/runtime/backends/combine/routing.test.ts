// What clients of a combination see, in both eras, with members on both SDKs: names with prefixes,
// URIs as they are, and each request at the member that it is for.

import { describe, expect, it } from 'vitest';
import { startHost } from '../../start-host.ts';
import { call, ERAS, listed, memberOf, moduleOf, send, startCombined } from './combined-host.ts';

describe.each(ERAS)('a combination, %s', (era) => {
  it('lists and calls the tools of all members under their prefixes, and no others', async () => {
    const host = await startCombined();
    expect(await listed(host, era, 'tools/list')).toEqual([
      'one_who',
      'one_wait',
      't_who',
      't_wait',
    ]);
    expect(await call(host, era, 'one_who')).toMatchObject({ status: 200, text: 'one' });
    expect(await call(host, era, 't_who')).toMatchObject({ status: 200, text: 'two' });
    for (const name of ['who', 'two_who', 'one', 'x_who']) {
      expect(await call(host, era, name)).toMatchObject({ error: { code: -32602 } });
    }
  });

  it('publishes its tools under names of its own settings', async () => {
    const host = await startCombined({
      one: 'tools: { override: { who: { name: whoami } }, deny: [wait] }',
      desk: 'combine: { one: {}, two: {} }, tools: { override: { one_whoami: { name: me } } }',
    });
    expect(await listed(host, era, 'tools/list')).toEqual(['me', 'two_who', 'two_wait']);
    expect(await call(host, era, 'me')).toMatchObject({ text: 'one' });
    expect(await call(host, era, 'one_wait')).not.toHaveProperty('text', 'one');
  });

  it('lists and gets the prompts of all members under their prefixes', async () => {
    const host = await startCombined();
    expect(await listed(host, era, 'prompts/list')).toEqual(['one_greet', 't_greet']);
    const params = { name: 't_greet', arguments: { topic: 'tea' } };
    expect(await send(host, era, 'prompts/get', params)).toMatchObject({
      result: { messages: [{ content: { text: 'two tea' } }] },
    });
    expect(await send(host, era, 'prompts/get', { name: 'greet' })).toMatchObject({
      error: { code: -32602 },
    });
  });

  it('completes arguments of prompts and of templates at the member that has them', async () => {
    const host = await startCombined();
    await listed(host, era, 'resources/templates/list');
    const complete = async (ref: object, name: string) =>
      (await send(host, era, 'completion/complete', { ref, argument: { name, value: 'a' } })).result
        ?.completion;
    expect(await complete({ type: 'ref/prompt', name: 't_greet' }, 'topic')).toMatchObject({
      values: ['a-two'],
    });
    expect(await complete({ type: 'ref/resource', uri: 'two://item/{id}' }, 'id')).toMatchObject({
      values: ['a-two'],
    });
  });

  it('passes URIs as they are; of two members with one URI the first is asked, with a warning', async () => {
    const one = await memberOf('one');
    const two = await memberOf('two');
    const host = await startCombined();
    expect(await listed(host, era, 'resources/list')).toEqual([
      'one://own',
      'both://same',
      'two://own',
    ]);
    expect(await listed(host, era, 'resources/templates/list')).toEqual([
      'one://item/{id}',
      'two://item/{id}',
    ]);
    const read = async (uri: string) =>
      (await send(host, era, 'resources/read', { uri })).result?.contents;
    expect(await read('two://own')).toMatchObject([{ uri: 'two://own', text: 'two' }]);
    expect(await read('two://item/7')).toMatchObject([{ text: 'two' }]);
    expect(await read('both://same')).toMatchObject([{ text: 'one' }]);
    expect([one.reads, two.reads]).toEqual([['both://same'], ['two://own', 'two://item/7']]);
    expect(host.logs.filter(({ msg }) => String(msg).startsWith('two members'))).toEqual([
      expect.objectContaining({ server: 'desk', uri: 'both://same', members: ['one', 'two'] }),
    ]);
  });

  it('finds a resource that nobody has listed, and says what is nowhere', async () => {
    const host = await startCombined();
    const read = (uri: string) => send(host, era, 'resources/read', { uri });
    expect((await read('two://item/8')).result?.contents).toMatchObject([{ text: 'two' }]);
    expect(await read('three://own')).toMatchObject({ error: { code: -32602 } });
  });

  it('tells of itself: its own name, all capabilities, and the instructions of all members', async () => {
    const host = await startCombined({
      desk: 'combine: { one: {}, two: { prefix: t } }, title: The desk, description: All in one.',
      two: 'title: Number two',
    });
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'c', version: '1' },
    };
    const { result } = await send(
      host,
      era,
      era === 'legacy' ? 'initialize' : 'server/discover',
      params,
    );
    expect(result?.capabilities).toMatchObject({
      tools: {},
      prompts: {},
      resources: {},
      completions: {},
      logging: {},
    });
    expect(result?.instructions).toMatch(
      /^# one\n\n.*`one_`.*\n\nI am one\.\n\n# Number two\n\n.*`t_`.*\n\nI am two\.$/,
    );
    const own = { name: 'desk', title: 'The desk', description: 'All in one.', version: '1' };
    if (era === 'legacy') expect(result?.serverInfo).toEqual(own);
    const called = era === 'modern' ? (await call(host, era, 't_who')).result?._meta : undefined;
    if (era === 'modern')
      expect(called).toMatchObject({ 'io.modelcontextprotocol/serverInfo': own });
  });

  it('asks no member for what it does not offer', async () => {
    const host = await startHost({
      listen: true,
      yaml: `
defaults: { auth: anonymous }
servers:
  plain: ${moduleOf('plain')}
  one: ${moduleOf('one')}
  desk: { combine: { plain: {}, one: {} } }
  bare: { combine: { plain: {} } }
`,
    });
    expect(await listed(host, era, 'prompts/list')).toEqual(['one_greet']);
    expect(await listed(host, era, 'tools/list')).toEqual(['plain_who', 'one_who', 'one_wait']);
    expect(await send(host, era, 'prompts/list', {}, { server: 'bare' })).toMatchObject({
      error: { code: -32601 },
    });
  });

  it('lists the others when a member has no templates, and passes an error on when nobody lists', async () => {
    const failing = (code: number) => () => {
      throw Object.assign(new Error('as thrown'), { code });
    };
    const two = await memberOf('two');
    two.pages = { 'resources/templates/list': failing(-32601), 'prompts/list': failing(-32050) };
    const host = await startCombined({ desk: 'combine: { one: {}, two: {} }' });
    expect(await listed(host, era, 'resources/templates/list')).toEqual(['one://item/{id}']);
    expect(await listed(host, era, 'prompts/list')).toEqual(['one_greet']);
    expect(host.logs.filter(({ msg }) => String(msg).startsWith('a member cannot'))).toEqual([
      expect.objectContaining({ member: 'two', method: 'prompts/list', detail: 'as thrown' }),
    ]);
    const alone = await startCombined({ desk: 'combine: { two: {} }' });
    expect(await send(alone, era, 'prompts/list')).toMatchObject({
      status: 200,
      error: { message: 'as thrown' },
    });
  });

  it('reads all pages of a member, and none twice', async () => {
    const one = await memberOf('one');
    const tool = (name: string) => ({ name, inputSchema: { type: 'object' } });
    one.pages = {
      'tools/list': (cursor) =>
        cursor === undefined
          ? { tools: [tool('a')], nextCursor: 'x' }
          : { tools: [tool('b')], nextCursor: 'x' },
    };
    const host = await startCombined();
    expect(await listed(host, era, 'tools/list')).toEqual(['one_a', 'one_b', 't_who', 't_wait']);
    expect(await send(host, era, 'tools/list', { cursor: 'x' })).toMatchObject({
      error: { code: -32602 },
    });
  });

  it('says for how long its lists may be kept: not longer, and for no more callers, than a member says', async () => {
    const two = await memberOf('two');
    two.pages = { 'prompts/list': () => ({ prompts: [], ttlMs: 500, cacheScope: 'private' }) };
    const host = await startCombined({
      defaults: 'auth: anonymous, ttlMs: 60000, cacheScope: public',
    });
    if (era === 'legacy') return;
    const { result: tools } = await send(host, era, 'tools/list');
    expect(tools).toMatchObject({ ttlMs: 60000, cacheScope: 'public' });
    const { result: prompts } = await send(host, era, 'prompts/list');
    expect(prompts).toMatchObject({ ttlMs: 500, cacheScope: 'private' });
  });

  it('calls a member without a path, which nobody reaches otherwise', async () => {
    const host = await startCombined({ one: 'path: none' });
    expect(await call(host, era, 'one_who')).toMatchObject({ text: 'one' });
    for (const path of ['/one/mcp', '/none', '/none/']) {
      const { status } = await fetch(host.url + path, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json' },
      });
      expect(status).toBe(404);
    }
  });

  it('shows a member only hidden headers that both it and the combination pass', async () => {
    const one = await memberOf('one');
    const two = await memberOf('two');
    const host = await startCombined({
      one: 'passHeaders: [x-api-key]',
      desk: 'combine: { one: {}, two: { prefix: t } }, passHeaders: [x-api-key, x-other-api-key]',
    });
    const headers = { 'x-api-key': 'k', 'x-other-api-key': 'o', 'x-plain': 'p' };
    await call(host, era, 'one_who', { headers });
    await call(host, era, 't_who', { headers });
    expect(one.headers[0]).toMatchObject({ 'x-api-key': 'k', 'x-plain': 'p' });
    expect(one.headers[0]).not.toHaveProperty('x-other-api-key');
    expect(two.headers[0]).toMatchObject({ 'x-plain': 'p' });
    expect(two.headers[0]).not.toHaveProperty('x-api-key');
  });

  it('repeats a name in its header as the member has it', async () => {
    const two = await memberOf('two');
    const host = await startCombined();
    await call(host, era, 't_who');
    expect(two.headers[0]?.['mcp-name']).toBe(era === 'modern' ? 'who' : undefined);
  });
});

it('warns once of names that some clients refuse', async () => {
  const prefix = 'a-prefix-of-thirty-two-character';
  const host = await startCombined({
    desk: `combine: { one: { prefix: ${prefix} }, two: {} }, tools: { override: { two_who: { name: ${'w'.repeat(65)} }, two_wait: { name: ${'v'.repeat(55)} } } }`,
  });
  await listed(host, 'legacy', 'tools/list');
  const warnings = host.logs.filter(({ msg }) => String(msg).startsWith('some clients refuse'));
  expect(warnings.at(-1)).toMatchObject({ server: 'desk', tools: ['w'.repeat(65)] });
  expect(new Set(warnings.map(({ tools }) => JSON.stringify(tools))).size).toBe(warnings.length);
});
