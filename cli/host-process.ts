// A host that a command starts for itself: the built process on a free loopback port.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { buildNeeded, HOST_SCRIPT, hostArguments } from './host-script.ts';

/** Longer than any server may take to load (`startTimeoutMs`). */
const START_LIMIT_MS = 130_000;
/** The host gives up draining at 9 s. */
const STOP_LIMIT_MS = 10_000;
const LINES_KEPT = 200;
const LINES_SHOWN = 20;

export interface StartedHost {
  readonly url: string;
  /** What it has printed, the last lines of it. */
  readonly lines: readonly string[];
}

export interface HostOptions {
  /** Added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Who gives it ends the host by it: Ctrl-C then does not reach the host itself, which could not
   * tell its servers that a call is cancelled. Otherwise Ctrl-C reaches both.
   */
  readonly signal?: AbortSignal;
}

/**
 * Starts the host with a servers.yaml, hands it over, and stops it.
 * @throws Error with its last lines when it does not start, or ends while it is used
 */
export async function withHost<Result>(
  serversFile: string,
  use: (host: StartedHost) => Promise<Result>,
  { environment = {}, signal }: HostOptions = {},
): Promise<Result> {
  if (!existsSync(HOST_SCRIPT)) throw new Error(buildNeeded(HOST_SCRIPT));
  const child = startHost(serversFile, environment, signal !== undefined);
  const lines = collectLines(child);
  try {
    const url = await listening(child, lines, signal);
    const result = await use({ url, lines });
    if (hasEnded(child)) throw endError('The host stopped during the call', lines);
    return result;
  } finally {
    await stop(child);
  }
}

function startHost(
  serversFile: string,
  environment: Readonly<Record<string, string>>,
  hasOwnGroup: boolean,
): ChildProcess {
  return spawn(process.execPath, hostArguments(HOST_SCRIPT), {
    env: {
      // biome-ignore lint/style/noProcessEnv: handed on as it is; nothing of it is read here.
      ...process.env,
      ...environment,
      PORT: '0',
      LOG_LEVEL: 'info',
      MCP_SERVERS_FILE: serversFile,
      // Empty counts as unset: it must listen on loopback, on its own port, and print JSON lines.
      HOST: '',
      LOG_FORMAT: '',
      FUNCTIONS_CUSTOMHANDLER_PORT: '',
      FUNCTIONS_CORETOOLS_ENVIRONMENT: '',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: hasOwnGroup && process.platform !== 'win32',
    windowsHide: true,
  });
}

/** Reads to the end: a full pipe would block a host that logs. */
function collectLines(child: ChildProcess): string[] {
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    if (!input) continue;
    createInterface({ input }).on('line', (line) => {
      lines.push(line);
      if (lines.length > LINES_KEPT) lines.shift();
      child.emit('line', line);
    });
  }
  return lines;
}

function listening(
  child: ChildProcess,
  lines: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal?.reason);
    if (signal?.aborted) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    const timer = setTimeout(
      () => reject(endError(`The host was not ready within ${START_LIMIT_MS / 1_000} s`, lines)),
      START_LIMIT_MS,
    );
    child.on('line', (line: string) => {
      if (!line.includes('"msg":"listening"')) return;
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      resolve((JSON.parse(line) as { url: string }).url);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      reject(endError(`The host stopped with exit code ${code}`, lines));
    });
  });
}

function endError(what: string, lines: readonly string[]): Error {
  return new Error(`${what}. Its last lines:\n${lines.slice(-LINES_SHOWN).join('\n')}`);
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(limit);
}

/** Why the log says that a server is unavailable. */
export function unavailableDetail({ lines }: StartedHost, name: string): string | undefined {
  return lines
    .filter((line) => line.includes('"msg":"unavailable"'))
    .map((line) => JSON.parse(line) as { server: string; detail: string })
    .find(({ server }) => server === name)?.detail;
}
