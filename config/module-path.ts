// From a `module` key to files: the one behind a folder, and the bundle of a source.

import { existsSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** The file of a folder that is imported. @throws when its package.json is not valid JSON. */
export function entryOf(folder: string): string {
  const packageFile = join(folder, 'package.json');
  if (existsSync(packageFile)) {
    const { exports, main } = readPackage(packageFile);
    const entry = entryFromExports(exports) ?? main;
    if (typeof entry === 'string') return join(folder, entry);
  }
  const found = ['index.ts', 'index.js', 'index.mjs'].find((name) =>
    existsSync(join(folder, name)),
  );
  return join(folder, found ?? 'index.js');
}

function readPackage(file: string): { exports?: unknown; main?: unknown } {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) ?? {};
  } catch (error) {
    throw new Error(
      `package.json is not valid JSON (${(error as Error).message.split('\n', 1)[0]})`,
      {
        cause: error,
      },
    );
  }
}

function entryFromExports(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports;
  if (typeof exports !== 'object' || exports === null) return undefined;
  const { '.': root, import: esm, node, default: fallback } = exports as Record<string, unknown>;
  return entryFromExports(root) ?? entryFromExports(esm ?? node ?? fallback);
}

/** Where bundles of servers lie below the build's folder; `npm run dev` compiles only. */
const BUNDLES = 'bundles';

/**
 * Path of the bundle of a source below the build's folder, with `/`. @param directory where that
 * folder lies.
 */
export function bundleName(file: string, directory: string): string {
  const path = relative(directory, file)
    .split(sep)
    .join('/')
    .replaceAll('../', '_up/')
    // On another drive of Windows.
    .replace(/^([A-Za-z]):/, '_$1');
  return `${BUNDLES}/${path.replace(/\.([cm]?)[jt]s$/, '.js')}`;
}
