// A node process of `mcp-host dev` that can be ended together with its child processes.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A running child. */
export interface Child {
  /** Exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Asks it to end, ends it by force after the limit, and waits until it is gone. */
  readonly stop: () => Promise<void>;
}

/** The host gives up draining at 9 s. */
const STOP_LIMIT_MS = 10_000;

/**
 * Starts `node <args>`. It has a process group of its own, so that Ctrl-C reaches it once, through
 * us: a second signal would make the host drop its requests.
 * @param withDescendants signal the whole group: TypeScript's compiler is a node process that waits
 * for a binary
 */
export function startNode(args: readonly string[], { withDescendants = false } = {}): Child {
  const hasGroup = process.platform !== 'win32';
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: hasGroup,
  });
  // A separate process group gets no signal when the terminal changes its size.
  const onResize = (): void => signal('SIGWINCH', false);
  if (hasGroup) process.on('SIGWINCH', onResize);
  const ended = once(child, 'exit').then(([code, signal]): number | string => {
    process.off('SIGWINCH', onResize);
    return code ?? signal;
  });
  const signal = (name: NodeJS.Signals, toGroup: boolean): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(toGroup && hasGroup ? -child.pid : child.pid, name);
    } catch {
      // It is gone already.
    }
  };
  return {
    ended,
    async stop() {
      signal('SIGTERM', withDescendants);
      const limit = setTimeout(() => signal('SIGKILL', true), STOP_LIMIT_MS);
      await ended;
      clearTimeout(limit);
    },
  };
}
