// Packages of the project: installed exactly, and taken out again. npm does it.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageFolder, readPackage } from '../../config/installed-package.ts';
import { isObject, memberOf } from '../../config/json-value.ts';
import { runLongTool, type ToolOutcome } from '../command-line-tool.ts';
import { ExplainedError } from '../explained-error.ts';
import { printable } from '../terminal.ts';

/** `.npmrc` of the project says it too; here it does not depend on that. */
const INSTALL = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

export class NpmProject {
  /** Where package.json is. */
  readonly #folder: string | undefined;
  readonly #signal: AbortSignal;

  /** @param directory folder of servers.yaml */
  constructor(directory: string, signal: AbortSignal) {
    this.#folder = findProject(directory);
    this.#signal = signal;
  }

  /** Files that npm writes beside node_modules. */
  get files(): string[] {
    const folder = this.#folder;
    return folder === undefined
      ? []
      : ['package.json', 'package-lock.json'].map((name) => join(folder, name));
  }

  /** Whether package.json itself asks for the package. */
  hasDependency(name: string): boolean {
    return memberOf(memberOf(this.#manifest(), 'dependencies'), name) !== undefined;
  }

  /** undefined when it is not installed. */
  versionOf(name: string): string | undefined {
    const folder = this.#folder && packageFolder(name, this.#folder);
    const version = folder === undefined ? undefined : readPackage(folder)?.version;
    return typeof version === 'string' ? version : undefined;
  }

  /** @param wanted `name` or `name@version`. @throws ExplainedError */
  async install(wanted: string): Promise<void> {
    const { status, complaint } = await this.#npm([...INSTALL, '--save-exact', wanted]);
    if (status === 0) return;
    throw new ExplainedError(
      `npm cannot install ${wanted}: ${reasonOf(complaint)}`,
      'check its name and version (npm view NAME), and check that this machine can reach the registry',
    );
  }

  /** @throws ExplainedError */
  async uninstall(name: string): Promise<void> {
    const args = ['uninstall', ...INSTALL.slice(1), name];
    const { status, complaint } = await this.#npm(args);
    if (status === 0) return;
    throw new ExplainedError(
      `npm cannot uninstall ${name}: ${reasonOf(complaint)}`,
      `run: npm uninstall ${name}`,
    );
  }

  /**
   * Makes node_modules what package.json and its lock file say, after they were put back. Never throws.
   * @param name the package that was installed or uninstalled
   */
  async repair(name: string): Promise<boolean> {
    if (this.#signal.aborted) return false;
    const [, lock = ''] = this.files;
    // Without a lock file, npm keeps what is there.
    const words = existsSync(lock)
      ? [...INSTALL, '--prefer-offline']
      : ['uninstall', ...INSTALL.slice(1), name];
    const outcome = await this.#npm(words).catch(() => undefined);
    return outcome?.status === 0;
  }

  async #npm(args: readonly string[]): Promise<ToolOutcome> {
    const folder = this.#folder;
    if (folder === undefined) {
      throw new ExplainedError(
        'there is no package.json in the folder of servers.yaml',
        'run: npm init -y',
      );
    }
    const outcome = await runLongTool('npm', args, { folder, signal: this.#signal });
    this.#signal.throwIfAborted();
    if (outcome !== undefined) return outcome;
    throw new ExplainedError(
      'npm is not installed',
      'install Node with npm, and run this command again',
    );
  }

  #manifest(): unknown {
    const [file = ''] = this.files;
    if (!existsSync(file)) return undefined;
    try {
      const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
      return isObject(content) ? content : undefined;
    } catch {
      return undefined;
    }
  }
}

function findProject(directory: string): string | undefined {
  if (existsSync(join(directory, 'package.json'))) return directory;
  const parent = dirname(directory);
  return parent === directory ? undefined : findProject(parent);
}

function reasonOf(complaint: string): string {
  return (
    printable(complaint.replace(/^npm (error|ERR!) /, '').replace(/\.$/, '')) || 'no reason given'
  );
}
