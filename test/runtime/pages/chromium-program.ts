// Where a Chromium is on this machine: Debian's, which .ci/run installs where it is missing.

import { existsSync } from 'node:fs';

export const PROGRAMS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
] as const;

export const chromiumProgram = PROGRAMS.find((program) => existsSync(program));
