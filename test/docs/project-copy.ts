// A copy of the project as it is after `npm ci`, in which documented commands run without touching
// the dist/ that other tests use.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const FILES = [
  ...['package.json', 'tsconfig.json', 'tsconfig.build.json', 'build'],
  ...['biome.json', '.gitignore'],
  ...['servers.yaml', 'host.json', '.vscode', 'config', 'clients', 'runtime', 'cli', 'servers'],
  ...['azure.yaml', 'infra', 'standins/openid-issuer'],
];

const isWindows = process.platform === 'win32';

export interface FinishedCommand {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class ProjectCopy {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-docs-')));

  constructor() {
    for (const name of FILES) {
      const filter = (source: string): boolean => !source.endsWith('node_modules');
      cpSync(name, join(this.folder, name), { recursive: true, filter });
    }
    linkPackages('node_modules', join(this.folder, 'node_modules'));
  }

  write(name: string, content: string): void {
    const file = join(this.folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** Runs a command line as a person would, and waits for its end. */
  run(command: string, shell: string | true = true, env: NodeJS.ProcessEnv = {}): FinishedCommand {
    return spawnSync(command, {
      cwd: this.folder,
      env: { ...cleanEnvironment(), ...env },
      encoding: 'utf8',
      shell,
    });
  }

  /** Starts a command that does not end by itself. */
  start(command: string, env: NodeJS.ProcessEnv): RunningCommand {
    return new RunningCommand(
      spawn(command, {
        cwd: this.folder,
        env: { ...cleanEnvironment(), ...env },
        shell: true,
        // A process group of its own, so that the shell's children end with it.
        detached: !isWindows,
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class RunningCommand {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #closed: Promise<unknown>;
  #isClosed = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#closed = once(child, 'close');
    child.once('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
    if (!child.stdout) throw new Error('The command has no standard output.');
    createInterface(child.stdout).on('line', (line) => {
      this.#lines.push(line);
      this.#wake();
    });
  }

  /** The first line, past or future, that matches; rejects when the command ends without it. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.#lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (this.#isClosed) throw new Error(`${pattern} never came:\n${this.#lines.join('\n')}`);
      await new Promise<void>((wake) => this.#waiting.add(wake));
    }
  }

  async stop(): Promise<void> {
    const { pid } = this.#child;
    if (!this.#isClosed && pid !== undefined) {
      if (isWindows) spawnSync('taskkill', ['/pid', String(pid), '/T', '/F']);
      else process.kill(-pid, 'SIGTERM');
    }
    await this.#closed;
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}

/** Links each package by itself, so that further ones can be put beside them. */
export function linkPackages(from: string, to: string): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isFile()) continue;
    const target = resolve(from, entry.name);
    if (entry.name.startsWith('@')) linkPackages(target, join(to, entry.name));
    else symlinkSync(target, join(to, entry.name), 'junction');
  }
}

/**
 * Without what `npm test`, a Functions host or the person's shell may have set for another process.
 */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const foreign =
    /^(npm_|FUNCTIONS_|AZURE_|WEBSITE_|MCP_|PORT$|HOST$|LOG_LEVEL$|NODE_ENV$|VITEST)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
