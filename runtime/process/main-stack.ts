// Reads the stack of the blocked main thread from another thread.

import { setTimeout } from 'node:timers';
import { inspector } from '../exchange/inspector.ts';

/** Native code that does not return, such as a program that is waited for, gives no answer. */
const ANSWER_LIMIT_MS = 2_000;

interface PausedFrame {
  readonly location: { readonly scriptId: string; readonly lineNumber: number };
}

/**
 * Leaves the main thread paused, so the caller has to end the process. It opens no port, and
 * nothing of it exists before.
 * @param onStack told once of the places that run, `<URL>:<line>`, the innermost first; of none
 * where there is no answer, or no inspector.
 */
export function readMainStack(onStack: (places: readonly string[]) => void): void {
  let isTold = false;
  const tell = (places: readonly string[]): void => {
    if (isTold) return;
    isTold = true;
    onStack(places);
  };
  if (!inspector) {
    tell([]);
    return;
  }
  setTimeout(() => tell([]), ANSWER_LIMIT_MS);
  try {
    const session = new inspector.Session();
    const urls = new Map<string, string>();
    session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url));
    session.on('Debugger.paused', ({ params }) => {
      tell(
        params.callFrames.map(
          ({ location }: PausedFrame) =>
            `${urls.get(location.scriptId) ?? ''}:${location.lineNumber + 1}`,
        ),
      );
    });
    session.connectToMainThread();
    session.post('Debugger.enable');
    session.post('Debugger.pause');
  } catch {
    // The permissions of the process may forbid it.
    tell([]);
  }
}
