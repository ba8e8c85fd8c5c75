// What programs of servers.yaml need in Azure: the packages of their commands, and the files of this
// folder that they start or are given.

import { existsSync, statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { readEnvironment } from '../config/env.ts';
import { findProgram, programPlace } from '../config/program.ts';
import type { CommandConfig } from '../config/schema.ts';

export interface ProgramFiles {
  /** Scripts of Node, whose imports are needed, too: as a `module` key would name them. */
  readonly scripts: readonly string[];
  /** Files and folders, absolute. */
  readonly paths: readonly string[];
  /** Packages, by name. */
  readonly packages: readonly string[];
}

/** @param directory folder of servers.yaml. @throws when a program is not there. */
export function programFiles(servers: readonly CommandConfig[], directory: string): ProgramFiles {
  const found = {
    scripts: new Set<string>(),
    paths: new Set<string>(),
    packages: new Set<string>(),
  };
  const place = programPlace(directory, readEnvironment());
  for (const server of servers) {
    const { name, cwd } = server;
    const program = findProgram(server, place);
    if ('problem' in program) {
      const { key, got, fix } = program.problem;
      throw new Error(`servers.${name}.${key}: ${got}. Fix: ${fix}`);
    }
    if (program.package) found.packages.add(program.package.name);
    if (cwd !== undefined) found.paths.add(resolve(directory, cwd));
    const texts = program.package ? server.args : [server.command, ...server.args];
    for (const text of texts) include(text, resolve(directory, cwd ?? '.'), directory, found);
  }
  return {
    scripts: [...found.scripts],
    paths: [...found.paths],
    packages: [...found.packages],
  };
}

/** A text that names a file of this folder; whether the program reads it, no one knows. */
function include(
  text: string,
  from: string,
  directory: string,
  found: Record<keyof ProgramFiles, Set<string>>,
): void {
  // A program is looked for from the folder of servers.yaml, its arguments from where it works.
  const file = [resolve(from, text), resolve(directory, text)].find(
    (path) => /[\\/.]/.test(text) && isBelow(path, directory) && existsSync(path),
  );
  if (file === undefined) return;
  if (/\.[cm]?js$/.test(file)) {
    found.scripts.add(`./${relative(directory, file).split(sep).join('/')}`);
  } else if (statSync(file).isDirectory() || dirname(file) === directory) {
    found.paths.add(file);
  } else {
    // A program lies among the files that it needs.
    found.paths.add(dirname(file));
  }
}

function isBelow(path: string, directory: string): boolean {
  const below = relative(directory, path);
  return below !== '' && !below.startsWith('..') && !below.split(sep).includes('node_modules');
}
