// What a server learns of its client's program: name, version and capabilities, in both eras and
// both instance modes.

import { describe, expect, it } from 'vitest';
import { post } from '../../post.ts';
import { startHost } from '../../start-host.ts';
import { CLIENTS, connectClient } from '../eras/clients.ts';
import { callModern, key } from '../eras/modern.ts';
import { callLegacy, shakeHands } from './asking.ts';

const MOUNTS = ['v1-per-request', 'v2-per-request', 'v1-shared', 'v2-shared'] as const;

const start = async (mount: string): Promise<string> => {
  const { url } = await startHost({
    listen: true,
    yaml: `
defaults: { auth: anonymous }
servers:
  v1-per-request: { module: ./questions-v1.mjs, export: createPlainServer }
  v2-per-request: { module: ./questions-v2.mjs, export: createPlainServer }
  v1-shared: { module: ./questions-v1.mjs, instance: shared }
  v2-shared: { module: ./questions-v2.mjs, instance: shared }
`,
  });
  return `${url}/${mount}/mcp`;
};

const CAPABILITIES = { roots: { listChanged: true }, sampling: {} };

describe.each(MOUNTS)('%s', (mount) => {
  const told = (info: object | null, capabilities: object) => JSON.stringify([info, capabilities]);

  const callWith = async (path: string, headers: Record<string, string>): Promise<unknown> => {
    const [message] = await (await callLegacy(path, 'client', {}, headers)).rest();
    return (message?.result?.content as { text: string }[] | undefined)?.[0]?.text;
  };

  it('tells what the handshake of the 2025 era said', async () => {
    const path = await start(mount);
    const headers = await shakeHands(path, CAPABILITIES);
    expect(await callWith(path, headers)).toBe(told({ name: 'c', version: '1' }, CAPABILITIES));
  });

  it('tells nothing without a session', async () => {
    expect(await callWith(await start(mount), {})).toBe(JSON.stringify([null, {}]));
  });

  it('tells the envelope of 2026-07-28', async () => {
    const clientInfo = { name: 'm', version: '2' };
    const options = { capabilities: CAPABILITIES, meta: { [key('clientInfo')]: clientInfo } };
    const { text } = await callModern(await start(mount), 'client', {}, options);
    expect(text).toBe(told(clientInfo, CAPABILITIES));
  });

  it('tells the name of every official client', async () => {
    const path = await start(mount);
    for (const kind of CLIENTS) {
      const { callTool } = await connectClient(kind, path, { capabilities: CAPABILITIES });
      const [info, capabilities] = JSON.parse((await callTool('client')).text as string);
      expect({ kind, info, capabilities }).toEqual({
        kind,
        info: { name: expect.any(String), version: expect.any(String) },
        capabilities: CAPABILITIES,
      });
    }
  });
});

it('takes for a capability only what can be one, as the SDKs do at the handshake', async () => {
  const path = await start('v1-per-request');
  const headers = await shakeHands(path, { roots: true, sampling: [], elicitation: { form: {} } });
  const [message] = await (await callLegacy(path, 'client', {}, headers)).rest();
  expect(JSON.stringify(message?.result)).toContain('{\\"elicitation\\":{\\"form\\":{}}}');
});

it('keeps of a client name, title and version, and no session of one whose name fills a header', async () => {
  const path = await start('v1-per-request');
  const shake = (clientInfo: object) => {
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
    return post(path, { jsonrpc: '2.0', id: 0, method: 'initialize', params });
  };
  const icons = [{ src: `data:,${'x'.repeat(5_000)}` }];
  const small = await shake({ name: 'c', version: '1', title: 'C', icons });
  expect(String(small.headers['mcp-session-id']).length).toBeLessThan(200);
  const large = await shake({ name: 'c'.repeat(5_000), version: '1' });
  expect({ status: large.status, session: large.headers['mcp-session-id'] }).toEqual({
    status: 200,
    session: undefined,
  });
});
