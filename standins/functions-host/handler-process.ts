// One handler process: started, read line by line, killed. Restarting is not decided here.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { HandlerCommand } from './handler-command.ts';

/** How a process ended; one of the two is set. */
export interface HandlerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running, or ended, handler. */
export interface HandlerProcess {
  readonly pid: number;
  /** Resolves when the process is gone; its last lines have then been read. */
  readonly exited: Promise<HandlerExit>;
  /** Resolves when nobody holds the output streams any more, also after the parent was killed. */
  readonly outputEnded: Promise<void>;
  /** Ends the separate parent, if there is one; resolves when it is gone. */
  readonly killParent: (() => Promise<void>) | undefined;
}

type ReportLine = (stream: 'stdout' | 'stderr', text: string) => void;

// Lines arrive a moment after the exit; a grandchild that holds the stream must not delay a
// restart.
const lastLinesMs = 50;

/**
 * Spawns a handler: standard input is not connected, both outputs are read.
 *
 * @throws Error when the command cannot be started.
 */
export async function startHandlerProcess(
  command: HandlerCommand,
  separateParent: boolean,
  report: ReportLine,
): Promise<HandlerProcess> {
  const script = fileURLToPath(new URL('./separate-parent.mjs', import.meta.url));
  const executable = separateParent ? process.execPath : command.executable;
  const wrapped = [script, command.executable, ...command.arguments];
  const child = spawn(executable, separateParent ? wrapped : command.arguments, {
    cwd: command.workingDirectory,
    env: command.environment,
    stdio: ['ignore', 'pipe', 'pipe', ...(separateParent ? (['ipc'] as const) : [])],
  });
  const outputEnded = readLines(child, report);
  const exited = new Promise<HandlerExit>((resolve) => {
    child.on('message', ({ exit }: { exit?: HandlerExit }) => exit && resolve(exit));
    child.once('exit', (code, signal) => !separateParent && resolve({ code, signal }));
  });
  const pid = separateParent ? await handlerPid(child) : await spawnedPid(child);
  return {
    pid,
    exited: exited.then(async (exit) => {
      const patience = new Promise((resolve) => setTimeout(resolve, lastLinesMs));
      await Promise.race([outputEnded, patience]);
      return exit;
    }),
    outputEnded,
    killParent: separateParent ? () => kill(child) : undefined,
  };
}

/** Sends a signal; a process that is already gone is no error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function readLines(child: ChildProcess, report: ReportLine): Promise<void> {
  const ends = (['stdout', 'stderr'] as const).map((stream) => {
    const input = child[stream];
    if (!input) return undefined;
    const lines = createInterface({ input });
    lines.on('line', (text) => report(stream, text));
    return once(lines, 'close');
  });
  await Promise.all(ends);
}

async function spawnedPid(child: ChildProcess): Promise<number> {
  await once(child, 'spawn');
  return child.pid as number;
}

async function handlerPid(parent: ChildProcess): Promise<number> {
  const [message] = (await once(parent, 'message')) as [{ pid?: number; failure?: string }];
  if (message.pid === undefined) throw new Error(message.failure);
  return message.pid;
}
