// Handles programs that start other programs: Windows shells, bridges to a URL, and programs that
// the app in Azure does not have.

import { basename, isAbsolute, relative, sep } from 'node:path';
import type { Note } from './report.ts';

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
}

/** A server elsewhere that a bridge leads to. */
export interface Bridged {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly isSse: boolean;
}

/** Without `cmd /c`, which clients on Windows need to start npx. The host needs no shell. */
export function withoutShell({ command, args }: Launch): Launch {
  const isShell = /(^|[\\/])cmd(\.exe)?$/i.test(command);
  if (isShell && /^\/[ck]$/i.test(args[0] ?? '')) {
    const words = args.length === 2 ? (args[1] ?? '').trim().split(/\s+/) : args.slice(1);
    return withoutShell({ command: words[0] ?? '', args: words.slice(1) });
  }
  return {
    command: command.replace(/^(npx|npm|bunx|pnpm|yarn|uvx?|node)\.(cmd|exe|ps1)$/i, '$1'),
    args,
  };
}

/** What only a shell can do. */
const NEEDS_SHELL = /[|&;<>$`*?(){}~#\\\n]/;

/**
 * Without `sh -c`, where all that the shell does is to set variables and to start one program.
 * @returns undefined for any other launch; what `env` has stands before the program.
 */
export function withoutUnixShell({
  command,
  args,
}: Launch): (Launch & { readonly env: Readonly<Record<string, string>> }) | undefined {
  const [option = '', script = '', ...more] = args;
  const isShell = /(^|\/)(ba|da|z)?sh$/.test(command) && /^-l?c$/.test(option);
  if (!isShell || more.length > 0 || NEEDS_SHELL.test(script)) return undefined;
  const words = wordsOf(script);
  const start = words?.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word)) ?? -1;
  if (!words || start === -1) return undefined;
  const [program = '', ...rest] = words
    .slice(start)
    .filter((word, at) => at > 0 || word !== 'exec');
  const pairs = words.slice(0, start).map((word) => {
    const at = word.indexOf('=');
    return [word.slice(0, at), word.slice(at + 1)] as const;
  });
  return { command: program, args: rest, env: Object.fromEntries(pairs) };
}

/** @returns the words of a line without their quotes; undefined when a quote has no end. */
export function wordsOf(line: string): string[] | undefined {
  const unquoted = (word: string): string => word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2');
  const words = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  const isWhole =
    words.join('').length ===
    line.replaceAll(/"[^"]*"|'[^']*'|\s/g, (part) => (/^\s$/.test(part) ? '' : part)).length;
  return isWhole ? words.map(unquoted) : undefined;
}

/** @returns undefined if the program is not mcp-remote. */
export function readBridge(
  { command, args }: Launch,
  env: Readonly<Record<string, string>>,
  note: (note: Note) => void,
): Bridged | undefined {
  const isBridge = (word: string): boolean => /^mcp-remote(@[\w.-]+)?$/.test(word);
  const start = [basename(command), ...args].findIndex(isBridge);
  if (start === -1) return undefined;
  const words = args.slice(start);
  const url = words.find((word) => /^https?:/.test(word));
  if (url === undefined) return undefined;
  const valuesOf = (option: string): string[] =>
    words.filter((_, index) => words[index - 1] === option);
  const headers = valuesOf('--header').map((line) => {
    const [, name = line, value = ''] = /^([^:]+):\s*(.*)$/s.exec(line) ?? [];
    // The bridge fills in what the client has put into its environment.
    return [name, value.replaceAll(/\$\{(\w+)\}/g, (whole, variable) => env[variable] ?? whole)];
  });
  const isSse = valuesOf('--transport').some((word) => word === 'sse-only');
  if (isSse) return { url, headers: {}, isSse };
  if (words.some((word) => word.startsWith('--static-oauth'))) {
    note({
      what: 'args: mcp-remote signs in a person (OAuth), which this host does not do for remote servers',
      fix: 'use a key in "headers", or "upstreamAuth: { as: app }" if the server accepts Entra tokens',
    });
  } else if (headers.length === 0) {
    note({
      what: 'mcp-remote was replaced by "url", which does not sign in a person if the server requires it',
      fix: 'if the server answers 401, add its key to "headers"',
    });
  }
  return { url, headers: Object.fromEntries(headers), isSse };
}

const CONTAINERS = /^(docker|podman|nerdctl)$/;
const RUNTIMES = /^(uv|uvx|pipx|python3?|py|dotnet|deno|bun|java|go|cargo|ruby|php)$/;

/** What Azure cannot run, since it is neither Node nor deployed. */
export function remarkProgram({ command }: Launch, note: (note: Note) => void): void {
  const program = basename(command.replaceAll('\\', '/')).replace(/\.exe$/i, '');
  if (CONTAINERS.test(program)) {
    note({
      what: `command: Azure Functions cannot run ${program}, so this server works only on your machine`,
      fix: 'use the npm package or the program of the server, or run the container elsewhere and write its "url"',
    });
  } else if (RUNTIMES.test(program)) {
    note({
      what: `command: ${program} may not be in the image of the app in Azure`,
      fix: 'run npx --no mcp-host check --target azure; then publish a self-contained program, or run the server elsewhere and write its "url"',
    });
  }
}

/** A path from the folder of servers.yaml where it is inside; undefined if it is not a path of this machine. */
export function fromFolder(text: string, folder: string): string | undefined {
  if (!isAbsolute(text)) return undefined;
  const path = relative(folder, text);
  const isInside = path === '' || !(path.startsWith('..') || isAbsolute(path));
  return isInside ? `./${path.split(sep).join('/')}` : undefined;
}

/** A path that is there on this machine only. */
export function isOfThisMachine(text: string): boolean {
  return /^([A-Za-z]:[\\/]|~[\\/]|\\\\|\/[^/]+\/)/.test(text);
}
