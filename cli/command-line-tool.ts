// Other command lines that ours asks: with a limit of time, without a terminal, and never with a text of a stranger
// where a shell would read it.

import { type SpawnSyncOptionsWithStringEncoding, spawnSync } from 'node:child_process';

const timeoutMs = 60_000;
const maxOutputBytes = 16 * 1024 * 1024;

const options: SpawnSyncOptionsWithStringEncoding = {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'pipe'],
  timeout: timeoutMs,
  maxBuffer: maxOutputBytes,
};

export interface ToolOutcome {
  readonly status: number | null;
  readonly stdout: string;
  /** What it said on stderr, one line of it. */
  readonly complaint: string;
}

/**
 * Runs a tool and waits for it.
 * @param args names, GUIDs, options: letters, digits and `.-_/:=`, because on Windows some tools are scripts, which only
 * a shell can start
 * @returns undefined when there is no such tool
 * @throws Error when it does not end in time
 */
export function runTool(name: string, args: readonly string[]): ToolOutcome | undefined {
  const unfit = args.find((arg) => !/^[\w./:=-]+$/.test(arg));
  if (unfit !== undefined) throw new Error(`${name}: an argument is no plain word`);
  const isWindows = process.platform === 'win32';
  const { error, status, stdout, stderr } = isWindows
    ? spawnSync([name, ...args].join(' '), { ...options, shell: true })
    : spawnSync(name, [...args], options);
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT') {
    throw new Error(`${name} did not end within ${timeoutMs / 1_000} s. Fix: run it by hand`);
  }
  // A shell says 1 or 9009 for a command that it does not find; the tools themselves say why they fail.
  if (error !== undefined || (isWindows && status !== 0 && /is not recognized/.test(stderr))) {
    return undefined;
  }
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  // Tools of Microsoft warn before they say what went wrong.
  const complaint = lines.find((line) => /^ERROR/i.test(line)) ?? lines[0] ?? '';
  return { status, stdout, complaint: complaint.trim() };
}
