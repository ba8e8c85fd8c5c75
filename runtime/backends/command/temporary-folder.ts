// A folder of this process below the system's temporary one, made when it is first needed.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class TemporaryFolder {
  readonly #parent: string;
  #path: string | undefined;

  constructor(parent = tmpdir()) {
    this.#parent = parent;
  }

  /** Only this user can enter it: its name cannot be guessed, and its mode is 0700. */
  path(): string {
    if (this.#path === undefined) {
      this.#path = mkdtempSync(join(this.#parent, 'mcp-host-'));
      process.once('exit', () => this.remove());
    }
    return this.#path;
  }

  remove(): void {
    if (this.#path) rmSync(this.#path, { recursive: true, force: true });
    this.#path = undefined;
  }
}

/** One for the process: a program that is started again finds what it has left there. */
export const PROCESS_FOLDER = new TemporaryFolder();
