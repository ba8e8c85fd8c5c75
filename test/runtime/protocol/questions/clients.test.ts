// Every kind of question, asked by SDK v1 servers mounted in every way and answered by the official
// clients.

import { describe, expect, it } from 'vitest';
import { CLIENTS, connectClient } from '../eras/clients.ts';
import { askingHost, EVERYTHING, MODES } from './asking.ts';

const answers = {
  'elicitation/create': ({ mode, message }: { mode?: unknown; message?: unknown }) =>
    mode === 'url'
      ? { action: 'accept' }
      : { action: 'accept', content: { name: nameFor(message) } },
  'sampling/createMessage': () => ({
    role: 'assistant',
    model: 'm',
    content: { type: 'text', text: 'Hello' },
  }),
  'roots/list': () => ({ roots: [{ uri: 'file:///a' }, { uri: 'file:///b' }] }),
};

const nameFor = (message: unknown): string =>
  message === 'Your name?' ? 'Ada' : String(message).replace(/\D/g, '');

const says = (action: string) => ({ ...answers, 'elicitation/create': () => ({ action }) });

/** Tool, arguments, the client's answers, and what comes of it. */
const CALLS = [
  ['form', {}, answers, 'accept Ada'],
  ['form', {}, says('decline'), 'decline'],
  ['form', {}, says('cancel'), 'cancel'],
  ['url', {}, answers, 'accept'],
  ['url', {}, says('decline'), 'decline'],
  ['sample', {}, answers, 'Hello'],
  ['roots', {}, answers, 'file:///a file:///b'],
  ['three', {}, answers, 'accept Ada, Hello, 2 roots'],
  ['twice', {}, answers, 'accept Ada, accept Ada'],
  ['rounds', { count: 4 }, answers, '1 2 3 4'],
  ['named', {}, answers, 'accept Ada'],
  ['fallback', {}, answers, 'Hello'],
  ['worker', { question: 'Number 7?' }, answers, 'Number 7? accept 7'],
] as const;

describe.each(MODES)('%s', (mode) => {
  it.each(CALLS)('tool %s %o', async (name, args, given, expected) => {
    const { url } = await askingHost();
    for (const kind of CLIENTS) {
      const options = { capabilities: EVERYTHING, answers: given };
      const { callTool } = await connectClient(kind, `${url}/${mode}/mcp`, options);
      expect({ kind, ...(await callTool(name, args)) }).toEqual({
        kind,
        text: expected,
        isError: false,
      });
    }
  });

  it('asks for prompts and resources, too', async () => {
    const { url } = await askingHost();
    for (const kind of CLIENTS) {
      const options = { capabilities: EVERYTHING, answers };
      const { client } = await connectClient(kind, `${url}/${mode}/mcp`, options);
      const prompt = await client.getPrompt({ name: 'form' });
      const resource = await client.readResource({ uri: 'test://form' });
      expect({ kind, prompt, resource }).toMatchObject({
        kind,
        prompt: { messages: [{ content: { text: 'accept Ada' } }] },
        resource: { contents: [{ text: 'accept Ada' }] },
      });
    }
  });
});
