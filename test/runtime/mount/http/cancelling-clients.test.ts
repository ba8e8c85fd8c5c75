// The official clients cancel by an AbortSignal: the handler stops, the client sees no error but
// its own, and goes on.

import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { behaviors, servingsYaml } from '../../exchange/faults/servings.ts';
import { CLIENTS, connectClient, isModern } from '../../protocol/eras/clients.ts';
import { startHost } from '../../start-host.ts';

const SERVERS = ['v1-shared', 'v1-fresh', 'v2-shared', 'v2-fresh'];

describe.each(CLIENTS)('client %s', (kind) => {
  it.each(SERVERS)('cancels a call of %s', async (server) => {
    const host = await startHost({ yaml: servingsYaml(), listen: true });
    const { events } = await behaviors();
    const { client, callTool } = await connectClient(kind, `${host.url}/${server}/mcp`);
    const errors: Error[] = [];
    client.onerror = (error) => void errors.push(error);
    let refused: Promise<void> | undefined;
    for (const tool of ['wait', 'stream-and-wait']) {
      const controller = new AbortController();
      const called = once(events, 'called');
      const { signal } = controller;
      const progressed = new Promise<void>((resolve) => {
        const call = callTool(tool, {}, { signal, onProgress: () => resolve() });
        refused = expect(call).rejects.toThrow('enough');
      });
      await called;
      if (tool === 'stream-and-wait') await progressed;
      const aborted = once(events, 'aborted');
      controller.abort('enough');
      await Promise.all([aborted, refused]);
    }
    expect(await callTool('echo', { text: 'still here' })).toEqual({
      text: 'still here',
      isError: false,
    });
    const outcome = isModern(kind) ? 'disconnected' : 'cancelled';
    const calls = host.logs.filter(({ method }) => method === 'tools/call');
    expect(calls.map((line) => line.outcome)).toEqual([outcome, outcome, 'ok']);
    expect(errors).toEqual([]);
  });
});
