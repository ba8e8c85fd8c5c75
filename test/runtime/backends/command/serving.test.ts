// Programs over stdio as servers: both eras, every instance, every first answer.

import { describe, expect, test } from 'vitest';
import { entry, hostPrograms, legacyCaller, modernCaller } from './hosted.ts';

const INSTANCES = ['shared', 'per-session', 'per-request'] as const;

const FIRST_ANSWERS = ['unknown-method', 'invalid-params', 'not-initialized', 'exits', 'silent'];

describe('a program', () => {
  test.each(INSTANCES)('with `instance: %s` answers callers of both eras', async (instance) => {
    const { url } = await hostPrograms({ mcp: entry('mcp.mjs', { instance }) });
    const legacy = await legacyCaller(`${url}/mcp/mcp`);
    expect((await legacy.call('echo', { value: 'old' })).text).toBe('old');
    const modern = modernCaller(`${url}/mcp/mcp`);
    const answer = await modern.call('echo', { value: 'new' });
    expect(answer.text).toBe('new');
    expect(answer.result).toMatchObject({ resultType: 'complete' });
  });

  test.each(FIRST_ANSWERS)(
    'of the 2025 era that answers `server/discover` with %s is served',
    async (first) => {
      const { url } = await hostPrograms({
        mcp: entry(`mcp.mjs ${first}`, { instance: 'shared' }),
      });
      const caller = await legacyCaller(`${url}/mcp/mcp`);
      expect((await caller.call('echo', { value: 'here' })).text).toBe('here');
    },
  );
});
