// What a factory returns besides a plain server: it is released after each call, and at the end of the host.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { startHost, type TestHost } from '../start-host.ts';
import { behaviours, callTool, type Serving } from './servings.ts';

const serving = (
  name: string,
  sdk: Serving['sdk'],
  era: Serving['era'],
  instance: Serving['instance'] = 'per-request',
): Serving => ({ name, server: 's', sdk, era, instance });

const PRODUCTS = [
  { exportName: 'cleanupV1', what: 'cleanup', serving: serving('v1', 'v1', 'legacy') },
  { exportName: 'cleanupV2', what: 'cleanup', serving: serving('v2', 'v2', 'legacy') },
  { exportName: 'cleanupV2', what: 'cleanup', serving: serving('v2 modern', 'v2', 'modern') },
  { exportName: 'ownCloseV1', what: 'close', serving: serving('v1', 'v1', 'legacy') },
  { exportName: 'ownCloseV2', what: 'close', serving: serving('v2', 'v2', 'legacy') },
  { exportName: 'ownCloseV2', what: 'close', serving: serving('v2 modern', 'v2', 'modern') },
  { exportName: 'failingCloseV1', what: 'cleanup', serving: serving('v1', 'v1', 'legacy') },
  { exportName: 'failingCloseV2', what: 'cleanup', serving: serving('v2', 'v2', 'legacy') },
  { exportName: 'failingCloseV2', what: 'cleanup', serving: serving('v2 modern', 'v2', 'modern') },
] as const;

const host = (exportName: string, instance: Serving['instance']): Promise<TestHost> =>
  startHost({
    listen: true,
    yaml: `
servers:
  s: { module: ./fault-products.mjs, export: ${exportName}, instance: ${instance}, auth: anonymous }
`,
  });

async function recordReleases(): Promise<string[]> {
  const released: string[] = [];
  const { events } = await behaviours();
  events.on('released', (what: string) => released.push(what));
  return released;
}

describe.each(PRODUCTS)('$exportName, $serving.name', ({ exportName, what, serving }) => {
  it('is released after each call and after the build at start', async () => {
    const released = await recordReleases();
    const { url } = await host(exportName, 'per-request');
    // In the turn after the answer: nobody waits for it.
    await vi.waitFor(() => expect(released).toEqual([what]));
    for (let number = 0; number < 3; number += 1) {
      expect(await callTool(url, serving, 'echo')).toMatchObject({ status: 200, text: 'ok' });
    }
    await vi.waitFor(() => expect(released).toEqual([what, what, what, what]));
  });

  it.runIf(serving.era === 'legacy')('is released at the end of the host when shared', async () => {
    const released = await recordReleases();
    const { url, close } = await host(exportName, 'shared');
    for (let number = 0; number < 3; number += 1) {
      expect(await callTool(url, serving, 'echo')).toMatchObject({ status: 200, text: 'ok' });
    }
    expect(released).toEqual([]);
    await close();
    // SDK v2 binds an instance to one era, so there are two of them.
    expect(released).toEqual(serving.sdk === 'v2' ? [what, what] : [what]);
  });
});

describe.each([
  { exportName: 'singletonV1', serving: serving('v1', 'v1', 'legacy') },
  { exportName: 'singletonV2', serving: serving('v2', 'v2', 'legacy') },
  { exportName: 'singletonV2', serving: serving('v2 modern', 'v2', 'modern') },
])('a factory that returns the same server again, $serving.name', ({ exportName, serving }) => {
  it('is refused for every caller alike when per-request, with the fix in the log', async () => {
    const { url, logs } = await host(exportName, 'per-request');
    for (let number = 0; number < 2; number += 1) {
      const answer = await callTool(url, serving, 'echo');
      expect(answer).toMatchObject({ status: 500, error: { data: { reason: 'server-failed' } } });
    }
    expect(JSON.stringify(logs)).toContain('instance: shared');
  });

  it.runIf(serving.era === 'legacy')('serves when shared', async () => {
    const { url } = await host(exportName, 'shared');
    const answers = await Promise.all([1, 2, 3].map(() => callTool(url, serving, 'echo')));
    expect(answers.map(({ text }) => text)).toEqual(['ok', 'ok', 'ok']);
  });
});

it('a shared server whose second instance is of no use serves both eras with its first', async () => {
  const { url } = await host('secondIsConnectedV2', 'shared');
  for (const era of ['legacy', 'modern'] as const) {
    expect(await callTool(url, serving('v2', 'v2', era), 'echo')).toMatchObject({ text: 'ok' });
  }
});

describe.each(['singletonV1', 'singletonV2'])('%s at two mounts', (exportName) => {
  it('answers no caller of either', async () => {
    const { url } = await startHost({
      listen: true,
      yaml: `
defaults: { auth: anonymous }
servers:
  a: { module: ./fault-products.mjs, export: ${exportName} }
  b: { module: ./fault-products.mjs, export: ${exportName} }
`,
    });
    for (const server of ['a', 'b', 'a', 'b']) {
      const answer = await callTool(url, { ...serving(server, 'v1', 'legacy'), server }, 'echo');
      expect(answer.status).toBeGreaterThanOrEqual(500);
    }
  });
});

describe.each(['v1', 'v2'] as const)(
  'a process whose Promise a module has replaced (%s)',
  (sdk) => {
    const { Promise: own } = globalThis;
    afterEach(() => {
      globalThis.Promise = own;
    });

    it.each(['per-request', 'shared'] as const)('answers all the same: %s', async (instance) => {
      const { url } = await host(sdk === 'v1' ? 'cleanupV1' : 'cleanupV2', instance);
      globalThis.Promise = class extends own<unknown> {} as PromiseConstructor;
      const answer = await callTool(url, serving(sdk, sdk, 'legacy', instance), 'echo');
      expect(answer).toMatchObject({ status: 200, text: 'ok' });
    });
  },
);
