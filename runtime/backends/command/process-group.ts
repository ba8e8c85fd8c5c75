// Signals to a program together with the processes that it has started.

import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

export const IS_WINDOWS = process.platform === 'win32';

/** A killed process is gone within milliseconds, unless the system is stuck in it. */
const KILLED_LIMIT_MS = 200;
const CHECK_INTERVAL_MS = 5;

/**
 * Windows knows no groups and no polite signal for a program without a window: there both signals
 * end the program and those that descend from it.
 */
export function signalGroup(group: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (IS_WINDOWS) {
    // It fails where nothing is left to end.
    execFile('taskkill', ['/pid', String(group), '/t', '/f'], { windowsHide: true }, () => {});
    return;
  }
  sendSignal(group, signal);
}

/**
 * Ends what the program has left behind in its group, after its own exit. On Windows that cannot be
 * found any longer.
 */
export async function killRest(group: number): Promise<void> {
  if (IS_WINDOWS || !sendSignal(group, 'SIGKILL')) return;
  // Where no process collects the dead, their group stays; so there is a limit.
  const limit = performance.now() + KILLED_LIMIT_MS;
  while (sendSignal(group, 0) && performance.now() < limit) await pause(CHECK_INTERVAL_MS);
}

/** @returns whether the group has a process left. */
function sendSignal(group: number, signal: 'SIGTERM' | 'SIGKILL' | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    // EPERM: all that is left of it runs as another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
