// A server under measurement: its process, its URL, and the CPU time the operating system counted for it.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** Length of the kernel's clock tick that /proc counts in (USER_HZ is 100 on Linux). */
const TICK_MS = 10;
const START_LIMIT_MS = 20_000;

export interface TargetOptions {
  readonly name: string;
  /** Arguments of node. */
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Target {
  readonly name: string;
  readonly url: string;
  /** User and system time so far, milliseconds. */
  cpuMs(): number;
  stop(): void;
}

/** Starts a process that listens on the port in PORT, and waits until it answers HTTP. */
export async function startTarget(options: TargetOptions): Promise<Target> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, options.command, {
    env: { ...process.env, ...options.environment, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Read and thrown away: a full pipe would block a server that logs.
  child.stdout?.resume();
  await answering(url, child);
  return {
    name: options.name,
    url,
    cpuMs: () => cpuMsOf(child.pid as number),
    stop: () => void child.kill('SIGKILL'),
  };
}

function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${url} did not answer within ${START_LIMIT_MS} ms.`);
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
