// Servers at a URL: callers of both eras get the answers of upstreams of both eras.

import { describe, expect, it } from 'vitest';
import { CLIENTS, connectClient } from '../../protocol/eras/clients.ts';
import { hostOf, KINDS, startUpstream } from './upstreams.ts';

describe.each(KINDS)('an upstream on SDK %s', (kind) => {
  it.each(CLIENTS)('is called by client %s', async (client) => {
    const upstream = await startUpstream(kind);
    const { url } = await hostOf(upstream);
    const { client: connected, callTool } = await connectClient(client, `${url}/up/mcp`);
    const { tools } = await connected.listTools();
    expect(tools.map(({ name }) => name)).toContain('echo');
    expect(connected.getInstructions()).toBe('Ask me.');
    expect(await callTool('echo', { text: 'hello' })).toEqual({ text: 'hello', isError: false });
    const steps: number[] = [];
    const onProgress = (progress: number): void => void steps.push(progress);
    expect((await callTool('steps', {}, { onProgress })).text).toBe('done');
    if (kind !== 'v1 json') expect(steps).toEqual([1, 2]);
    expect(
      await callTool('unknown').catch((error) => ({ isError: error.code === -32602 })),
    ).toMatchObject({
      isError: true,
    });
    // Both speak the newest era that they can.
    const call = upstream.of('tools/call').at(0);
    expect(call?.headers['mcp-protocol-version']).toBe(kind === 'v2' ? '2026-07-28' : '2025-11-25');
  });
});
