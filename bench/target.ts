// A server under measurement: its process, its port, and what the operating system counted for it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exchangeOnce } from './connection.ts';
import { cpuMsOf, rssMbOf, treeOf } from './process-usage.ts';

/** Root of the repository; this file runs as bench/dist/target.js. */
export const ROOT = join(import.meta.dirname, '../..');
export const SERVERS = join(ROOT, 'bench/servers');

const START_LIMIT_MS = 30_000;
const RETRY_INTERVAL_MS = 2;

export interface TargetOptions {
  /** Arguments of node. */
  readonly command: readonly string[];
  /** Working directory. Default: the root of the repository. */
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Opens a message channel to the process, for servers/heap-probe.mjs. */
  readonly channel?: boolean;
}

export interface Target {
  readonly port: number;
  readonly child: ChildProcess;
  /** User and system time so far, also of its programs, milliseconds. */
  cpuMs(): number;
  /** The same of the process alone. */
  ownCpuMs(): number;
  rssMb(): number;
  ownRssMb(): number;
  /** Processes that it has started and that still run. */
  programs(): number;
  /**
   * Repeats a request while nothing listens yet, and checks its answer.
   * @throws when the process ends, or does not answer rightly within 30 s.
   */
  firstAnswer(request: Buffer): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a process that listens on the port in PORT; it may not listen yet. */
export async function launch(options: TargetOptions): Promise<Target> {
  const port = await freePort();
  const child = spawn(process.execPath, options.command, {
    cwd: options.folder ?? ROOT,
    env: { ...process.env, ...options.environment, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe', ...(options.channel ? (['ipc'] as const) : [])],
  });
  let complaint = '';
  // Standard output is read and thrown away: a full pipe would block a server that logs.
  child.stdout?.resume();
  child.stderr?.on('data', (text) => {
    complaint = String(text);
  });
  const pid = child.pid as number;
  return {
    port,
    child,
    cpuMs: () => cpuMsOf(treeOf(pid)),
    ownCpuMs: () => cpuMsOf([pid]),
    rssMb: () => rssMbOf(treeOf(pid)),
    ownRssMb: () => rssMbOf([pid]),
    programs: () => treeOf(pid).length - 1,
    firstAnswer: async (request) => {
      const deadline = performance.now() + START_LIMIT_MS;
      while (performance.now() < deadline && child.exitCode === null) {
        const answer = await exchangeOnce(port, request).catch(unlessRefused);
        if (answer !== undefined) return answer;
        await sleep(RETRY_INTERVAL_MS);
      }
      throw new Error(`${options.command.at(-1)} does not listen: ${complaint.slice(0, 200)}`);
    },
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

function unlessRefused(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ECONNREFUSED') throw error;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
