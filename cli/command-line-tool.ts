// Other command lines that ours asks: with a limit of time, without a terminal, and never with a text of a stranger
// where a shell would read it.

import { type SpawnSyncOptionsWithStringEncoding, spawnSync } from 'node:child_process';

const DEFAULT_TIMEOUT_MS = 60_000;
const MAX_OUTPUT_MIB = 16;

export interface ToolOutcome {
  /** Exit code; null when it did not come to its own end, and `complaint` says why. */
  readonly status: number | null;
  readonly stdout: string;
  /** What went wrong: one line of its stderr, or why it was ended. */
  readonly complaint: string;
}

/**
 * Runs a tool and waits for it.
 * @param args names, GUIDs, options: letters, digits and `.-_/:=`, because on Windows some tools are scripts, which only
 * a shell can start
 * @param timeoutMs after which it is ended
 * @returns undefined when there is no such tool
 */
export function runTool(
  name: string,
  args: readonly string[],
  timeoutMs = DEFAULT_TIMEOUT_MS,
): ToolOutcome | undefined {
  const unfit = args.find((arg) => !/^[\w./:=-]+$/.test(arg));
  if (unfit !== undefined) throw new Error(`${name}: an argument is no plain word`);
  const options: SpawnSyncOptionsWithStringEncoding = {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    maxBuffer: MAX_OUTPUT_MIB * 1_024 * 1_024,
  };
  const isWindows = process.platform === 'win32';
  const { error, status, signal, stdout, stderr } = isWindows
    ? spawnSync([name, ...args].join(' '), { ...options, shell: true })
    : spawnSync(name, [...args], options);
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  // A shell says 1 or 9009 for a command that it does not find; the tools themselves say why they fail.
  if (code === 'ENOENT' || (isWindows && status !== 0 && /is not recognized/.test(stderr))) {
    return undefined;
  }
  if (status === null || error !== undefined) {
    const complaints: Readonly<Record<string, string>> = {
      ETIMEDOUT: `${name} did not end within ${timeoutMs / 1_000} s`,
      ENOBUFS: `${name} printed more than ${MAX_OUTPUT_MIB} MiB`,
    };
    const ended = signal === null ? `${name} cannot be started` : `${name} was ended by ${signal}`;
    const complaint = complaints[code ?? ''] ?? (code === undefined ? ended : `${ended} (${code})`);
    return { status: null, stdout: '', complaint };
  }
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  // Tools of Microsoft warn before they say what went wrong.
  const complaint = lines.find((line) => /^ERROR/i.test(line)) ?? lines[0] ?? '';
  return { status, stdout, complaint: complaint.trim() };
}
