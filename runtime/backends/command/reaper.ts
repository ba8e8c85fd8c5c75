// Sees to it that no program outlives this process, also when it is killed: a second process, the
// reaper, is told which groups of processes are open.

import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { REAPER_PROGRAM } from './reaper-program.ts';

/** Node cannot ask the system for a signal at its parent's death. */
export class Reaper {
  readonly #groups = new Set<number>();
  #process: ChildProcess | undefined;

  /**
   * To be called as soon as the group exists. Starts the reaper with the first one, and again should
   * it have ended. @param onFailed is told when it cannot be started; the group is open all the same.
   */
  started(group: number, onFailed: (error: Error) => void): void {
    this.#groups.add(group);
    if (this.#process) this.#tell(`+${group}`);
    else this.#start(onFailed);
  }

  /** To be called when nothing is left of the group, since the system uses ids again. */
  ended(group: number): void {
    this.#groups.delete(group);
    this.#tell(`-${group}`);
  }

  #start(onFailed: (error: Error) => void): void {
    const reaper = spawn(process.execPath, ['-e', REAPER_PROGRAM], {
      // A group of its own: what ends the host's group must not end it.
      detached: true,
      env: {},
      stdio: ['pipe', 'ignore', 'ignore'],
      windowsHide: true,
    });
    this.#process = reaper;
    const forget = (): void => {
      if (this.#process === reaper) this.#process = undefined;
    };
    reaper.on('error', (error) => {
      forget();
      onFailed(error);
    });
    reaper.on('exit', forget);
    reaper.stdin.on('error', forget);
    // Neither keeps this process alive.
    reaper.unref();
    (reaper.stdin as Writable & { unref?: () => void }).unref?.();
    for (const group of this.#groups) this.#tell(`+${group}`);
  }

  #tell(line: string): void {
    this.#process?.stdin?.write(`${line}\n`);
  }
}
