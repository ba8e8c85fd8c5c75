// Starts the compiled host as a process of its own, as production does, and reads what it says line
// by line. Its servers.yaml lies in a folder of its own, beside links to test/fixtures/servers and
// the files of the test.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const FIXTURES = join(ROOT, 'test/fixtures/servers');
const MAIN = join(ROOT, 'dist/main.js');

export interface SpawnOptions {
  /** Text of servers.yaml; `module: ./x.mjs` is a file of `files` or of test/fixtures/servers. */
  readonly yaml: string;
  /** Further files beside servers.yaml: path and text. They see the packages of this repository. */
  readonly files?: Readonly<Record<string, string>>;
  /** Folders to copy: path beside servers.yaml and the original. */
  readonly copies?: Readonly<Record<string, string>>;
  /** Runs before the host, in the folder of servers.yaml. */
  readonly prepare?: (folder: string) => void;
  /** Added to a minimal environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The host to start, in the folder of servers.yaml. Default: the one of this repository. */
  readonly main?: string;
  /** The Node to start it with. Default: the one that runs the tests. */
  readonly node?: string;
  /** Arguments for Node itself. */
  readonly nodeArguments?: readonly string[];
  /** Arguments for the host. */
  readonly arguments?: readonly string[];
  /** Starts the host through a process that a test can kill without touching the host. */
  readonly separateParent?: boolean;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * One line of standard output: JSON, with the members of what a server printed as JSON, or `{ text
 * }` when the line is something else.
 */
export type LogLine = Readonly<Record<string, unknown>>;

/** Members that a line must have, or a question to it. */
export type WantedLine = LogLine | ((line: LogLine) => boolean);

export interface HostProcess {
  /** Folder of servers.yaml. */
  readonly directory: string;
  readonly pid: number;
  /** All lines of standard output so far. */
  readonly logs: LogLine[];
  /** All of standard output so far. */
  readonly output: () => string;
  /** All of standard error so far. */
  readonly stderr: () => string;
  /** Resolves when the process, and with it its output, has ended. */
  readonly exited: Promise<Exit>;
  /** Base URL once all servers have loaded. @throws when the process ends before. */
  url(): Promise<string>;
  /**
   * The first line, past or future, that has these members or passes. @throws when the process ends
   * without it.
   */
  waitForLog(wanted: WantedLine): Promise<LogLine>;
  signal(signal: NodeJS.Signals): void;
  /**
   * Leaves standard output unread, and reads on; what does not fit into the pipe waits in the host.
   */
  pauseOutput(): void;
  resumeOutput(): void;
  /** Nobody reads standard output any more. */
  closeOutput(): void;
  /** Ends the separate parent with SIGKILL. */
  killParent(): void;
  /** Kills the host and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a host that is killed when the test ends. */
export async function spawnHost(options: SpawnOptions): Promise<HostProcess> {
  const host = await startHostProcess(options);
  onTestFinished(() => host.stop());
  return host;
}

/** Starts a host for several tests; who starts it stops it. */
export async function startHostProcess(options: SpawnOptions): Promise<HostProcess> {
  const directory = createFolder(options);
  options.prepare?.(directory);
  const child = start(options, directory);
  const lines = new LineLog();
  let stderr = '';
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    lines.add(parseLine(line));
  });
  // The direct child is the parent of the host where the test asked for one.
  const pid = options.separateParent
    ? ((await once(child, 'message'))[0] as { pid: number }).pid
    : (child.pid as number);
  const exited = once(child, 'close').then(([code, signal]): Exit => {
    lines.end(stderr);
    return { code, signal };
  });
  return {
    directory,
    pid,
    logs: lines.all,
    output: () => output,
    stderr: () => stderr,
    exited,
    url: async () => (await lines.waitFor({ msg: 'listening' })).url as string,
    waitForLog: (wanted) => lines.waitFor(wanted),
    signal: (signal) => kill(pid, signal),
    pauseOutput: () => void child.stdout?.pause(),
    resumeOutput: () => void child.stdout?.resume(),
    closeOutput: () => void child.stdout?.destroy(),
    killParent: () => void child.kill('SIGKILL'),
    stop: async () => {
      kill(pid, 'SIGKILL');
      child.kill('SIGKILL');
      await exited;
      rmSync(directory, { recursive: true });
    },
  };
}

function createFolder({ yaml, files = {}, copies = {} }: SpawnOptions): string {
  const directory = mkdtempSync(join(tmpdir(), 'mcp-host-'));
  linkAll(FIXTURES, directory);
  linkAll(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  for (const [path, original] of Object.entries(copies)) {
    cpSync(original, join(directory, path), { recursive: true });
  }
  for (const [path, text] of Object.entries({ 'servers.yaml': yaml, ...files })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

/** Links each entry, not the folder, so that the files of a test may lie beside them. */
function linkAll(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) symlinkSync(join(from, name), join(to, name));
}

function start(options: SpawnOptions, directory: string): ChildProcess {
  const { PATH, HOME } = process.env;
  const defaults = { PATH, HOME, PORT: '0', MCP_SERVERS_FILE: join(directory, 'servers.yaml') };
  const env: NodeJS.ProcessEnv = { ...defaults, ...options.env };
  for (const [name, value] of Object.entries(env)) if (value === undefined) delete env[name];
  const main = options.main ? join(directory, options.main) : MAIN;
  const command = [...(options.nodeArguments ?? []), main, ...(options.arguments ?? [])];
  const node = options.node ?? process.execPath;
  return options.separateParent
    ? spawn(node, [join(import.meta.dirname, 'separate-parent.mjs'), ...command], {
        env,
        cwd: directory,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      })
    : spawn(node, command, { env, cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
}

function parseLine(line: string): LogLine {
  try {
    const parsed = JSON.parse(line);
    return parsed.stream === 'stdout' ? { ...printed(parsed.msg), ...parsed } : parsed;
  } catch {
    return { text: line };
  }
}

function printed(text: string): LogLine {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as LogLine) : { text };
  } catch {
    return { text };
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

interface Waiter {
  readonly accepts: (line: LogLine) => boolean;
  readonly resolve: (line: LogLine) => void;
  readonly reject: (error: Error) => void;
}

class LineLog {
  readonly all: LogLine[] = [];
  readonly #waiters = new Set<Waiter>();
  #ended: Error | undefined;

  add(line: LogLine): void {
    this.all.push(line);
    for (const waiter of this.#waiters) {
      if (!waiter.accepts(line)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(line);
    }
  }

  end(stderr: string): void {
    const lines = this.all.map((line) => JSON.stringify(line)).join('\n');
    this.#ended = new Error(`The host ended without the awaited line.\n${lines}\n${stderr}`);
    for (const { reject } of this.#waiters) reject(this.#ended);
  }

  waitFor(wanted: WantedLine): Promise<LogLine> {
    const accepts =
      typeof wanted === 'function'
        ? wanted
        : (line: LogLine) => Object.entries(wanted).every(([name, value]) => line[name] === value);
    const present = this.all.find(accepts);
    if (present) return Promise.resolve(present);
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#waiters.add({ accepts, resolve, reject });
    });
  }
}
