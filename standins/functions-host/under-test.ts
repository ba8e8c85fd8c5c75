// The choice between the stand-in and a real Functions host for suites that can run against both.

import type { FunctionsHost } from './functions-host.ts';
import type { FunctionsHostOptions } from './options.ts';
import { startFunctionsHost } from './stand-in.ts';

/**
 * `FUNCTIONS_HOST_URL`: address of a freshly started real Functions host that serves the app, for
 * example `http://127.0.0.1:7071`. Suites that shorten numbers or look at the handler process skip
 * themselves when it is set: `describe.skipIf(realFunctionsHostUrl)`.
 */
export const realFunctionsHostUrl = process.env.FUNCTIONS_HOST_URL?.replace(/\/$/, '');

/**
 * `FUNCTIONS_HOST_KEY`: a function key of that host, where it checks keys. Core Tools do not,
 * unless they are started with `--enableAuth`.
 */
export const realFunctionsHostKey = process.env.FUNCTIONS_HOST_KEY;

/** A Functions host, whichever it is. */
export interface FunctionsHostUnderTest {
  /** Without a trailing slash. */
  readonly url: string;
  /** The stand-in, for what a real host cannot be asked; absent when a real one is used. */
  readonly standIn: FunctionsHost | undefined;
  /** Stops the stand-in; leaves a real host alone. */
  stop(): Promise<void>;
}

/**
 * The real host of `FUNCTIONS_HOST_URL`, or else a fresh stand-in with these options.
 *
 * @example
 * const host = await functionsHostUnderTest({ appRoot, coreTools: true });
 * const answer = await fetch(`${host.url}/healthz`);
 */
export async function functionsHostUnderTest(
  options: FunctionsHostOptions,
): Promise<FunctionsHostUnderTest> {
  if (realFunctionsHostUrl) {
    return { url: realFunctionsHostUrl, standIn: undefined, stop: async () => {} };
  }
  const standIn = await startFunctionsHost(options);
  return { url: standIn.url, standIn, stop: () => standIn.stop() };
}
