// What a server declares and nobody can use is not advertised: a client that believed it would wait for ever.

import { beforeAll, describe, expect, it } from 'vitest';
import { post } from '../post.ts';
import { openHost, type TestHost } from '../start-host.ts';
import { postModern } from './modern.ts';

const MOUNTS = ['v1-shared', 'v1-per-request', 'v2-shared', 'v2-per-request'] as const;

const entry = (mount: string): string =>
  `  ${mount}: { module: ./params-${mount.slice(0, 2)}.mjs, instance: ${mount.slice(3)} }`;

let host: TestHost;
beforeAll(async () => {
  const yaml = `defaults: { auth: anonymous, subscriptions: true }\nservers:\n${MOUNTS.map(entry).join('\n')}`;
  host = await openHost({ yaml, listen: true });
  return () => host.close();
});

const urlOf = (mount: string): string => `${host.url}/${mount}/mcp`;

/** Members of a server's own, whatever their names, stay. */
const experimental = { subscribe: { own: true }, listChanged: {} };
const KEPT = { logging: {}, completions: {}, tools: {}, prompts: {}, resources: {}, experimental };

describe.each(MOUNTS)('%s', (mount) => {
  it('advertises neither list changes nor resource subscriptions in the 2025 era', async () => {
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'c', version: '1' },
    };
    const message = { jsonrpc: '2.0', id: 1, method: 'initialize', params };
    const { result } = await post(urlOf(mount), message);
    expect(result?.capabilities).toEqual(KEPT);
  });

  it('advertises them in 2026-07-28 where clients can listen', async () => {
    const { result } = await postModern(urlOf(mount), 'server/discover');
    const listening = {
      ...KEPT,
      tools: { listChanged: true },
      prompts: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
    };
    expect(result?.capabilities).toEqual(mount.endsWith('shared') ? listening : KEPT);
  });
});
