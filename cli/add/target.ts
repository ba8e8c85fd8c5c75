// Finds out what to add: a folder or file, a package, a program, or an address.

import { existsSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { parseUrl } from '../../config/formats.ts';
import { ExplainedError } from '../explained-error.ts';
import { UsageError } from '../usage.ts';

export type Target =
  | { readonly is: 'module'; readonly module: string; readonly from: string }
  | {
      readonly is: 'package';
      readonly name: string;
      /** As written: `name@1.2.3`. */
      readonly wanted: string;
      readonly version?: string;
      /** A file of it: `name/dist/server.js`. */
      readonly file?: string;
      readonly args: readonly string[];
      /** It was written as a command of npx. */
      readonly isCommand: boolean;
      readonly from: string;
    }
  | {
      readonly is: 'program';
      readonly command: string;
      readonly args: readonly string[];
      readonly from: string;
    }
  | { readonly is: 'url'; readonly url: string; readonly from: string };

export interface Asked {
  readonly what: string | undefined;
  readonly command: string | undefined;
  /** Behind `--`. */
  readonly rest: readonly string[];
}

const EXPECTED =
  'a folder, a module file, an npm package, a URL, or a program after "--" (-- python server.py)';

const PACKAGE =
  /^(?<name>(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*)(?:@(?<version>[\w.+~-]+))?(?<file>\/[^\\?#$@]+)?$/;

/**
 * @param directory folder of servers.yaml: `module` paths start there
 * @throws UsageError or ExplainedError
 */
export function readTarget({ what, command, rest }: Asked, directory: string): Target {
  if (what === undefined || command !== undefined) return readProgram(what, command, rest);
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(what);
  if (isUrl) {
    if (rest.length > 0) throw new UsageError('a URL takes no arguments after "--"');
    return { is: 'url', url: what, from: nameOfUrl(what) };
  }
  const isPath = /^(\.{1,2}([/\\]|$)|[/\\]|[A-Za-z]:[/\\])/.test(what);
  if (isPath || (existsSync(what) && !what.startsWith('@'))) {
    if (rest.length > 0) throw new UsageError('a module takes no arguments after "--"');
    return readPath(what, directory);
  }
  const found = readPackageName(what, rest, false);
  if (found !== undefined) return found;
  throw new UsageError(`expected ${EXPECTED}, got ${JSON.stringify(what)}`);
}

function readPackageName(
  what: string,
  args: readonly string[],
  isCommand: boolean,
): Target | undefined {
  const { name, version, file } = PACKAGE.exec(what)?.groups ?? {};
  if (name === undefined) return undefined;
  return {
    is: 'package',
    name,
    wanted: version === undefined ? name : `${name}@${version}`,
    ...(version !== undefined && { version }),
    ...(file !== undefined && { file: `${name}${file}` }),
    args,
    isCommand,
    from: nameOfPackage(name),
  };
}

function readProgram(
  what: string | undefined,
  command: string | undefined,
  rest: readonly string[],
): Target {
  if (what !== undefined) {
    throw new UsageError(`expected either ${JSON.stringify(what)} or --command, got both`);
  }
  const [program, ...args] = command === undefined ? rest : [command, ...rest];
  if (program === undefined) throw new UsageError(`expected ${EXPECTED}, got none`);
  // As the documents of servers have it: npx -y some-mcp-server ./data
  const start = args.findIndex((arg) => !/^(-y|--yes)$/.test(arg));
  const isNpx = /^npx(\.cmd)?$/i.test(program) && start !== -1;
  const found = isNpx ? readPackageName(args[start] ?? '', args.slice(start + 1), true) : undefined;
  if (found !== undefined) return found;
  const script = args.find((arg) => /\.\w+$/.test(arg) && !arg.startsWith('-'));
  return { is: 'program', command: program, args, from: nameOfFile(script ?? program) };
}

function readPath(what: string, directory: string): Target {
  const path = resolve(what);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new ExplainedError(
      `expected a folder or file, got ${JSON.stringify(what)}, which does not exist`,
      'correct the path; if you mean an npm package, write its name without ./',
    );
  }
  if (stats.isFile() && !/(?<!\.d)\.[cm]?[jt]s$/.test(path)) {
    throw new ExplainedError(
      `expected a .ts, .js or .mjs file, got ${JSON.stringify(what)}`,
      'name the file that exports createServer; to add a program, run: add -- <program> <arguments>',
    );
  }
  const entry = stats.isDirectory() ? entryFile(path) : path;
  const module = fromFolder(entry, directory);
  return { is: 'module', module, from: nameOfFile(path) };
}

/** A folder with a package.json says itself which file it is. */
function entryFile(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const file = ['index.ts', 'index.js', 'index.mjs']
    .map((name) => join(folder, name))
    .find((each) => existsSync(each));
  if (file !== undefined) return file;
  throw new ExplainedError(
    `expected a folder with index.ts, index.js, index.mjs or package.json, got ${JSON.stringify(folder)}, which has none of them`,
    'name the file that exports createServer',
  );
}

/** As `module` is written, whatever the system. */
function fromFolder(path: string, directory: string): string {
  const way = relative(directory, path);
  if (isAbsolute(way)) {
    throw new ExplainedError(
      `${path} is not on the same drive as servers.yaml`,
      'copy it into the folder of servers.yaml; only that folder is deployed',
    );
  }
  const written = way.split(sep).join('/');
  return written.startsWith('../') ? written : `./${written}`;
}

function nameOfFile(path: string): string {
  const plain = path.replaceAll('\\', '/').replace(/\.[cm]?\w+$/, '');
  const isEntry = /^(index|main|server)$/.test(basename(plain)) && dirname(plain) !== '.';
  return isEntry ? basename(dirname(plain)) : basename(plain);
}

function nameOfPackage(name: string): string {
  const [, scope = '', rest = name] = /^(?:@([^/]+)\/)?(.*)$/.exec(name) ?? [];
  const plain = rest
    .replaceAll(/(^|-)(mcp|server|modelcontextprotocol)(?=-|$)/g, '')
    .replace(/^-/, '');
  return plain === '' ? scope || rest : plain;
}

function nameOfUrl(url: string): string {
  const host = parseUrl(url)?.host.replace(/:\d+$/, '') ?? 'server';
  const labels = host.split('.').filter((label) => !/^(www|mcp|api)$/.test(label));
  const isAddress = /^[\d.]+$|^\[/.test(host);
  return isAddress ? 'server' : (labels[0] ?? 'server');
}
