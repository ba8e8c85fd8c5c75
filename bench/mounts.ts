// Folders with a servers.yaml and the copies of servers it mounts, each copy a module of its own, built with the host
// as `npm run package` does it. The packages are the host's, as in a project of a user.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ROOT, type TargetOptions } from './target.ts';

export interface MountOptions {
  /** The file or folder that is copied. */
  readonly source: string;
  /** Path of the module inside of a copied folder. */
  readonly entry?: string;
  readonly instance: 'shared' | 'per-request';
  /** Default: the thread of the host. */
  readonly isolation?: 'none' | 'thread';
  readonly copies: number;
  /** Another entry under several names, behind the modules. */
  readonly beside?: { readonly entry: string; readonly copies: number };
  /** Gets the servers.yaml before the host is built. */
  readonly prepare?: (serversFile: string) => void;
}

export interface Mount {
  /** How to start this host with the servers. */
  readonly target: TargetOptions;
  readonly paths: readonly string[];
}

export interface Mounts {
  /** The checkout whose build is mounted. */
  readonly root: string;
  add(options: MountOptions): Mount;
  /** Mounts one entry under several names. */
  addEntries(entry: string, copies: number): Mount;
  /** A copy of a file of bench/servers beside the host's packages. */
  addFile(source: string): string;
  remove(): void;
}

/**
 * The rate limit is on, but above the load; lists may be kept, which no call takes notice of.
 * `--against` mounts older builds too, so write only keys that they know.
 */
const DEFAULTS = `defaults:
  auth: anonymous
  rateLimit: { max: 1000000, windowSeconds: 1 }
  cacheScope: public
  ttlMs: 60000
`;

/** @param root a built checkout of this project. */
export function createMounts(root = ROOT): Mounts {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  let count = 0;
  const mount = (
    entriesIn: (directory: string) => readonly (readonly [name: string, entry: string])[],
    prepare?: MountOptions['prepare'],
  ): Mount => {
    count += 1;
    const directory = join(folder, `mount-${count}`);
    mkdirSync(directory);
    const entries = entriesIn(directory);
    const file = join(directory, 'servers.yaml');
    const lines = entries.map(([name, entry]) => `  ${name}: ${entry}\n`);
    writeFileSync(file, `${DEFAULTS}servers:\n${lines.join('')}`);
    prepare?.(file);
    const main = buildIn(root, directory, file);
    return {
      target: { command: [main], folder: root, environment: { MCP_SERVERS_FILE: file } },
      paths: entries.map(([name]) => `/${name}/mcp`),
    };
  };
  return {
    root,
    add: ({ source, entry, instance, isolation = 'none', copies, beside, prepare }) =>
      mount((directory) => {
        const modules = named('s', copies, (name) => {
          const copy = `${name}-${basename(source).replace(/\.mjs$/, '.ts')}`;
          cpSync(source, join(directory, copy), { recursive: true });
          const thread = isolation === 'thread' ? ', isolation: thread' : '';
          return `{ module: ./${join(copy, entry ?? '')}, instance: ${instance}${thread} }`;
        });
        return [...modules, ...named('b', beside?.copies ?? 0, () => beside?.entry ?? '')];
      }, prepare),
    addEntries: (entry, copies) => mount(() => named('s', copies, () => entry)),
    addFile(source) {
      const copy = join(folder, basename(source));
      cpSync(source, copy);
      return copy;
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

function named(
  prefix: string,
  copies: number,
  entryOf: (name: string) => string,
): [name: string, entry: string][] {
  return Array.from({ length: copies }, (_, at) => {
    const name = `${prefix}${at + 1}`;
    return [name, entryOf(name)];
  });
}

/** @returns the built host. */
function buildIn(root: string, directory: string, serversFile: string): string {
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'dist/build/main.js'), serversFile, '--host'],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  if (status !== 0) throw new Error(`${root} cannot bundle the servers of the bench; see above.`);
  return join(directory, 'dist/main.js');
}
