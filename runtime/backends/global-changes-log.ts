// Names the server whose module changed what all servers share: in the log and in /readyz.

import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';

/** Of globals that a module changed, in a log line. */
const MAX_CHANGES = 20;

/** Finds what modules did to globals that all servers share. */
export interface GlobalsWatch {
  /** Changes since the last call, taken back where that is possible. */
  undo(): { readonly undone: readonly string[]; readonly left: readonly string[] };
}

interface Importing {
  readonly file: string;
  /** Takes what is found. */
  readonly changes: string[];
}

export class GlobalChangesLog {
  readonly #watch: GlobalsWatch;
  readonly #log: Logger;
  readonly #files = new Map<string, Importing>();
  /** Modules are imported side by side: the code of each of these may have run. */
  readonly #importing = new Set<string>();

  constructor(watch: GlobalsWatch, log: Logger) {
    this.#watch = watch;
    this.#log = log;
  }

  begin(server: string, file: string, changes: string[]): void {
    this.#files.set(server, { file, changes });
    this.#importing.add(server);
  }

  /** Called after code of the module ran. */
  look(server: string): void {
    const { undone, left } = this.#watch.undo();
    if (undone.length > 0 || left.length > 0) this.#tell(server, undone, left);
    this.#importing.delete(server);
  }

  #tell(server: string, undone: readonly string[], left: readonly string[]): void {
    const found = [...undone, ...left];
    const servers = this.#probable(new Set([server, ...this.#importing]), found);
    for (const name of servers) {
      const changes = this.#files.get(name)?.changes ?? [];
      changes.push(...found.filter((what) => !changes.includes(what)));
    }
    const [only] = servers;
    this.#log.warn(
      {
        ...(servers.length === 1 ? { server: only } : { servers }),
        reason: 'changed-globals',
        ...(undone.length > 0 && { undone: undone.slice(0, MAX_CHANGES) }),
        ...(left.length > 0 && { left: left.slice(0, MAX_CHANGES) }),
      },
      left.length > 0
        ? 'A module changed globals that all servers share, and the host cannot undo all changes. Fix: correct the module, or set `isolation: thread`.'
        : 'A module changed globals that all servers share. The host undid the changes. Fix: correct the module, set variables in `env` of its entry, or set `isolation: thread`.',
    );
  }

  /** Those whose file has most of the names, which is all where none has any. */
  #probable(candidates: ReadonlySet<string>, found: readonly string[]): string[] {
    const all = [...candidates];
    if (all.length === 1) return all;
    const names = found.map((what) => what.slice(what.lastIndexOf('.') + 1));
    const counts = all.map((server) => {
      const text = textOf(this.#files.get(server)?.file);
      return names.filter((name) => text.includes(name)).length;
    });
    const most = Math.max(...counts);
    return all.filter((_, index) => counts[index] === most);
  }
}

function textOf(file: string | undefined): string {
  try {
    return file === undefined ? '' : readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
