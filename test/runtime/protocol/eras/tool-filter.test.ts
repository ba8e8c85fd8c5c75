// A tool that servers.yaml denies is as unknown to clients of 2026-07-28 as to those of the 2025
// era.

import { describe, expect, it } from 'vitest';
import { post } from '../../post.ts';
import { callModern, MOUNTS, postModern, sharedHosts } from './modern.ts';

const hostOf = sharedHosts();

const FILTERS = [
  ['allowed', 'tools: { allow: [echo, forecast] }', ['echo', 'forecast']],
  ['not denied', 'tools: { deny: [own-meta, log, wait, change] }', ['echo', 'forecast']],
  ['allowed but denied', 'tools: { allow: [echo, log], deny: [log] }', ['echo']],
] as const;

describe.each(MOUNTS)('%s', (mount) => {
  it.each(FILTERS)('lists tools that are %s', async (_title, settings, expected) => {
    const { url } = await hostOf(settings);
    const path = `${url}/${mount}/mcp`;
    for (const { result } of [
      await postModern(path, 'tools/list'),
      await post(path, { jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    ]) {
      const tools = result?.tools as { name: string }[];
      expect(tools.map(({ name }) => name)).toEqual(expected);
    }
  });

  it('tells nothing of the marked arguments of a denied tool', async () => {
    const { url } = await hostOf('tools: { deny: [forecast] }');
    const args = { city: 'Oslo' };
    const denied = await callModern(`${url}/${mount}/mcp`, 'forecast', args);
    const unknown = await callModern(`${url}/${mount}/mcp`, 'foreCAST', args);
    expect(denied.body.replaceAll('forecast', 'foreCAST')).toBe(unknown.body);
    expect(denied.status).toBe(unknown.status);
  });

  it('answers a denied tool of 2026-07-28 exactly as one that never was', async () => {
    const { url } = await hostOf('tools: { deny: [own-meta] }');
    const path = `${url}/${mount}/mcp`;
    const denied = await callModern(path, 'own-meta');
    const unknown = await callModern(path, 'own-mETA');
    expect(denied.body).toContain('own-meta');
    expect(denied.body.replaceAll('own-meta', 'own-mETA')).toBe(unknown.body);
    expect(denied.status).toBe(unknown.status);
  });
});
