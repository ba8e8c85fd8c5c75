// Tasks need sessions to keep callers apart. This host has none, so it does not offer them, and
// hides them whole.

import { describe, expect, it } from 'vitest';
import { type PostAnswer, post } from '../../post.ts';
import { postModern } from '../../protocol/eras/modern.ts';
import { startHost } from '../../start-host.ts';

const TASK_METHODS = ['tasks/list', 'tasks/get', 'tasks/result', 'tasks/cancel'];

const MOUNTS = ['shared', 'per-request'].flatMap((instance) =>
  ['2025-11-25', '2026-07-28'].map((version) => [instance, version] as const),
);

describe.each(MOUNTS)('%s, %s', (instance, version) => {
  async function connect() {
    const { url } = await startHost({
      listen: true,
      yaml: `servers: { s: { module: ./fault-tasks.mjs, instance: ${instance}, auth: anonymous } }`,
    });
    return (method: string, params: Record<string, unknown> = {}): Promise<PostAnswer> =>
      version === '2026-07-28'
        ? postModern(`${url}/s/mcp`, method, params, { meta: params._meta as object })
        : post(`${url}/s/mcp`, { jsonrpc: '2.0', id: 1, method, params });
  }
  const echo = { name: 'echo', arguments: { text: 'secret of one caller' } };

  it('answers a call that asks for a task like any other call', async () => {
    const ask = await connect();
    expect(await ask('tools/call', echo)).toMatchObject({ text: 'secret of one caller' });
    const answer = await ask('tools/call', { ...echo, task: { ttl: 60_000 } });
    expect(answer).toMatchObject({ status: 200, text: 'secret of one caller' });
  });

  it.each(TASK_METHODS)('knows no method %s', async (method) => {
    const ask = await connect();
    const { result } = await ask('tools/call', { ...echo, task: { ttl: 60_000 } });
    const { taskId = 'unknown' } = (result?.task ?? {}) as { taskId?: string };
    const { body, error } = await ask(method, { taskId });
    expect(error).toMatchObject({
      code: -32601,
      message: expect.stringMatching(/^Method not found/),
    });
    expect(body).not.toContain('secret');
  });

  it('answers its own caller when a call names the task of another one', async () => {
    const ask = await connect();
    const _meta = { 'io.modelcontextprotocol/related-task': { taskId: 'task of another' } };
    const answer = await ask('tools/call', { ...echo, _meta });
    expect(answer).toMatchObject({ status: 200, text: 'secret of one caller' });
  });
});
