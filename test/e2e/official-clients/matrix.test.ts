// Every official client against every kind of mount: each cell is a connection in the era that both
// speak, a list and a call, or, where the mount does not serve the era, a refusal the client names.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clients, LEGACY, MODERN } from './clients.ts';
import { type Question, type SampleHost, samples, startSampleHost } from './host.ts';

const kernel: Question = {
  tools: ['echo', 'progress'],
  call: { name: 'echo', arguments: { text: 'hello' } },
  answer: /:hello$/,
};

/** Mounts, and whether they agree on 2026-07-28 with a client that asks for it. */
const rows: Readonly<Record<string, Question & { readonly isModern: boolean }>> = {
  weather: { ...samples.weather, isModern: false },
  time: { ...samples.time, isModern: true },
  'v1-per-request': { ...kernel, isModern: false },
  'v2-shared': { ...kernel, isModern: false },
  'v2-per-request': { ...kernel, isModern: true },
};

const cells = Object.entries(rows).flatMap(([mount, row]) =>
  Object.entries(clients).map(([client, connect]) => {
    const isAsked = client.includes('auto') || client.includes('pinned');
    const isRefused = client.includes('pinned') && !row.isModern;
    const version = isAsked && row.isModern ? MODERN : LEGACY;
    return { ...row, mount, client, connect, outcome: isRefused ? 'refused' : version };
  }),
);

describe('the official clients', () => {
  let host: SampleHost;
  beforeAll(async () => {
    host = await startSampleHost();
  });
  afterAll(() => host.stop());

  test.each(cells)('$client on $mount: $outcome', async (cell) => {
    const { mount, connect, outcome, tools, call, answer } = cell;
    const connecting = connect({ url: `${host.url}/${mount}/mcp` });
    if (outcome === 'refused') {
      await expect(connecting).rejects.toThrow('did not offer pinned protocol version 2026-07-28');
      return;
    }
    const connection = await connecting;
    expect(connection.version).toBe(outcome);
    expect(await connection.toolNames()).toEqual(expect.arrayContaining([...tools]));
    expect(await connection.call(call.name, call.arguments)).toMatch(answer);
    expect(connection.errors).toEqual([]);
  });

  const streaming = cells.filter(
    ({ tools, outcome }) => tools.includes('progress') && outcome !== 'refused',
  );
  test.each(streaming)(
    '$client on $mount is told the steps of a call in their order',
    async (cell) => {
      const connection = await cell.connect({ url: `${host.url}/${cell.mount}/mcp` });
      const steps: number[] = [];
      const onProgress = (step: number) => void steps.push(step);
      expect(await connection.call('progress', { text: 'done', steps: 3 }, onProgress)).toMatch(
        /:done$/,
      );
      expect(steps).toEqual([1, 2, 3]);
      expect(connection.errors).toEqual([]);
    },
  );

  test('leave nothing on standard error, and no failed request but the refused ones', () => {
    expect(host.stderr()).toBe('');
    const failed = host.logs.filter(({ msg, outcome }) => msg === 'request' && outcome !== 'ok');
    expect(new Set(failed.map(({ method, outcome }) => `${method} ${outcome}`))).toEqual(
      new Set(['server/discover era-not-served']),
    );
  });
});
