// Runs npx as a child that ends together with its own children.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

const STOP_LIMIT_MS = 5_000;

/**
 * Runs npx with the terminal of this process.
 * @param args plain words: on Windows npx is a script, which only a shell starts
 * @returns its exit code
 * @throws Error if npx is not installed
 */
export async function startNpx(args: readonly string[], signal: AbortSignal): Promise<number> {
  const isWindows = process.platform === 'win32';
  const [program, words] = isWindows
    ? [['npx', ...args.map((word) => `"${word}"`)].join(' '), []]
    : ['npx', [...args]];
  // A group of its own gets Ctrl-C from us alone, and ends as a whole. On Windows the console tells all.
  const child = spawn(program, words, {
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: isWindows,
    detached: !isWindows,
  });
  const ended = once(child, 'exit').catch((error: Error) => {
    throw new Error(`npx cannot be started (${error.message}). Fix: install npm`, { cause: error });
  });
  const stop = (name: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(isWindows ? child.pid : -child.pid, name);
    } catch {
      // It is gone already.
    }
  };
  let limit: NodeJS.Timeout | undefined;
  const end = (): void => {
    stop('SIGTERM');
    limit = setTimeout(() => stop('SIGKILL'), STOP_LIMIT_MS);
  };
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  try {
    const [code] = await ended;
    return typeof code === 'number' ? code : 1;
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', end);
    // What outlived npx itself.
    stop('SIGKILL');
  }
}
