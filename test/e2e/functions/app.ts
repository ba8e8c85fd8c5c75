// The repository's own app, host.json and dist/, behind the stand-in for the Functions host, or
// behind the real one of FUNCTIONS_HOST_URL.

import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import type { FunctionsHost } from '../../../standins/functions-host/functions-host.ts';
import type { FunctionsHostOptions } from '../../../standins/functions-host/options.ts';
import { startFunctionsHost } from '../../../standins/functions-host/stand-in.ts';
import {
  type FunctionsHostUnderTest,
  functionsHostUnderTest,
} from '../../../standins/functions-host/under-test.ts';

/** Folder of host.json; also where the handler runs. */
const appRoot = resolve(import.meta.dirname, '../../..');

/** The servers of these tests. A path, because that is what an app setting holds. */
const fixtureServers = join(import.meta.dirname, 'fixtures/servers.yaml');

/** Options beside the app root, which is always the repository. */
export type AppOptions = Omit<FunctionsHostOptions, 'appRoot'>;

/**
 * The stand-in, for tests that look at the handler or choose its surroundings; who starts it stops
 * it.
 */
export function startStandIn(options: AppOptions = {}): Promise<FunctionsHost> {
  return startFunctionsHost(withDefaults(options));
}

/** The stand-in, stopped after the test. */
export async function startApp(options: AppOptions = {}): Promise<FunctionsHost> {
  const host = await startStandIn(options);
  onTestFinished(() => host.stop());
  return host;
}

/** A Functions host, real or not, before the servers of these tests; for a whole file. */
export function appUnderTest(options: AppOptions = {}): Promise<FunctionsHostUnderTest> {
  return functionsHostUnderTest(withDefaults(options));
}

function withDefaults({ environment, ...options }: AppOptions): FunctionsHostOptions {
  return {
    appRoot,
    drainTimeoutMs: 0,
    ...options,
    environment: { MCP_SERVERS_FILE: fixtureServers, ...environment },
  };
}
