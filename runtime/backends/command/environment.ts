// The environment of a program: what every program inherits, what its entry adds, and a home folder
// that it can write to.

import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedTexts } from '../../../config/resolved-texts.ts';
import type { TemporaryFolder } from './temporary-folder.ts';

export interface ChildEnvironmentOptions {
  /** `Environment.inherited`. */
  readonly inherited: Readonly<Record<string, string>>;
  /** Of the entry; `${header:…}` and `${PORT}` are filled in. */
  readonly texts: Pick<ResolvedTexts, 'env' | 'inherited'>;
  readonly folder: TemporaryFolder;
  readonly platform?: NodeJS.Platform;
}

/** Nothing else of the host's environment, and nothing of other entries. */
export function childEnvironment({
  inherited,
  texts,
  folder,
  platform = process.platform,
}: ChildEnvironmentOptions): Readonly<Record<string, string>> {
  const isWindows = platform === 'win32';
  const environment: Record<string, string> = { ...inherited };
  for (const [name, value] of Object.entries({ ...texts.inherited, ...texts.env })) {
    // Two spellings of one name would leave it to chance which one counts.
    environment[isWindows ? name.toUpperCase() : name] = value;
  }
  const home = isWindows ? 'USERPROFILE' : 'HOME';
  if (!isWritable(environment[home])) {
    const own = homeIn(folder);
    if (own !== undefined) environment[home] = own;
  }
  return environment;
}

/** In Azure the home folder may be missing, or belong to somebody else. */
function isWritable(path: string | undefined): boolean {
  if (!path) return false;
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @returns undefined where nothing can be written: many programs need no home folder. */
function homeIn(folder: TemporaryFolder): string | undefined {
  try {
    const home = join(folder.path(), 'home');
    mkdirSync(home, { recursive: true });
    return home;
  } catch {
    return undefined;
  }
}
