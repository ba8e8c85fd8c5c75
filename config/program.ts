// Resolves the `command` and `args` of an entry to the program that is started, or explains why
// there is none. `check` and the host share this code.

import { posix, win32 } from 'node:path';
import { DISK, type Disk } from './disk.ts';
import type { Environment } from './env.ts';
import type { Problem } from './formats.ts';
import { findPackageProgram, type PackageProgram } from './program-package.ts';

/** What is started, without a shell. */
export interface Program {
  /** Absolute path. */
  readonly file: string;
  readonly args: readonly string[];
  /** The file lacks its execute bit: it has to be copied, and the copy be started. */
  readonly isToBeCopied?: true;
}

/** What is wrong with one of the keys. */
export interface ProgramProblem extends Required<Problem> {
  readonly key: 'command' | 'args' | 'cwd';
}

/** Where programs are looked for. */
export interface ProgramPlace {
  /** Folder of servers.yaml, absolute. */
  readonly directory: string;
  /** PATH, and PATHEXT of Windows. */
  readonly path: string;
  readonly pathExtensions?: string | undefined;
  /**
   * Whether files below the folder of servers.yaml may be started as copies. In Azure they come from
   * a package that may have been made on Windows, and cannot be changed.
   */
  readonly mayCopy: boolean;
  readonly platform?: NodeJS.Platform;
  /** Default: the Node of this process. */
  readonly node?: string;
  readonly disk?: Disk;
}

/** @param directory folder of servers.yaml. */
export function programPlace(
  directory: string,
  { inherited, websiteHostname, underCoreTools }: Environment,
): ProgramPlace {
  return {
    directory,
    path: inherited.PATH ?? '',
    pathExtensions: inherited.PATHEXT,
    mayCopy: websiteHostname !== undefined && !underCoreTools,
  };
}

export interface FoundProgram {
  readonly program: Program;
  /** What it is: this process's Node, a command of a package, a file, or a program on PATH. */
  readonly from: 'node' | 'package' | 'file' | 'path';
  /** The package, and the version that is installed. */
  readonly package?: Pick<PackageProgram, 'name' | 'version'>;
}

type Found = FoundProgram | { readonly problem: ProgramProblem };

interface Entry {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * Nothing is started, and no network is used.
 * @param entry as written, or with its variables filled in.
 */
export function findProgram(
  { cwd, ...entry }: Entry & { readonly cwd?: string | undefined },
  place: ProgramPlace,
): Found {
  const search = new Search(place);
  return search.refuseFolder(cwd) ?? search.find(entry);
}

class Search {
  readonly #place: ProgramPlace;
  readonly #isWindows: boolean;
  readonly #paths: typeof posix;
  readonly #node: string;
  readonly #disk: Disk;

  constructor(place: ProgramPlace) {
    const { platform = process.platform, node = process.execPath, disk = DISK } = place;
    this.#place = place;
    this.#isWindows = platform === 'win32';
    this.#paths = this.#isWindows ? win32 : posix;
    this.#node = node;
    this.#disk = disk;
  }

  refuseFolder(cwd: string | undefined): Found | undefined {
    if (cwd === undefined) return undefined;
    const kind = this.#disk.kindOf(this.#paths.resolve(this.#place.directory, cwd));
    if (kind === 'folder') return undefined;
    const got = `${JSON.stringify(cwd)}, which ${kind === 'file' ? 'is a file' : 'does not exist'}`;
    const fix = 'correct the path; it is relative to the folder of servers.yaml';
    return { problem: { key: 'cwd', expected: 'a folder', got, fix } };
  }

  find({ command, args }: Entry): Found {
    const { directory } = this.#place;
    const isPath = /[\\/]/.test(command);
    const isOwnFile = isPath && !this.#paths.isAbsolute(command);
    const name = win32
      .basename(command)
      .replace(/\.(exe|cmd|bat)$/i, '')
      .toLowerCase();
    if (!isOwnFile) {
      const [option, first, ...rest] = args;
      // As clients' files for Windows have it.
      if (name === 'cmd' && /^\/c$/i.test(option ?? '') && first !== undefined) {
        return this.find({ command: first, args: rest });
      }
      const found = findPackageProgram(name, args, directory);
      if (found && 'problem' in found) return { problem: { key: 'args', ...found.problem } };
      if (found) return this.#ofPackage(found);
    }
    if (!isPath && name === 'node') {
      return { program: { file: this.#node, args }, from: 'node' };
    }
    return isPath ? this.#file(command, args) : this.#onPath(command, args);
  }

  #ofPackage({ name, version, file, args }: PackageProgram): Found {
    const found = this.#run(file, args, `the command of "${name}"`, 'args');
    if ('problem' in found) return found;
    return { ...found, from: 'package', package: { name, version } };
  }

  #file(command: string, args: readonly string[]): Found {
    const file = this.#paths.resolve(this.#place.directory, command);
    return this.#run(file, args, JSON.stringify(command), 'command');
  }

