// Files as they were before a command changed them, so that a step that fails leaves nothing behind.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { readTarget, replaceTarget } from '../replace-file.ts';

export class RestorePoint {
  /** undefined for a file that was not there. */
  readonly #bytes: ReadonlyMap<string, Buffer | undefined>;

  constructor(files: readonly string[]) {
    this.#bytes = new Map(files.map((file) => [file, contentOf(file)]));
  }

  /** @throws Error that names the file that could not be put back. */
  restore(): void {
    for (const [file, bytes] of this.#bytes) {
      const now = contentOf(file);
      if (bytes === undefined) rmSync(file, { force: true });
      else if (!now?.equals(bytes)) replaceTarget(file, readTarget(file), bytes.toString('utf8'));
    }
  }
}

function contentOf(file: string): Buffer | undefined {
  return existsSync(file) ? readFileSync(file) : undefined;
}
