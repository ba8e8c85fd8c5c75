// A host with one moody server, and the switches of that server.

import { onTestFinished } from 'vitest';
import { type StartOptions, startHost, type TestHost } from '../../start-host.ts';

export const SDKS = ['v1', 'v2'] as const;
export type Sdk = (typeof SDKS)[number];
export const INSTANCES = ['shared', 'per-request'] as const;
export type Instance = (typeof INSTANCES)[number];

export const KINDS = SDKS.flatMap((sdk) => INSTANCES.map((instance) => ({ sdk, instance })));

export interface Mood {
  /** What the factory throws. */
  failure: Error | undefined;
  /** The call of the factory that fails; 0: none. */
  failsAt: number;
  /** Answers `tools/list` in place of the SDK. */
  listing: ((request: { params?: { cursor?: string } }) => unknown) | undefined;
  builds: number;
  /** How often `echo` ran. */
  calls: number;
  servers: object[];
}

const MODULE = new URL('./moody.mjs', import.meta.url).href;

/** The switches of the fixture, as they were when the test ends. */
export async function moodOf(sdk: Sdk): Promise<Mood> {
  const { moods } = (await import(MODULE)) as { moods: Record<Sdk, Mood> };
  const calm = {
    failure: undefined,
    failsAt: 0,
    listing: undefined,
    builds: 0,
    calls: 0,
    servers: [],
  };
  Object.assign(moods[sdk], calm);
  onTestFinished(() => void Object.assign(moods[sdk], calm));
  return moods[sdk];
}

export async function addMarkedTool(sdk: Sdk): Promise<void> {
  (await import(MODULE)).addMarkedTool(sdk);
}

/** The server is mounted at /moody/mcp. */
export const startMoody = (
  { sdk, instance }: { sdk: Sdk; instance: Instance },
  options: Partial<StartOptions> & { settings?: string } = {},
): Promise<TestHost> =>
  startHost({
    ...options,
    yaml: `servers:
  moody: { module: ../../runtime/backends/states/moody.mjs, export: create${sdk.toUpperCase()}, instance: ${instance}, auth: anonymous, ${options.settings ?? ''} }
`,
  });
