// A host in a terminal of its own, as `npm start` has one.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { eventually } from '../eventually.ts';
import { type ShownLine, type Size, TerminalScreen } from '../terminal-screen.ts';
import { type HostProcess, type SpawnOptions, spawnHost } from './spawn-host.ts';

/** util-linux; that of other systems takes other arguments. */
export const hasTerminal = existsSync('/usr/bin/script') && process.platform === 'linux';

export interface TerminalOptions extends SpawnOptions {
  readonly columns: number;
  /** Of a shell, such as `> log.txt`. Default: all streams are the terminal. */
  readonly redirect?: string;
}

const ROWS = 24;
/** Of what `sh -c` gets: Node, the host, and the arguments of the host. */
const COMMAND = 'echo $$ > pid.txt; tty > tty.txt; exec "$NODE" $ARGUMENTS';

export class TerminalHost {
  readonly process: HostProcess;
  readonly #sizes: { readonly from: number; readonly size: Size }[];

  constructor(host: HostProcess, size: Size) {
    this.process = host;
    this.#sizes = [{ from: 0, size }];
  }

  /** What the terminal shows now. */
  async screen(): Promise<TerminalScreen> {
    const text = this.process.output();
    const [first, ...further] = this.#sizes;
    const screen = new TerminalScreen(first?.size as Size);
    let from = 0;
    for (const { from: until, size } of further) {
      await screen.write(text.slice(from, until));
      screen.resize(size);
      from = until;
    }
    await screen.write(text.slice(from));
    return screen;
  }

  /** The lines of the screen once it shows a text. */
  async linesWith(text: string | RegExp): Promise<ShownLine[]> {
    return eventually(async () => {
      const screen = await this.screen();
      expect(screen.text).toMatch(text);
      return screen.lines;
    });
  }

  /** The address on its banner. */
  async url(): Promise<string> {
    return eventually(() => {
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(this.process.output()) ?? [];
      expect(url).toBeDefined();
      expect(this.process.output()).toMatch(/Ctrl-C stops|"listening"/);
      return url as string;
    });
  }

  /** Gives the window another width. What it shows must be at rest. */
  resize(columns: number): void {
    const size = { columns, rows: ROWS };
    this.#sizes.push({ from: this.process.output().length, size });
    const terminal = this.read('tty.txt');
    const { status } = spawnSync('stty', ['-F', terminal, 'cols', String(columns)]);
    expect(status).toBe(0);
  }

  /** What Ctrl-C sends. @returns the exit code. */
  async interrupt(): Promise<number | null> {
    process.kill(Number(this.read('pid.txt')), 'SIGINT');
    return (await this.process.exited).code;
  }

  /** A file of its folder. */
  read(file: string): string {
    return readFileSync(join(this.process.directory, file), 'utf8').trim();
  }
}

export async function spawnInTerminal(options: TerminalOptions): Promise<TerminalHost> {
  const { columns, env, redirect = '' } = options;
  const inner = `stty cols ${columns} rows ${ROWS}; ${COMMAND} ${redirect}`;
  const outer = `export NODE="$0" ARGUMENTS="$*"; exec script -qefc '${inner}' /dev/null`;
  const host = await spawnHost({
    ...options,
    env: { TERM: 'xterm', SHELL: '/bin/sh', ...env },
    node: '/bin/sh',
    nodeArguments: ['-c', outer, process.execPath],
  });
  return new TerminalHost(host, { columns, rows: ROWS });
}
