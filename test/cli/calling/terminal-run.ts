// The command line as a person runs it: in a terminal of its own, with somebody who types.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect, onTestFinished } from 'vitest';
import { eventually } from '../../eventually.ts';
import { cliScript } from '../run-cli.ts';

export const hasTerminal = existsSync('/usr/bin/script');

/** A command in a terminal of its own. */
export class TerminalRun {
  readonly #child: ChildProcess;
  #seen = 0;
  text = '';

  constructor(args: readonly string[], variables: Record<string, string>) {
    const command = [process.execPath, cliScript, ...args].map((word) => `'${word}'`).join(' ');
    this.#child = spawn('/usr/bin/script', ['-qec', command, '/dev/null'], {
      env: { PATH: process.env.PATH, TERM: 'xterm', SHELL: '/bin/sh', ...variables },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
    this.#child.stdout?.setEncoding('utf8').on('data', (text) => {
      this.text += text;
    });
  }

  /** Waits for a prompt that was not answered yet, and types. */
  async type(prompt: string, keys: string): Promise<void> {
    await eventually(() => expect(this.text.slice(this.#seen)).toContain(prompt));
    this.#seen = this.text.indexOf(prompt, this.#seen) + prompt.length;
    this.#child.stdin?.write(keys);
  }

  async end(): Promise<number> {
    const [code] = await once(this.#child, 'close');
    return code;
  }
}
