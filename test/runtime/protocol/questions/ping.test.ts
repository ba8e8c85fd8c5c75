// A server's `ping` needs no capability: a client of the 2025 era answers it, and in 2026-07-28,
// which has none, the host does while the caller waits. What else a server asks, a client of
// 2026-07-28 cannot be asked.

import { describe, expect, it } from 'vitest';
import { CLIENTS, connectClient } from '../eras/clients.ts';
import { callModern } from '../eras/modern.ts';
import { askingHost, callLegacy, MODES, PARKED, reply, shakeHands } from './asking.ts';

describe.each(MODES)('%s', (mode) => {
  const start = async (): Promise<string> => `${(await askingHost()).url}/${mode}/mcp`;
  const tools = mode.startsWith('shared') ? ['pings'] : ['pings', 'pings-plainly'];

  it.each(tools)('%s: is answered in 2026-07-28 without asking the client', async (tool) => {
    const { status, text, notifications } = await callModern(await start(), tool);
    expect({ status, text, notifications }).toEqual({ status: 200, text: '{}', notifications: [] });
  });

  it.each(tools)('%s: is answered by every official client', async (tool) => {
    const path = await start();
    for (const kind of CLIENTS) {
      const { callTool } = await connectClient(kind, path);
      expect({ kind, ...(await callTool(tool)) }).toEqual({ kind, text: '{}', isError: false });
    }
  });

  it('learns at once that a client of 2026-07-28 cannot be asked anything else', async () => {
    const { status, text } = await callModern(await start(), 'asks-unknown');
    expect({ status, text }).toEqual({ status: 200, text: '-32601' });
  });
});

describe.each(PARKED)('%s', (mode) => {
  it('asks a client of the 2025 era that declared nothing', async () => {
    const path = `${(await askingHost()).url}/${mode}/mcp`;
    const headers = await shakeHands(path, {});
    const stream = await callLegacy(path, 'pings', {}, headers);
    const question = await stream.next();
    expect(question).toEqual({
      jsonrpc: '2.0',
      id: expect.any(String),
      method: 'ping',
      params: {},
    });
    expect((await reply(path, question?.id, {}, headers)).status).toBe(202);
    expect((await stream.rest())[0]?.result?.content).toMatchObject([{ text: '{}' }]);
  });
});
