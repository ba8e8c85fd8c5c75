// A real Chromium for tests of pages.

import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { chromiumProgram as executablePath, PROGRAMS } from './chromium-program.ts';

/** Why tests of pages are skipped. In CI they are not: there, a missing browser is a failure. */
export const noBrowser =
  executablePath === undefined && process.env.CI !== 'true'
    ? `skipped: no browser at ${PROGRAMS.join(', ')} (Debian: apt-get install chromium)`
    : undefined;

/** One browser for the tests of a file; call the result inside of a test. */
export function sharedBrowser(): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (noBrowser !== undefined) return;
    if (executablePath === undefined) throw new Error('CI has no Chromium: see .ci/run');
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  }, 60_000);
  afterAll(() => browser?.close());
  return () => browser as Browser;
}
