// What a client must have declared to be asked, in each era, and how a sealed session id remembers
// it.

import { describe, expect, it } from 'vitest';
import { post } from '../../post.ts';
import { callModern } from '../eras/modern.ts';
import {
  ADA,
  askingHost,
  begin,
  callLegacy,
  callOf,
  EVERYTHING,
  MODES,
  PARKED,
  reply,
  shakeHands,
} from './asking.ts';

const url = async (mode: string): Promise<string> => `${(await askingHost()).url}/${mode}/mcp`;

/** Tool, declared capabilities, and those that are missing. */
const REFUSED: [string, object, object][] = [
  ['form', {}, { elicitation: { form: {} } }],
  ['form', { sampling: {}, roots: {} }, { elicitation: { form: {} } }],
  ['form', { elicitation: { url: {} } }, { elicitation: { form: {} } }],
  ['url', {}, { elicitation: { url: {} } }],
  ['url', { elicitation: {} }, { elicitation: { url: {} } }],
  ['url', { elicitation: { form: {} } }, { elicitation: { url: {} } }],
  ['sample', { elicitation: {} }, { sampling: {} }],
  ['sample-choice', { sampling: {} }, { sampling: { tools: {} } }],
  ['sample-choice', {}, { sampling: { tools: {} } }],
  ['roots', { elicitation: {} }, { roots: {} }],
  ['three', { elicitation: {}, roots: {} }, { sampling: {} }],
];

const ASKED: [string, object][] = [
  ['form', { elicitation: {} }],
  ['form', { elicitation: { form: {} } }],
  ['form', { elicitation: { form: {}, url: {} } }],
  ['url', { elicitation: { url: {} } }],
  ['sample', { sampling: {} }],
  ['sample-choice', { sampling: { tools: {} } }],
  ['roots', { roots: {} }],
  ['roots', { roots: { listChanged: true } }],
];

describe.each(MODES)('%s, 2026-07-28', (mode) => {
  it.each(REFUSED)(
    '%s: a client with %o lacks %o',
    async (tool, capabilities, requiredCapabilities) => {
      const { status, error, contentType } = await callModern(
        await url(mode),
        tool,
        {},
        { capabilities },
      );
      expect({ status, code: error?.code, data: error?.data }).toEqual({
        status: 400,
        code: -32021,
        data: { requiredCapabilities },
      });
      expect(contentType).toContain('application/json');
    },
  );

  it.each(ASKED)('%s: a client with %o is asked', async (tool, capabilities) => {
    const { answer } = await begin(callOf(await url(mode), tool), { capabilities });
    expect(answer).toMatchObject({ status: 200, result: { resultType: 'input_required' } });
  });

  it('lets a handler go on that can do without the client', async () => {
    const { status, text } = await callModern(await url(mode), 'fallback');
    expect({ status, text }).toEqual({ status: 200, text: 'without a model' });
  });

  it('refuses a prompt and a resource that need more, too', async () => {
    const path = await url(mode);
    for (const [method, params] of [
      ['prompts/get', { name: 'form' }],
      ['resources/read', { uri: 'test://form' }],
    ] as const) {
      const { answer } = await begin([path, method, params], { capabilities: {} });
      expect({ method, status: answer.status, code: answer.error?.code }).toEqual({
        method,
        status: 400,
        code: -32021,
      });
    }
  });

  it('shows a handler the capabilities of its caller', async () => {
    const capabilities = { sampling: { tools: {} } };
    const { text } = await callModern(await url(mode), 'capabilities', {}, { capabilities });
    expect(JSON.parse(text as string)).toEqual(capabilities);
  });
});

