// Resolves a command through npx, bunx, `pnpm dlx` or `npm exec` to the installed package and the
// file of its command.

import { join } from 'node:path';
import semver from 'semver';
import type { Problem } from './formats.ts';
import { commandsOf, packageFolder, readPackage, withoutScope } from './installed-package.ts';

/** Programs that run a package, and the words after which they do; none: at once. */
const RUNNERS: Readonly<Record<string, readonly string[] | undefined>> = {
  npx: [],
  pnpx: [],
  bunx: [],
  npm: ['exec', 'x'],
  pnpm: ['dlx'],
  yarn: ['dlx'],
  bun: ['x'],
};

const WITHOUT_VALUE = new Set([
  ...['-y', '--yes', '-q', '--quiet', '-s', '--silent', '--no', '--no-install', '--bun'],
  ...['--offline', '--prefer-offline', '--prefer-online', '--ignore-existing', '--verbose'],
]);
const WITH_VALUE = new Set(['--registry', '--cache', '--userconfig', '--loglevel', '--prefix']);
const PACKAGE = new Set(['-p', '--package']);

/** What is wrong with the arguments. */
interface Refused {
  readonly problem: Required<Problem>;
}

/** What the arguments of a runner say. */
interface Wanted {
  /** As written: `name@1.2.3`. The first one has the command, unless another one does. */
  readonly packages: readonly string[];
  /** Absent: the package's own. */
  readonly command?: string;
  readonly args: readonly string[];
}

export interface PackageProgram {
  readonly name: string;
  readonly version: string;
  /** The file of the command, absolute. */
  readonly file: string;
  readonly args: readonly string[];
}

/** @returns undefined when the program runs no package. @param runner without path and extension. */
export function findPackageProgram(
  runner: string,
  args: readonly string[],
  directory: string,
): PackageProgram | Refused | undefined {
  const words = Object.hasOwn(RUNNERS, runner) ? RUNNERS[runner] : undefined;
  if (!words) return undefined;
  const wanted = readArguments(runner, words, args);
  if (!wanted) return undefined;
  if ('problem' in wanted) return wanted;
  for (const written of wanted.packages) {
    const found = findInstalled(written, wanted.command, directory);
    if (found) return 'problem' in found ? found : { ...found, args: wanted.args };
  }
  const [written = ''] = wanted.packages;
  return refuse(
    `a package with the command "${wanted.command}"`,
    `${wanted.packages.map((each) => `"${each}"`).join(', ')}, which does not have it`,
    `name a command that ${written} has`,
  );
}

/** @returns undefined when it is another word of the runner, such as `npm start`. */
function readArguments(
  runner: string,
  words: readonly string[],
  args: readonly string[],
): Wanted | Refused | undefined {
  const packages: string[] = [];
  const isPackageManager = words.length > 0;
  let hasWord = !isPackageManager;
  let index = 0;
  for (; index < args.length; index += 1) {
    const arg = args[index] as string;
    const [option = '', value] = arg.split(/=(.*)/s, 2);
    if (arg === '--' && hasWord) {
      index += 1;
      break;
    }
    if (PACKAGE.has(option)) {
      packages.push(value ?? args[index + 1] ?? '');
      if (value === undefined) index += 1;
    } else if (WITH_VALUE.has(option)) {
      if (value === undefined) index += 1;
    } else if (arg.startsWith('-')) {
      if (!WITHOUT_VALUE.has(option)) return unknownOption(runner, arg);
    } else if (!hasWord) {
      if (!words.includes(arg)) return undefined;
      hasWord = true;
    } else break;
  }
  if (!hasWord) return undefined;
  const [first, ...rest] = args.slice(index);
  // What npm itself takes out; the others hand it on.
  const others = runner === 'npm' && rest[0] === '--' ? rest.slice(1) : rest;
  if (packages.length > 0) {
    return { packages, args: others, ...(first !== undefined && { command: first }) };
  }
  if (first !== undefined) return { packages: [first], args: others };
  return refuse(
    'the name of a package',
    'none',
    `write, for example, args: ["-y", "some-mcp-server"]`,
  );
}

function unknownOption(runner: string, arg: string): Refused {
  const isShell = /^(-c|--call)\b/.test(arg);
  return refuse(
    isShell
      ? 'the name of a package, because the host runs no shell'
      : `an option of ${runner} that this host knows`,
    `"${arg}"`,
    isShell ? 'name the package and its arguments' : 'delete it, or move it after the package name',
  );
}

type Installed = Omit<PackageProgram, 'args'> | Refused;

/** @returns undefined when the package has not the command that is asked for. */
function findInstalled(
  written: string,
  command: string | undefined,
  directory: string,
): Installed | undefined {
  const [, name = '', , wanted] =
    /^((@[\w.~-]+\/)?[a-zA-Z0-9~-][\w.~-]*)(?:@([^:/]+))?$/.exec(written) ?? [];
  if (name === '') {
    return refuse(
      'the name of a package in a registry',
      `"${written}"`,
      'install the package, and write its name',
    );
  }
  const install = `npm install --save-exact ${written}`;
  const folder = packageFolder(name, directory);
  if (folder === undefined) {
    return refuse('an installed package', `"${written}", which is not installed`, install);
  }
  const content = readPackage(folder);
  if (content === undefined) {
    return refuse(
      'an installed package',
      `"${name}", whose package.json cannot be read`,
      `install it again: ${install}`,
    );
  }
  const version = String(content.version ?? '');
  if (wanted !== undefined && !isVersion(version, wanted)) {
    return refuse(
      `version ${wanted} of ${name}`,
      `the installed version ${version || 'unknown'}`,
      `${install}, or write "${name}@${version}"`,
    );
  }
  const commands = commandsOf(name, content);
  const target = command === undefined ? ownCommand(name, commands) : commands.get(command);
  if (target !== undefined) return { name, version, file: join(folder, target) };
  return command === undefined ? noCommand(name, [...commands.keys()]) : undefined;
}

/** A tag, such as `latest`, is what was installed. */
function isVersion(installed: string, wanted: string): boolean {
  return semver.validRange(wanted) === null || semver.satisfies(installed, wanted);
}

/** As npm chooses: the one with the name of the package, or the only one. */
function ownCommand(name: string, commands: ReadonlyMap<string, string>): string | undefined {
  const targets = new Set(commands.values());
  const [only] = targets.size === 1 ? targets : [];
  return commands.get(withoutScope(name)) ?? only;
}

function noCommand(name: string, commands: readonly string[]): Refused {
  const [first] = commands;
  if (first === undefined) {
    return refuse(
      'a package that has a command',
      `"${name}", which has none`,
      `if it exports a server, write module: "${name}" instead of command and args`,
    );
  }
  return refuse(
    'one command',
    `"${name}", which has ${commands.map((each) => `"${each}"`).join(', ')}`,
    `write args: ["-p", "${name}", "${first}"]`,
  );
}

function refuse(expected: string, got: string, fix: string): Refused {
  return { problem: { expected, got, fix } };
}
