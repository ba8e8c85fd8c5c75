// Makes sure that no program outlives this process, even if this process is killed: a second
// process, the reaper, knows which process groups are open.

import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { REAPER_PROGRAM } from './reaper-program.ts';

/** If it ends repeatedly, it must not be restarted forever. */
const MAX_STARTS = 10;

/** Node cannot ask the system for a signal at its parent's death. */
export class Reaper {
  readonly #groups = new Set<number>();
  #process: ChildProcess | undefined;
  #starts = 0;

  /**
   * To be called as soon as the group exists. Starts the reaper with the first one.
   * @param onFailed called when it cannot be started; the group is open all the same.
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
    this.#starts += 1;
    let reaper: ChildProcess;
    try {
      reaper = spawnReaper();
    } catch (error) {
      // Some system errors are thrown, the others are reported later.
      onFailed(error as Error);
      return;
    }
    this.#process = reaper;
    reaper.on('error', (error) => {
      this.#process = undefined;
      onFailed(error);
    });
    reaper.on('exit', () => {
      this.#process = undefined;
      if (this.#starts >= MAX_STARTS)
        onFailed(new Error('The process that ends orphaned programs stopped repeatedly.'));
      else if (this.#groups.size > 0) this.#start(onFailed);
    });
    for (const group of this.#groups) this.#tell(`+${group}`);
  }

  #tell(line: string): void {
    this.#process?.stdin?.write(`${line}\n`);
  }
}

function spawnReaper(): ChildProcess {
  const reaper = spawn(process.execPath, ['-e', REAPER_PROGRAM], {
    // A group of its own: what ends the host's group must not end it.
    detached: true,
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
    windowsHide: true,
  });
  // The `exit` event reports its end.
  reaper.stdin?.on('error', () => {});
  // Neither keeps this process alive.
  reaper.unref();
  (reaper.stdin as Socket | null)?.unref();
  return reaper;
}
