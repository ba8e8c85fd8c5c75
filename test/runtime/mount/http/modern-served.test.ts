// MCP 2026-07-28 as a right request meets it: calls, discovery, listening, notifications.

import { describe, expect, it } from 'vitest';
import { CAPABILITIES_KEY, ENVELOPE, type ModernParts, modern, sendModern } from './modern.ts';
import { PATH, sharedMounts } from './mounts.ts';
import { CANARY } from './refusal.ts';

const mounts = sharedMounts();

const echo = { method: 'tools/call', params: { name: 'echo', arguments: { text: CANARY } } };
const base64 = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`;

describe('a request of 2026-07-28 is served', () => {
  it.each<[string, ModernParts]>([
    ['as it should be', echo],
    ['with bytes above ASCII in a header', { ...echo, headers: { 'x-a': '\u0080\u00ff' } }],
    ['with the name in base64', { ...echo, headers: { 'mcp-name': base64('echo') } }],
    [
      'with client info, level and unknown members',
      {
        ...echo,
        meta: {
          ...ENVELOPE,
          'io.modelcontextprotocol/clientInfo': { name: 'c', version: '1' },
          'io.modelcontextprotocol/logLevel': 'debug',
          'example.com/x': 1,
        },
      },
    ],
    [
      'with unknown capabilities',
      { ...echo, meta: { ...ENVELOPE, [CAPABILITIES_KEY]: { sampling: {}, unheardOf: true } } },
    ],
    [
      'with a session id, which is ignored',
      { ...echo, headers: { 'mcp-session-id': 'x', 'last-event-id': '1' } },
    ],
    ['with an unknown parameter header', { ...echo, headers: { 'mcp-param-x': 'y' } }],
  ])('%s', async (_name, parts) => {
    const answer = await sendModern(mounts(), parts);
    expect(answer.json()).toMatchObject({
      id: 1,
      result: { resultType: 'complete', content: [{ text: `delta:${CANARY}` }] },
    });
    expect(answer.headers).not.toHaveProperty('mcp-session-id');
  });

  it('by server/discover with what the server says of itself', async () => {
    const answer = await sendModern(mounts(), { method: 'server/discover' });
    expect(answer.json().result).toMatchObject({
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      instructions: 'I am delta.',
    });
  });

  it('as a notification with 202, also without envelope', async () => {
    const { url } = mounts();
    for (const meta of [null, ENVELOPE]) {
      const { body, headers } = modern({ method: 'notifications/x', meta, id: null });
      const answer = await fetch(url + PATH, { method: 'POST', headers, body });
      expect([answer.status, await answer.text()]).toEqual([202, '']);
    }
  });
});

describe('changes of lists, which a server would announce', () => {
  const announcing = sharedMounts({
    yaml: 'servers: { s: { module: ./http-caller.mjs, export: createV2, auth: anonymous } }',
  });

  it('are not offered by server/discover', async () => {
    const answer = await sendModern(announcing(), { method: 'server/discover' }, '/s/mcp');
    expect(answer.json().result.capabilities).toMatchObject({ tools: {}, prompts: {} });
    expect(answer.body).not.toContain('listChanged');
  });

  it('are not granted by subscriptions/listen, which is acknowledged and ends at once', async () => {
    const { body, headers } = modern({
      method: 'subscriptions/listen',
      params: { notifications: { toolsListChanged: true } },
      id: 's',
    });
    const answer = await fetch(`${announcing().url}/s/mcp`, { method: 'POST', headers, body });
    const messages = [...(await answer.text()).matchAll(/^data: (.*)$/gm)].map(([, data]) =>
      JSON.parse(data as string),
    );
    const _meta = { 'io.modelcontextprotocol/subscriptionId': 's' };
    expect(messages).toMatchObject([
      { method: 'notifications/subscriptions/acknowledged', params: { notifications: {}, _meta } },
      { id: 's', result: { resultType: 'complete', _meta } },
    ]);
  });
});
