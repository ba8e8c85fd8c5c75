// The size of the staged package as it runs in Azure: after an install, in a copy.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAX_MB = 30;
const MAX_FILES = 3_000;

/** Installs and counts. @returns an exit code: 1 above the limits. */
export function measurePackage(folder: string): number {
  const copy = mkdtempSync(join(tmpdir(), 'package-'));
  try {
    cpSync(folder, copy, { recursive: true });
    const command = 'npm install --omit=dev --no-audit --no-fund --loglevel=error';
    const { status } = spawnSync(command, { cwd: copy, shell: true, stdio: ['ignore', 2, 2] });
    if (status !== 0) throw new Error(`${command} failed in a copy of ${folder}; see above.`);
    const files = readdirSync(copy, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const bytes = files.reduce(
      (sum, { name, parentPath }) => sum + statSync(join(parentPath, name)).size,
      0,
    );
    const mb = bytes / 1e6;
    process.stdout.write(
      `Deployed package: ${mb.toFixed(1)} MB in ${files.length} files (at most ${MAX_MB} MB, ${MAX_FILES} files)\n`,
    );
    return mb <= MAX_MB && files.length <= MAX_FILES ? 0 : 1;
  } finally {
    rmSync(copy, { recursive: true });
  }
}
