// What a factory returns besides a plain server: it is released after each call, and at the end of
// the host.

import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { startHost, type TestHost } from '../../start-host.ts';
import { behaviors, callTool, type Serving } from './servings.ts';

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
  s: { module: ./fault-products.mjs, export: ${exportName}, instance: ${instance}, auth: anonymous, startTimeoutMs: 2000 }
`,
  });

async function recordReleases(): Promise<string[]> {
  const released: string[] = [];
  const { events } = await behaviors();
  events.on('released', (what: string) => released.push(what));
  return released;
}

describe.each(PRODUCTS)('$exportName, $serving.name', ({ exportName, what, serving }) => {
  it('is released after each call and after both builds at start', async () => {
    const released = await recordReleases();
    const { url } = await host(exportName, 'per-request');
    // In the turn after the answer: nobody waits for it.
    await eventually(() => expect(released).toEqual([what, what]));
    for (let number = 0; number < 3; number += 1) {
      expect(await callTool(url, serving, 'echo')).toMatchObject({ status: 200, text: 'ok' });
    }
    await eventually(() => expect(released).toEqual([what, what, what, what, what]));
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
  it('is found at start when per-request, with the fix in the log', async () => {
    const { url, logs } = await host(exportName, 'per-request');
    for (let number = 0; number < 2; number += 1) {
      const answer = await callTool(url, serving, 'echo');
      expect(answer).toMatchObject({ status: 503, error: { data: { reason: 'unavailable' } } });
    }
    expect(JSON.stringify(logs)).toContain('instance: shared');
  });

  it.runIf(serving.era === 'legacy')('serves when shared', async () => {
    const { url } = await host(exportName, 'shared');
    const answers = await Promise.all([1, 2, 3].map(() => callTool(url, serving, 'echo')));
    expect(answers.map(({ text }) => text)).toEqual(['ok', 'ok', 'ok']);
  });
});

it.each([
  ['is of no use', 'secondIsConnectedV2'],
  ['never comes', 'secondNeverComesV2'],
])(
  'a shared server whose second instance %s serves both eras with its first',
  async (_what, name) => {
    const { url } = await host(name, 'shared');
    for (const era of ['legacy', 'modern'] as const) {
      expect(await callTool(url, serving('v2', 'v2', era), 'echo')).toMatchObject({ text: 'ok' });
    }
  },
);

describe.each([
  ['singletonV1', 'v1'],
  ['singletonV2', 'v2'],
] as const)('%s, shared at two mounts', (exportName, sdk) => {
  it('serves the first, and refuses the second with a sentence that names both', async () => {
    const entry = `{ module: ./fault-products.mjs, export: ${exportName}, instance: shared }`;
    const { url, logs } = await startHost({
      listen: true,
      yaml: `defaults: { auth: anonymous }\nservers:\n  a: ${entry}\n  b: ${entry}\n`,
    });
    const at = (server: string) =>
      callTool(url, { ...serving(server, sdk, 'legacy', 'shared'), server }, 'echo');
    expect(await at('b')).toMatchObject({
      status: 503,
      error: { data: { reason: 'unavailable' } },
    });
    expect(await at('a')).toMatchObject({ status: 200, text: 'ok' });
    const [line] = logs.filter(({ msg }) => msg === 'unavailable');
    expect(line).toMatchObject({ server: 'b', reason: 'server-in-use' });
    expect(line?.detail).toMatch(/servers\.a and servers\.b use the same server.*Fix: /);
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
