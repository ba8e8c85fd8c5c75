// The file behind a folder that a `module` key names: what its package.json says, else its index file.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The file of a folder that is imported. @throws when its package.json is no JSON. */
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
    throw new Error(`package.json is no JSON (${(error as Error).message.split('\n', 1)[0]})`, {
      cause: error,
    });
  }
}

function entryFromExports(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports;
  if (typeof exports !== 'object' || exports === null) return undefined;
  const { '.': root, import: esm, node, default: fallback } = exports as Record<string, unknown>;
  return entryFromExports(root) ?? entryFromExports(esm ?? node ?? fallback);
}
