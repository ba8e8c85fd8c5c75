// Callers with equal ids and progress tokens at one upstream never get each other's answers.

import { describe, expect, it } from 'vitest';
import { post } from '../../post.ts';
import { postModern } from '../../protocol/eras/modern.ts';
import { shakeHands } from '../../protocol/questions/asking.ts';
import { hostOf, startUpstream } from './upstreams.ts';

const CALLERS = 8;
const ROUNDS = 1_000;

describe.each(['v1 stateful', 'v1 stateless', 'v2'] as const)('an upstream on SDK %s', (kind) => {
  const instances = kind === 'v1 stateful' ? ['per-session', 'shared', 'per-request'] : ['shared'];
  it.each(instances)(
    `loses and crosses nothing with instance: %s`,
    { timeout: 120_000 },
    async (instance) => {
      const upstream = await startUpstream(kind);
      const { url } = await hostOf(upstream, `instance: ${instance}`);
      const target = `${url}/up/mcp`;
      const outcomes = { right: 0, crossed: 0, lost: 0 };
      await Promise.all(
        Array.from({ length: CALLERS }, async (_, caller) => {
          const isModern = caller % 2 === 1;
          const headers = isModern ? {} : await shakeHands(target);
          for (let round = 0; round < ROUNDS; round += 1) {
            const text = `${caller}-${round}`;
            const params = { name: 'echo', arguments: { text } };
            const answer = isModern
              ? await postModern(target, 'tools/call', params, { id: 1 })
              : await post(
                  target,
                  { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
                  headers,
                );
            if (answer.text === text && answer.id === 1) outcomes.right += 1;
            else if (answer.text === undefined) outcomes.lost += 1;
            else outcomes.crossed += 1;
          }
        }),
      );
      expect(outcomes).toEqual({ right: CALLERS * ROUNDS, crossed: 0, lost: 0 });
      const ids = upstream.of('tools/call').map(({ body }) => body.id);
      expect(new Set(ids).size).toBe(ids.length);
    },
  );
});

it('progress goes to the caller whose token it was, of callers with equal tokens', async () => {
  const upstream = await startUpstream('v1 stateful');
  const { url } = await hostOf(upstream, 'instance: shared');
  const call = (progressToken?: string) =>
    post(`${url}/up/mcp`, {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'steps', ...(progressToken && { _meta: { progressToken } }) },
    });
  const answers = await Promise.all([call('same'), call('same'), call(), call('other')]);
  const tokens = answers.map(({ notifications }) =>
    notifications.map(({ params }) => (params as { progressToken: unknown }).progressToken),
  );
  expect(tokens).toEqual([['same', 'same'], ['same', 'same'], [], ['other', 'other']]);
  const sent = upstream.of('tools/call').map(({ body }) => body.params?._meta?.progressToken);
  expect(sent).not.toContain('same');
});
