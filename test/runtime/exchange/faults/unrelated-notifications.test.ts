// What a server tells without naming a request: a per-request server's caller gets log messages and
// its own progress, and nothing else, because of the rest nobody can tell whom it is meant for. A
// shared server's callers get nothing.

import { describe, expect, it } from 'vitest';
import { type PostAnswer, post } from '../../post.ts';
import { callModern, key, postModern, VERSION } from '../../protocol/eras/modern.ts';
import { startHost, type TestHost } from '../../start-host.ts';

const MOUNTS = ['v1', 'v2'].flatMap((sdk) =>
  ['shared', 'per-request'].flatMap((instance) =>
    ['2025-11-25', VERSION].map((version) => ({ sdk, instance, version })),
  ),
);

const TASK = {
  taskId: 't1',
  status: 'working',
  ttl: null,
  createdAt: '2026-01-01T00:00:00Z',
  lastUpdatedAt: '2026-01-01T00:00:00Z',
};
const message = { method: 'notifications/message', params: { level: 'info', data: 'hello' } };
const progressOf = (progressToken: string) => ({
  method: 'notifications/progress',
  params: { progressToken, progress: 1 },
});
const OTHERS = [
  { method: 'notifications/tasks/status', params: TASK },
  { method: 'notifications/tools/list_changed' },
  { method: 'notifications/prompts/list_changed' },
  { method: 'notifications/resources/list_changed' },
  { method: 'notifications/resources/updated', params: { uri: 'test://one' } },
  { method: 'notifications/elicitation/complete', params: { elicitationId: 'of another' } },
  { method: 'com.example/happened', params: { to: 'another caller' } },
  progressOf('of another'),
];

const start = ({ sdk, instance }: (typeof MOUNTS)[number], settings = ''): Promise<TestHost> =>
  startHost({
    listen: true,
    yaml: `servers: { s: { module: ./tells-${sdk}.mjs, instance: ${instance}, auth: anonymous, ${settings} } }`,
  });

describe.each(MOUNTS)('$sdk $instance, $version', (mount) => {
  const isModern = mount.version === VERSION;
  const call = ({ url }: TestHost, name: string, args: object = {}): Promise<PostAnswer> => {
    const meta = { progressToken: 'own', [key('logLevel')]: 'debug' };
    if (isModern) return callModern(`${url}/s/mcp`, name, args, { meta });
    const params = { name, arguments: args, _meta: { progressToken: 'own' } };
    return post(`${url}/s/mcp`, { jsonrpc: '2.0', id: 1, method: 'tools/call', params });
  };

  it('drops what names no request, but log messages and progress of the only request', async () => {
    const host = await start(mount);
    const notifications = [message, ...OTHERS, progressOf('own')];
    const { text, notifications: told } = await call(host, 'tell', { notifications });
    expect(text).toBe('tell');
    // SDK v2 itself drops all of it in 2026-07-28.
    const isDropped = mount.instance === 'shared' || (isModern && mount.sdk === 'v2');
    const own = [message, progressOf('own')].map((it) => ({ jsonrpc: '2.0', ...it }));
    expect(told).toEqual(isDropped ? [] : own);
  });

  it('warns once of each kind that it drops, but of changes, which concern nobody', async () => {
    const host = await start(mount);
    const notifications = [OTHERS[6], OTHERS[6], OTHERS[1]];
    await call(host, 'tell', { notifications });
    await call(host, 'tell', { notifications });
    const warned = host.logs.filter(({ msg }) => String(msg).includes('belongs to no request'));
    const isSilent = isModern && mount.sdk === 'v2' && mount.instance === 'per-request';
    expect(warned.map(({ msg }) => /dropped a (\S+)/.exec(String(msg))?.[1])).toEqual(
      isSilent ? [] : ['com.example/happened'],
    );
  });

  it.each([
    ['', ['tell', 'takes-task', 'no-task'], 'needs-task'],
    [
      'tools: { override: { needs-task: { name: renamed } } }',
      ['tell', 'takes-task', 'no-task'],
      'renamed',
    ],
  ])('leaves out tools that require tasks (%s)', async (settings, offered, name) => {
    const host = await start(mount, settings);
    const { result } = isModern
      ? await postModern(`${host.url}/s/mcp`, 'tools/list')
      : await post(`${host.url}/s/mcp`, { jsonrpc: '2.0', id: 1, method: 'tools/list' });
    const tools = result?.tools as { name: string }[] | undefined;
    expect(tools?.map((tool) => tool.name)).toEqual(offered);
    const unknown = await call(host, 'nowhere');
    const left = await call(host, name);
    if (mount.sdk === 'v2') {
      expect(left.body).toBe(unknown.body.replace('nowhere', name));
    } else {
      // The low-level server of SDK v1 has no answer of its own to an unknown tool.
      expect(left).toMatchObject({ status: 200, result: { isError: true } });
      expect(left.text).toBe(`MCP error -32602: Tool ${name} not found`);
    }
    const warnings = host.logs.filter(({ msg }) => String(msg).includes('require tasks'));
    expect(warnings).toMatchObject([{ level: 'warn', server: 's', tools: [name] }]);
  });
});
