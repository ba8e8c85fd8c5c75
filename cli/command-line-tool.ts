// Other command lines that ours asks: with a limit of time, without a terminal, and never with a text of a stranger
// where a shell would read it.

import { type SpawnSyncOptionsWithStringEncoding, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

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
 * @param args names, GUIDs, options: letters, digits and `.-_/:=@+~`, because on Windows some tools are scripts, which only
 * a shell can start
 * @param timeoutMs after which it is ended
 * @returns undefined when there is no such tool
 */
export function runTool(
  name: string,
  args: readonly string[],
  timeoutMs = DEFAULT_TIMEOUT_MS,
): ToolOutcome | undefined {
  refuseUnfit(name, args);
  const options: SpawnSyncOptionsWithStringEncoding = {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    maxBuffer: MAX_OUTPUT_MIB * 1_024 * 1_024,
  };
  const { error, status, signal, stdout, stderr } = isWindows
    ? spawnSync([name, ...args].join(' '), { ...options, shell: true })
    : spawnSync(name, [...args], options);
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOENT' || isUnknown(status, stderr)) return undefined;
  if (status === null || error !== undefined) {
    const complaints: Readonly<Record<string, string>> = {
      ETIMEDOUT: `${name} did not finish within ${timeoutMs / 1_000} s`,
      ENOBUFS: `${name} printed more than ${MAX_OUTPUT_MIB} MiB`,
    };
    const ended =
      signal === null ? `${name} cannot be started` : `${name} was stopped by ${signal}`;
    const complaint = complaints[code ?? ''] ?? (code === undefined ? ended : `${ended} (${code})`);
    return { status: null, stdout: '', complaint };
  }
  return { status, stdout, complaint: complaintOf(stderr) };
}

export interface RunOptions {
  readonly folder: string;
  /** Ends the tool. */
  readonly signal: AbortSignal;
}

/**
 * The same for a tool that may take minutes: this process goes on meanwhile.
 * @returns as {@link runTool}; a tool that was ended by the signal has the status null
 */
export async function runLongTool(
  name: string,
  args: readonly string[],
  { folder, signal }: RunOptions,
): Promise<ToolOutcome | undefined> {
  refuseUnfit(name, args);
  signal.throwIfAborted();
  const child = spawn(isWindows ? [name, ...args].join(' ') : name, isWindows ? [] : [...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: isWindows,
    windowsHide: true,
  });
  const end = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  try {
    const [[status], stdout, stderr] = await Promise.all([
      once(child, 'close') as Promise<[number | null]>,
      text(child.stdout),
      text(child.stderr),
    ]);
    if (isUnknown(status, stderr)) return undefined;
    return { status, stdout, complaint: complaintOf(stderr) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

const isWindows = process.platform === 'win32';

/** What a shell would read as something else. */
function refuseUnfit(name: string, args: readonly string[]): void {
  const unfit = args.find((arg) => !/^[\w./:=@+~-]+$/.test(arg));
  if (unfit !== undefined)
    throw new Error(`${name}: an argument contains characters that cannot be passed safely`);
}

/** A shell says 1 or 9009 for a command that it does not find; the tools themselves say why they fail. */
function isUnknown(status: number | null, stderr: string): boolean {
  return isWindows && status !== 0 && /is not recognized/.test(stderr);
}

/** Tools of Microsoft warn before they say what went wrong, and npm gives a code of its own first. */
function complaintOf(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const complaint =
    lines.find((line) => /^ERROR/i.test(line)) ??
    lines.find((line) => /^npm error (?!code |errno |syscall |network )/.test(line)) ??
    lines[0] ??
    '';
  return complaint.trim();
}
