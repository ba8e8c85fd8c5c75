// Every official client against every kind of mount: each cell is a connection in the era that the
// client asks for, a list, a call, and the steps of a call, without an error on either side.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clients, LEGACY, MODERN } from './clients.ts';
import { type Question, type SampleHost, samples, startSampleHost } from './host.ts';

const kernel: Question = {
  tools: ['echo', 'progress'],
  call: { name: 'echo', arguments: { text: 'hello' } },
  answer: /:hello$/,
};

const mounts: Readonly<Record<string, Question>> = {
  ...samples,
  'v1-per-request': kernel,
  'v2-shared': kernel,
  'v2-per-request': kernel,
};

/** Revision that each client ends up with: every mount serves both eras. */
const versions: Readonly<Record<string, string>> = {
  'SDK v1': LEGACY,
  'SDK v2, legacy': LEGACY,
  'SDK v2, auto': MODERN,
  'SDK v2, pinned to 2026-07-28': MODERN,
};

const cells = Object.entries(mounts).flatMap(([mount, question]) =>
  Object.entries(clients).map(([client, connect]) => {
    return { mount, client, connect, version: versions[client], ...question };
  }),
);

describe('the official clients', () => {
  let host: SampleHost;
  beforeAll(async () => {
    host = await startSampleHost();
  });
  afterAll(() => host.stop());

  test.each(cells)('$client on $mount: $version', async (cell) => {
    const { mount, connect, version, tools, call, answer } = cell;
    const connection = await connect({ url: `${host.url}/${mount}/mcp` });
    expect(connection.version).toBe(version);
    expect(await connection.toolNames()).toEqual(expect.arrayContaining([...tools]));
    expect(await connection.call(call.name, call.arguments)).toMatch(answer);
    expect(connection.errors).toEqual([]);
  });

  test.each(cells.filter(({ tools }) => tools.includes('progress')))(
    '$client on $mount is told the steps of a call in their order',
    async ({ mount, connect }) => {
      const connection = await connect({ url: `${host.url}/${mount}/mcp` });
      const steps: number[] = [];
      const onProgress = (step: number) => void steps.push(step);
      const args = { text: 'done', steps: 3 };
      expect(await connection.call('progress', args, onProgress)).toMatch(/:done$/);
      expect(steps).toEqual([1, 2, 3]);
      expect(connection.errors).toEqual([]);
    },
  );

  test('were answered without a failure, in the eras that they asked for', () => {
    expect(host.stderr()).toBe('');
    const requests = host.logs.filter(({ msg }) => msg === 'request');
    expect(requests.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
    const calls = requests.filter(({ method }) => method === 'tools/call');
    const served = new Set(calls.map(({ server, era }) => `${server} ${era}`));
    const asked = Object.keys(mounts).flatMap((name) => [`${name} legacy`, `${name} modern`]);
    expect([...served].sort()).toEqual(asked.sort());
  });
});
