// Builds dist/ once before the tests: the end-to-end tests run the compiled process, as production does.

import { spawnSync } from 'node:child_process';

export default function build(): void {
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
    {
      stdio: 'inherit',
    },
  );
  if (status !== 0) throw new Error('The build failed; see the compiler messages above.');
}