describe.each(PARKED)('%s, 2025 era', (mode) => {
  it.each(REFUSED)('%s: a client with %o is not asked for %o', async (tool, capabilities) => {
    const path = await url(mode);
    const headers = await shakeHands(path, capabilities);
    const messages = await (await callLegacy(path, tool, {}, headers)).rest();
    const asked = messages.slice(0, -1).map(({ method }) => method);
    expect(asked).toEqual(tool === 'three' ? ['elicitation/create', 'roots/list'] : []);
    expect(messages.at(-1)?.result).toMatchObject({ isError: true });
    expect(JSON.stringify(messages.at(-1)?.result)).toContain('did not declare');
  });

  it.each(ASKED)('%s: a client with %o is asked', async (tool, capabilities) => {
    const path = await url(mode);
    const headers = await shakeHands(path, capabilities);
    expect(headers['mcp-session-id']).toMatch(/^[\w-]+$/);
    const stream = await callLegacy(path, tool, {}, headers);
    expect((await stream.next())?.method).toMatch(/create|list/);
    stream.leave();
  });

  it('lets a handler go on that can do without the client', async () => {
    const path = await url(mode);
    const headers = await shakeHands(path, { elicitation: {} });
    const [message] = await (await callLegacy(path, 'fallback', {}, headers)).rest();
    expect(message?.result?.content).toMatchObject([{ text: 'without a model' }]);
  });

  it.each([
    ['no session', undefined],
    ['a session that is no seal', 'garbage'],
    ['an empty session', ''],
    ['a session of another key', 'other'],
    ['a session of another server', 'elsewhere'],
    ['half a session', 'half'],
    ['a request state', 'state'],
    ['a changed session', 'changed'],
  ])('asks a client with %s, whose capabilities are unknown', async (_title, kind) => {
    const host = await askingHost();
    const path = `${host.url}/${mode}/mcp`;
    // What was declared here would forbid the question, if it could be read.
    const without = (await shakeHands(path, { roots: {} }))['mcp-session-id'] as string;
    const elsewhere = `${host.url}/${mode}-replay/mcp`;
    const sessions: Record<string, () => Promise<string | undefined>> = {
      other: async () => (await shakeHands(await url(mode), { roots: {} }))['mcp-session-id'],
      elsewhere: async () => (await shakeHands(elsewhere, { roots: {} }))['mcp-session-id'],
      half: async () => without.slice(0, without.length / 2),
      state: async () => (await begin(callOf(path, 'form'))).state,
      changed: async () => `${without.slice(0, -1)}${without.endsWith('A') ? 'B' : 'A'}`,
    };
    const session = kind === undefined ? undefined : await (sessions[kind]?.() ?? kind);
    const headers: Record<string, string> =
      session === undefined ? {} : { 'mcp-session-id': session };
    const stream = await callLegacy(path, 'form', {}, headers);
    const question = await stream.next();
    expect(question?.method).toBe('elicitation/create');
    expect((await reply(path, question?.id, ADA, headers)).status).toBe(202);
    expect((await stream.rest())[0]?.result?.content).toMatchObject([{ text: 'accept Ada' }]);
  });

  it('shows a handler what its caller declared', async () => {
    const path = await url(mode);
    const headers = await shakeHands(path, { sampling: { tools: {} } });
    const [message] = await (await callLegacy(path, 'capabilities', {}, headers)).rest();
    const expected = JSON.stringify({ sampling: { tools: {} } });
    expect(message?.result?.content).toMatchObject([{ text: expected }]);
  });

  it('remembers in a session nothing but what can be asked', async () => {
    const path = await url(mode);
    const experimental = { 'com.example/large': 'x'.repeat(10_000) };
    const { 'mcp-session-id': session } = await shakeHands(path, { ...EVERYTHING, experimental });
    expect(session?.length).toBeLessThan(300);
  });

  it('shows a session to no server', async () => {
    const { url: base } = await askingHost();
    const headers = await shakeHands(`${base}/${mode}/mcp`);
    const call = { name: 'headers', arguments: {} };
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: call };
    const { text } = await post(`${base}/${mode}/mcp`, message, headers);
    expect(text).toContain('content-type');
    expect(text).not.toContain('mcp-session-id');
  });
});

it('takes the session of another caller for unknown', async () => {
  const environment = { behindFunctionsHost: true };
  const path = `${(await askingHost('', environment)).url}/shared/mcp`;
  const mine = await shakeHands(path, { roots: {} }, { 'x-functions-key': 'mine' });
  const refused = await (await callLegacy(path, 'form', {}, mine)).rest();
  expect(JSON.stringify(refused)).toContain('did not declare');
  const stream = await callLegacy(path, 'form', {}, { ...mine, 'x-functions-key': 'yours' });
  expect((await stream.next())?.method).toBe('elicitation/create');
  stream.leave();
});

it('gives each kind of key its own sessions, and a host with a fixed key the same on every instance', async () => {
  const environment = { stateKey: 'k'.repeat(32) };
  const [first, second] = [await askingHost('', environment), await askingHost('', environment)];
  const headers = await shakeHands(`${first.url}/shared/mcp`, { roots: {} });
  const [message] = await (
    await callLegacy(`${second.url}/shared/mcp`, 'form', {}, headers)
  ).rest();
  expect(JSON.stringify(message?.result)).toContain('did not declare');
});
