// One client's part of `mcp-host install` and `uninstall`: looked at first, written afterwards.

import type { Client } from '../../clients/client.ts';
import { readPersonalFolders } from '../../config/env.ts';
import { commandLine, fixFor, printInstead, wroteLine } from '../client-output.ts';
import { userFile } from '../client-place.ts';
import {
  type FilePlan,
  planFile,
  planRemoval,
  takenBy,
  wholeFile,
  whyNotWritten,
  writePlan,
} from '../client-plan.ts';
import { findClient } from '../find-client.ts';
import { bold, printable, type Terminal } from '../terminal.ts';
import { refuseNames, type WantedEntries } from '../wanted-entries.ts';
import { nextSteps } from './next-steps.ts';
import { previewLines } from './preview.ts';

export type Way = 'install' | 'uninstall' | 'check';

/** What came of it, for programs. */
export interface Outcome {
  readonly client: string;
  readonly file: string | null;
  readonly state:
    | 'written'
    | 'removed'
    | 'unchanged'
    | 'differs'
    | 'to paste'
    | 'declined'
    | 'failed';
  readonly entries: readonly string[];
  readonly problem?: string;
  /** The text to paste. */
  readonly paste?: string;
  readonly next: readonly string[];
}

export interface InstallationOptions {
  readonly way: Way;
  readonly isProject: boolean;
  readonly replaces: boolean;
  /** The words that repeat the command for this client. */
  readonly words: readonly string[];
}

export class Installation {
  readonly id: string;
  readonly #options: InstallationOptions;
  readonly #wanted: WantedEntries;
  readonly #file: string | undefined;
  /** Absent where nothing can be written. */
  readonly #plan: FilePlan | undefined;
  readonly #reason: string | undefined;

  /** @throws Error or UsageError that says why nothing can be done for this client */
  constructor(id: string, find: (client: Client) => WantedEntries, options: InstallationOptions) {
    const { way, isProject, replaces } = options;
    const named = findClient(id);
    const client = isProject ? { ...named, atFirst: {} } : named;
    const found = find(client);
    this.id = id;
    this.#options = options;
    this.#wanted = { ...found, replaces: replaces || found.replaces };
    if (way !== 'uninstall') refuseNames(this.#wanted);
    if (found.entries.length === 0) {
      throw new Error('no enabled server has a path. Fix: enable a server in servers.yaml');
    }
    this.#file = isProject ? client.projectFile : userFile(client, readPersonalFolders());
    this.#reason = this.#whyNot();
    if (this.#reason !== undefined || this.#file === undefined) return;
    const plan = way === 'uninstall' ? planRemoval : planFile;
    this.#plan = plan(this.#file, this.#wanted);
    if (way === 'install' && this.#plan.taken.length > 0) {
      throw new Error(takenBy(this.#file, this.#plan.taken, client));
    }
  }

  /** Whether a file will be changed. */
  get changesFile(): boolean {
    return this.#options.way !== 'check' && (this.#plan?.drifts.length ?? 0) > 0;
  }

  show({ print }: Terminal): void {
    if (!this.changesFile || this.#plan === undefined) return;
    print(bold(this.#plan.file));
    for (const line of previewLines(this.#plan, this.#wanted)) print(line);
    if (this.#plan.deletesFile) print('Nothing else is in the file, so it will be deleted.');
  }

  /** @throws Error when the file cannot be replaced: it is then as it was */
  finish(terminal: Terminal | undefined): Outcome {
    const { way } = this.#options;
    if (this.#reason !== undefined || this.#plan === undefined) return this.#paste(terminal);
    if (way === 'uninstall') return this.#uninstall(this.#plan, terminal);
    if (way === 'check') return this.#check(this.#plan, terminal);
    const { file, drifts } = this.#plan;
    if (drifts.length === 0) {
      terminal?.print(`${file} is up to date.`);
      return this.#outcome('unchanged');
    }
    writePlan(this.#plan, this.#wanted);
    terminal?.print(wroteLine(file, this.#wanted));
    return { ...this.#outcome('written'), next: nextSteps(this.#wanted) };
  }

  decline(): Outcome {
    return this.#outcome('declined');
  }

  #whyNot(): string | undefined {
    const { client } = this.#wanted;
    const { isProject, way } = this.#options;
    const reason = way === 'uninstall' ? client.unverified : whyNotWritten(this.#wanted);
    if (reason !== undefined || this.#file !== undefined) return reason;
    return isProject ? 'it has no file in a project' : 'its file on this system is not known';
  }

  #paste(terminal: Terminal | undefined): Outcome {
    const reason = this.#reason ?? '';
    const { client } = this.#wanted;
    if (this.#options.way === 'uninstall') {
      const where = client.pasteInto ?? 'its file';
      const problem = `${client.title}: ${reason}. Nothing was changed. Fix: delete the entries in ${where} yourself`;
      terminal?.remark(problem);
      return { ...this.#outcome('to paste'), problem };
    }
    if (terminal !== undefined) printInstead(reason, this.#wanted, terminal);
    return { ...this.#outcome('to paste'), problem: reason, paste: wholeFile(this.#wanted) };
  }

  #uninstall(plan: FilePlan, terminal: Terminal | undefined): Outcome {
    const { file, drifts, taken } = plan;
    if (taken.length > 0) {
      terminal?.remark(
        `${file}: not removed, because the address differs: ${taken.join(', ')}. Fix: name their address with --azd, --url or --target`,
      );
    }
    if (drifts.length === 0) {
      terminal?.print(`${file} has no entry of this project at this address.`);
      return { ...this.#outcome('unchanged'), entries: [] };
    }
    writePlan({ ...plan, taken: [] }, this.#wanted);
    const names = printable(drifts.join(', '));
    const end = plan.deletesFile ? ' Nothing else was in the file, so it was deleted.' : '';
    terminal?.print(`Removed from ${file}: ${names}.${end}`);
    return { ...this.#outcome('removed'), entries: drifts };
  }

  #check({ file, drifts, taken }: FilePlan, terminal: Terminal | undefined): Outcome {
    if (drifts.length === 0) {
      terminal?.print(`${file} is up to date.`);
      return this.#outcome('unchanged');
    }
    const line = commandLine('install', this.#options.words);
    const fix = fixFor(this.#wanted, taken.length > 0, { write: line, print: line });
    for (const drift of drifts) terminal?.remark(printable(`${file}: ${drift}`));
    terminal?.remark(`Fix: ${fix}`);
    return { ...this.#outcome('differs'), problem: drifts.join(', '), next: [fix] };
  }

  #outcome(state: Outcome['state']): Outcome {
    const entries = this.#wanted.entries.map(({ name }) => name);
    return { client: this.id, file: this.#file ?? null, state, entries, next: [] };
  }
}
