// Files as they were before a command changed them, so that a step that fails leaves nothing behind.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { readTarget, replaceTarget } from '../replace-file.ts';
import { printable, type Terminal } from '../terminal.ts';

export class RestorePoint {
  /** undefined for a file that was not there. */
  readonly #bytes: ReadonlyMap<string, Buffer | undefined>;

  constructor(files: readonly string[]) {
    this.#bytes = new Map(files.map((file) => [file, contentOf(file)]));
  }

  /** @throws NotRestored that names the file */
  restore(): void {
    for (const [file, bytes] of this.#bytes) {
      try {
        const now = contentOf(file);
        if (bytes === undefined) rmSync(file, { force: true });
        else if (!now?.equals(bytes)) replaceTarget(file, readTarget(file), bytes.toString('utf8'));
      } catch (error) {
        throw new NotRestored(file, error);
      }
    }
  }
}

class NotRestored extends Error {
  constructor(file: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`${file} could not be put back as it was: ${reason}`, { cause });
  }
}

/** The last line of a command that was interrupted, and puts back what it had changed. */
export function remarkCancelled({ remark }: Terminal): (error: unknown) => void {
  return (error) =>
    remark(
      error instanceof NotRestored
        ? `Cancelled, but ${printable(error.message)}`
        : 'Cancelled. Nothing was changed.',
    );
}

function contentOf(file: string): Buffer | undefined {
  return existsSync(file) ? readFileSync(file) : undefined;
}