  /** @param shown in messages. */
  #run(file: string, args: readonly string[], shown: string, key: ProgramProblem['key']): Found {
    const refuse = (got: string, fix: string): Found => ({
      problem: { key, expected: 'a program', got: `${shown}, which ${got}`, fix },
    });
    const kind = this.#disk.kindOf(file);
    if (kind === undefined) {
      return key === 'args'
        ? refuse('does not exist', 'install the package again')
        : refuse(
            'does not exist',
            'correct the path; it is relative to the folder of servers.yaml',
          );
    }
    if (kind === 'folder') return refuse('is a folder', 'name a file in it');
    const options = this.#nodeOptions(file);
    if (options)
      return { program: { file: this.#node, args: [...options, file, ...args] }, from: 'file' };
    if (this.#isWindows) {
      if (/\.(cmd|bat)$/i.test(file)) return { problem: batchFile(shown, key) };
      return { program: { file, args }, from: 'file' };
    }
    if (this.#disk.isExecutable(file)) return { program: { file, args }, from: 'file' };
    if (!isProgram(this.#disk.beginOf(file))) {
      return refuse(
        'is not a program',
        'name a program; a script must begin with #! and the path of its interpreter',
      );
    }
    if (this.#place.mayCopy && this.#isOwn(file)) {
      return { program: { file, args, isToBeCopied: true }, from: 'file' };
    }
    return refuse(
      'is not executable',
      key === 'args'
        ? 'install the package again'
        : `chmod +x ${this.#paths.basename(file)}, and in Git: git update-index --chmod=+x`,
    );
  }

  /** @returns the options of Node for what it runs itself, wherever it lies and whatever its mode. */
  #nodeOptions(file: string): readonly string[] | undefined {
    const isScript = /\.[cm]?js$/i.test(file);
    const [firstLine = ''] = this.#disk.beginOf(file).toString('latin1').split(/\r?\n/, 1);
    const [, options] = /^#!\s*\S*?\/(?:env\s+(?:-S\s+)?)?node(?:\s+(.*))?$/.exec(firstLine) ?? [];
    if (!isScript && !/^#!.*\bnode\b/.test(firstLine)) return undefined;
    return options?.split(/\s+/).filter(Boolean) ?? [];
  }

  #isOwn(file: string): boolean {
    const path = this.#paths.relative(this.#place.directory, file);
    return !path.startsWith('..') && !this.#paths.isAbsolute(path);
  }

  #onPath(command: string, args: readonly string[]): Found {
    const folders = this.#place.path
      .split(this.#paths.delimiter)
      .filter((folder) => this.#paths.isAbsolute(folder));
    const names = this.#namesOf(command);
    const files = names.flatMap((name) => folders.map((folder) => this.#paths.join(folder, name)));
    const present = files.filter((file) => this.#disk.kindOf(file) === 'file');
    const file = present.find((each) => this.#isWindows || this.#disk.isExecutable(each));
    const shown = JSON.stringify(command);
    if (file !== undefined) {
      if (this.#isWindows && /\.(cmd|bat)$/i.test(file)) {
        return { problem: batchFile(shown, 'command') };
      }
      return { program: { file, args }, from: 'path' };
    }
    const [first] = present;
    if (first !== undefined) {
      const got = `${shown}, which is not executable: ${first}`;
      return refuseOnPath(got, `chmod +x ${first}`);
    }
    const isBeside = this.#disk.kindOf(this.#paths.join(this.#place.directory, command)) === 'file';
    const install =
      'install it on the machine that runs the host, or write the path of a file in the folder of servers.yaml';
    return refuseOnPath(
      `${shown}, which is not on PATH`,
      isBeside ? `write "./${command}"` : install,
    );
  }

  /** With Windows's extensions, those first that need no shell. */
  #namesOf(command: string): string[] {
    if (!this.#isWindows) return [command];
    const { pathExtensions = '.COM;.EXE;.BAT;.CMD' } = this.#place;
    const extensions = pathExtensions.toLowerCase().split(';').filter(Boolean);
    if (extensions.some((each) => command.toLowerCase().endsWith(each))) return [command];
    const known = ['.com', '.exe', '.bat', '.cmd'].filter((each) => extensions.includes(each));
    return known.map((extension) => command + extension);
  }
}

function refuseOnPath(got: string, fix: string): Found {
  return { problem: { key: 'command', expected: 'a program on PATH', got, fix } };
}

function batchFile(shown: string, key: ProgramProblem['key']): ProgramProblem {
  return {
    key,
    expected: 'a program that can start without a shell',
    got: `${shown}, a batch file`,
    fix: 'write the program that the batch file starts; for a Node script, use command: node and put the script in args',
  };
}

const MAGIC = ['7f454c46', 'cffaedfe', 'cefaedfe', 'cafebabe'];

/** A script, or a program of Linux or macOS. */
function isProgram(begin: Buffer): boolean {
  return begin.toString('latin1', 0, 2) === '#!' || MAGIC.includes(begin.toString('hex', 0, 4));
}
