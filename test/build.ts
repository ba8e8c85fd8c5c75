// Builds dist/ once before the tests: the end-to-end tests run the built process, as production does.

import { spawnSync } from 'node:child_process';

/** The steps of `npm run build`, without a shell and without staging a package. */
const STEPS = [
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
  ['dist/build/main.js'],
];

export default function build(): void {
  for (const step of STEPS) {
    const { status } = spawnSync(process.execPath, step, { stdio: 'inherit' });
    if (status !== 0) throw new Error('The build failed; see the messages above.');
  }
}
