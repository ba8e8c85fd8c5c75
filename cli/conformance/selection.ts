// The official suite with a requirement set of our own. It runs one scenario or a whole set, each
// at the price of a start of its own (1.5 s of CPU), and it looks for sets only beside its program.

import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Era } from './eras.ts';
import { officialPackages, suiteFolder } from './installation.ts';

/**
 * Copies the suite's program into a folder in which the revision requires these scenarios only.
 * @param temporary an empty folder
 * @returns the folder of the copy, to be used like the installed suite
 */
export async function copyWithScenarios(
  temporary: string,
  era: Era,
  scenarios: readonly string[],
): Promise<string> {
  const copy = join(temporary, 'suite');
  for (const folder of ['dist', 'requirements'])
    await mkdir(join(copy, folder), { recursive: true });
  for (const file of ['package.json', 'dist/index.js']) {
    await copyFile(join(suiteFolder(), file), join(copy, file));
  }
  await symlink(officialPackages(), join(copy, 'node_modules'), 'junction');
  // JSON is YAML.
  const requirements = JSON.stringify({ server: scenarios, client: [], not_scored: [] });
  await writeFile(join(copy, 'requirements', `${era}.yaml`), requirements);
  return copy;
}
