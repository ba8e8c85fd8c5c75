// The official clients on every kind of backend: each in its era, with everything that asks nothing
// of the client.

import { describe, expect, it, vi } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { CLIENTS, type ClientKind, connectClient, isModern } from './clients.ts';
import { freshHostOf, MOUNTS, type Mount, seenBy, sharedHosts } from './modern.ts';

const hostOf = sharedHosts();

const PAIRS = CLIENTS.flatMap((kind) => MOUNTS.map((mount): [ClientKind, Mount] => [kind, mount]));

describe.each(PAIRS)('client %s on %s', (kind, mount) => {
  it('speaks its era and gets what the server offers', async () => {
    const { url, logs } = await freshHostOf();
    const { client, callTool } = await connectClient(kind, `${url}/${mount}/mcp`);
    expect(client.getServerVersion()).toMatchObject({ name: `era-${mount.slice(0, 2)}` });
    expect(client.getInstructions()).toBe('Both eras.');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('echo');
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(['fail']);
    expect((await client.listResources()).resources.map(({ uri }) => uri)).toEqual([
      'test://static',
    ]);
    expect((await client.listResourceTemplates()).resourceTemplates).toHaveLength(1);
    expect((await client.readResource({ uri: 'test://static' })).contents).toMatchObject([
      { text: 'static' },
    ]);
    expect(await callTool('echo', { text: 'Größe 📏' })).toEqual({
      text: 'Größe 📏',
      isError: false,
    });
    const eras = new Set(logs.filter(({ msg }) => msg === 'request').map(({ era }) => era));
    expect([...eras]).toEqual([isModern(kind) ? 'modern' : 'legacy']);
  });

  it('repeats marked arguments where its era asks for them', async () => {
    const { url } = await hostOf();
    const { client, callTool } = await connectClient(kind, `${url}/${mount}/mcp`);
    await client.listTools();
    const args = { city: ' Åre ', days: -3, metric: false, place: { country: '=?base64?x?=' } };
    const { text, isError } = await callTool('forecast', args);
    expect({ isError, args: JSON.parse(text as string) }).toEqual({ isError: false, args });
    expect((await callTool('forecast', { city: null })).isError).toBe(false);
  });

  it('learns of a resource and a tool that do not exist', async () => {
    const { url } = await hostOf();
    const { client, callTool } = await connectClient(kind, `${url}/${mount}/mcp`);
    await expect(client.readResource({ uri: 'test://nowhere' })).rejects.toMatchObject({
      code: -32602,
    });
    const failed = callTool('nope').then(
      ({ isError }) => isError,
      ({ code }) => code === -32602,
    );
    expect(await failed).toBe(true);
  });

  it('hears of progress, and may leave before the result', async () => {
    const { url } = await hostOf();
    const { callTool } = await connectClient(kind, `${url}/${mount}/mcp`);
    const seen = await seenBy(mount);
    const before = seen.aborted;
    const leaving = new AbortController();
    const calling = callTool(
      'wait',
      {},
      {
        signal: leaving.signal,
        onProgress: () => leaving.abort(),
      },
    );
    await expect(calling).rejects.toThrow();
    // In the 2025 era a client cancels by a message, which cannot reach a request without a
    // session.
    if (isModern(kind)) await eventually(() => expect(seen.aborted).toBe(before + 1));
  });
});

describe.each(['v1-shared', 'v2-shared'] as const)('a client that watches lists on %s', (mount) => {
  it('hears of a change with `subscriptions: true`', async () => {
    const { url } = await hostOf('subscriptions: true');
    const onToolsChanged = vi.fn();
    const { callTool } = await connectClient('v2 auto', `${url}/${mount}/mcp`, { onToolsChanged });
    await callTool('change', { what: ['tools'] });
    await eventually(() => expect(onToolsChanged).toHaveBeenCalled());
  });

  it('holds no stream open without it', async () => {
    const { url, servers } = await freshHostOf();
    const onToolsChanged = vi.fn();
    const { callTool } = await connectClient('v2 auto', `${url}/${mount}/mcp`, { onToolsChanged });
    await callTool('change', { what: ['tools'] });
    expect(servers.map(({ inFlight }) => inFlight.size)).toEqual([0, 0, 0, 0]);
  });
});
