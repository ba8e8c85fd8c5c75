// Changes that an upstream tells of: what the host knows is read again, and listening clients are
// told.

import { McpServer as McpServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { post } from '../../post.ts';
import { connectClient } from '../../protocol/eras/clients.ts';
import { hostOf, startUpstream } from './upstreams.ts';

const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

/** A server that gets a tool `late` when it is told to. */
function growing() {
  const servers: McpServerV1[] = [];
  const build = (): McpServerV1 => {
    const server = new McpServerV1({ name: 'growing', version: '1.0.0' });
    server.registerTool('first', {}, async () => ({ content: [] }));
    servers.push(server);
    return server;
  };
  const grow = (): void => {
    for (const server of servers) server.registerTool('late', {}, async () => ({ content: [] }));
  };
  return { build, grow };
}

it('a change is followed with subscriptions: true, and listening clients are told', async () => {
  const { build, grow } = growing();
  const upstream = await startUpstream('v1 stateful', build);
  const { url, servers } = await hostOf(upstream, 'instance: shared, subscriptions: true');
  let told = 0;
  await connectClient('v2 pinned', `${url}/up/mcp`, {
    onToolsChanged: () => {
      told += 1;
    },
  });
  await eventually(() => {
    expect(upstream.received.some(({ method }) => method === 'GET')).toBe(true);
  });
  grow();
  await eventually(() => expect(told).toBeGreaterThan(0));
  await eventually(() => {
    const names = servers[0]?.backend.declarations?.tools?.map(({ name }) => name);
    expect(names).toEqual(['first', 'late']);
  });
});

it.each(['instance: shared', 'subscriptions: true'])(
  'with %s alone no stream is opened',
  async (settings) => {
    const { build } = growing();
    const upstream = await startUpstream('v1 stateful', build);
    const { url } = await hostOf(upstream, settings);
    await post(`${url}/up/mcp`, LIST);
    await post(`${url}/up/mcp`, LIST);
    expect(upstream.received.filter(({ method }) => method === 'GET')).toEqual([]);
  },
);

it('an upstream of 2026-07-28 is listened to by its own method', async () => {
  const upstream = await startUpstream('v2');
  const { url } = await hostOf(upstream, 'instance: shared, subscriptions: true');
  await post(`${url}/up/mcp`, LIST);
  await eventually(() => expect(upstream.of('subscriptions/listen')).toHaveLength(1));
  expect(upstream.of('subscriptions/listen')[0]?.body.params).toMatchObject({
    notifications: { toolsListChanged: true },
  });
});
