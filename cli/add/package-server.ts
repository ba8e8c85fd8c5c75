// What an installed package is: a module that exports a factory, or a command.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../../config/env.ts';
import {
  commandsOf,
  packageFolder,
  readPackage,
  withoutScope,
} from '../../config/installed-package.ts';
import { findPackageModule, modulesOf } from '../../config/package-module.ts';
import type { ModuleConfig, ServersConfig } from '../../config/schema.ts';
import { ExplainedError } from '../explained-error.ts';
import type { Converted } from '../import/entry.ts';
import { readOffer } from '../lock/read-server.ts';

/** What a package is asked for. */
export interface PackageChoice {
  readonly name: string;
  readonly version: string;
  /** A file of the package that a person has named. */
  readonly file?: string;
  readonly args: readonly string[];
  /** One of several commands. */
  readonly bin?: string;
}

/** Each is loaded, so few of them. */
const MAX_TRIES = 4;

/** The text of a module that may export what the host looks for. */
const EXPORTS_SOMETHING =
  /\bcreateServer\b|\bexport\s+default\b|\bas\s+default\b|\bexports\.default\b|\bmodule\.exports\b/;

/** Texts of the official SDKs, without which no factory makes a server. */
const USES_SDK = /@modelcontextprotocol\/|McpServer|createServer/;

/** @returns the modules of the package whose text says that they may export a factory, the best first. */
function likelyModules(name: string, directory: string): string[] {
  const specifiers = modulesOf(name, directory);
  return specifiers
    .filter((specifier) => {
      const found = findPackageModule(specifier, directory);
      if (!('file' in found)) return false;
      const text = readFileSync(found.file, 'utf8');
      return EXPORTS_SOMETHING.test(text) && USES_SDK.test(text);
    })
    .slice(0, MAX_TRIES);
}

/**
 * Loads likely modules, each in a thread that ends, until one is a server.
 * @param sample an entry of the file, whose `module` is replaced
 */
export async function findServerModule(
  { name }: Pick<PackageChoice, 'name'>,
  sample: ModuleConfig,
  config: ServersConfig,
  environment: Environment,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const module of likelyModules(name, config.directory)) {
    const { status } = await readOffer({ ...sample, module }, config, environment, signal);
    signal.throwIfAborted();
    if (status === 'read') return module;
  }
  return undefined;
}

/** @throws ExplainedError when it has no command, or several */
export function commandEntry(
  { name, version, args, bin }: PackageChoice,
  directory: string,
): Converted {
  const folder = packageFolder(name, directory);
  const commands = folder === undefined ? new Map() : commandsOf(name, readPackage(folder) ?? {});
  const names = [...commands.keys()] as string[];
  const targets = new Set([...commands.values()].map((path) => join(String(path))));
  if (names.length === 0) {
    throw new ExplainedError(
      `${name} does not export a server and has no command`,
      `if one of its files exports a server, name that file: add ${name}/<file>`,
    );
  }
  if (bin !== undefined && !commands.has(bin)) {
    throw new ExplainedError(
      `${name} has no command "${bin}"`,
      `name one of: ${names.map((each) => `--bin ${each}`).join(', ')}`,
    );
  }
  const isClear = targets.size === 1 || commands.has(withoutScope(name));
  if (bin === undefined && !isClear) {
    throw new ExplainedError(
      `${name} has several commands`,
      `name one of: ${names.map((each) => `--bin ${each}`).join(', ')}`,
    );
  }
  const written = `${name}@${version}`;
  const start = bin === undefined ? ['-y', written] : ['-y', '-p', written, bin];
  return { command: 'npx', args: [...start, ...args] };
}
