// The thread of the watchdog. It must not depend on the main thread, which is blocked when this
// thread acts.

import { write } from 'node:fs';
import { setInterval, setTimeout } from 'node:timers';
import { parentPort, workerData } from 'node:worker_threads';
import { Entered } from '../exchange/entered.ts';
import { watchHeart } from '../exchange/heartbeat.ts';
import { addBlockedNotes } from './add-blocked-notes.ts';
import { blame } from './blame.ts';
import { homesOf } from './homes.ts';
import { readMainStack } from './main-stack.ts';
import type { ImportedModule, WatchdogStart } from './watchdog.ts';

/** Standard error may be a pipe that no one empties. */
const WRITE_LIMIT_MS = 1_000;
const LIMIT_LOOK_MS = 100;

const { memory, servers, blockedTimeoutMs, notesFile, isMarked } = workerData as WatchdogStart;
const entered = new Entered(servers, memory);
const homes = new Map<string, readonly string[]>();
parentPort?.on('message', ({ server, file }: ImportedModule) => homes.set(server, homesOf(file)));

watchHeart({
  beats: () => entered.beats,
  blockedTimeoutMs,
  isDebugged: () => entered.isDebugged,
  onBlocked: () => readMainStack(endBlocked),
});

const limit = setInterval(() => {
  const { endsAtMs } = entered;
  if (endsAtMs === 0 || Number(process.hrtime.bigint() / 1_000_000n) < endsAtMs) return;
  clearInterval(limit);
  end('the process did not stop within its time limit, so the watchdog ends it.');
}, LIMIT_LOOK_MS);

function endBlocked(places: readonly string[]): void {
  const { noted, text } = blame(entered, places, homes);
  const isWritten = noted.length === 0 || addBlockedNotes(notesFile, noted);
  const unwritten = isWritten ? '' : ` The watchdog could not write this to ${notesFile}.`;
  end(
    `the event loop was blocked for ${blockedTimeoutMs} ms, so the watchdog ends the process. ${text}${unwritten} Fix: add pauses to long computations, set \`isolation: thread\` for the server, or raise \`host.blockedTimeoutMs\`.`,
  );
}

function end(text: string): void {
  // From a thread, `process.exit` leaves the main thread running.
  const kill = (): void => void process.kill(process.pid, 'SIGKILL');
  setTimeout(kill, WRITE_LIMIT_MS);
  write(2, `${isMarked ? 'error: ' : ''}${text}\n`, kill);
}
