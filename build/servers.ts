// Which TypeScript modules a servers.yaml names: each becomes a bundle under the name of its
// source.

import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ConfigError } from '../config/diagnostics.ts';
import { loadConfig } from '../config/load.ts';
import { entryOf } from '../config/module-path.ts';
import type { ServersConfig } from '../config/schema.ts';

export interface ServerModule {
  /** Names of the servers of this module. */
  readonly servers: readonly string[];
  /** Absolute path of the source. */
  readonly file: string;
}

/** The enabled servers' modules that are files. */
export function modulesOf({ directory, servers }: ServersConfig): ServerModule[] {
  const modules = new Map<string, string[]>();
  for (const server of servers) {
    if (!server.enabled || server.kind !== 'module') continue;
    const { name, module } = server;
    if (!/^\.{1,2}\//.test(module)) continue;
    const path = resolve(directory, module);
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
    const file = isFolder ? entryOf(path) : path;
    if (existsSync(file)) modules.set(file, [...(modules.get(file) ?? []), name]);
  }
  return [...modules].map(([file, names]) => ({ file, servers: names }));
}

/** @returns undefined when servers.yaml cannot be used. */
export function readConfig(serversFile: string): ServersConfig | undefined {
  try {
    return loadConfig(serversFile);
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

export function isTypeScript(file: string): boolean {
  return /\.[cm]?ts$/.test(file);
}

/** The nearest package.json above `path`, or undefined. */
export function packageFileOf(path: string): string | undefined {
  const folder = dirname(path);
  const file = join(folder, 'package.json');
  if (existsSync(file)) return file;
  return folder === path ? undefined : packageFileOf(folder);
}
