// What a server declares and nobody can use is not advertised: a client that believed it would wait
// for ever.

import { describe, expect, it } from 'vitest';
import { post } from '../../post.ts';
import { postModern } from './modern.ts';
import { MOUNTS, paramsHost } from './params-host.ts';

const { urlOf } = paramsHost();

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
