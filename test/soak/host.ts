// The host under load: the built process on a free loopback port, watched from outside.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMsOf } from '../../bench/process-usage.ts';
import { freePort } from '../e2e/free-port.ts';
import { atEnd } from './cleanup.ts';
import { createFolder, type HostFiles } from './host-folder.ts';
import { peakRssMb } from './process-memory.ts';

const PROBE = resolve('test/soak/servers/probe.mjs');
const START_LIMIT_MS = 20_000;
/** The host gives up draining at 9 s. */
const STOP_LIMIT_MS = 12_000;
const SAMPLE_INTERVAL_MS = 500;
const PROBE_LIMIT_MS = 5_000;
const LINES_KEPT = 200;
const LINES_SHOWN = 12;
const MIB = 2 ** 20;

/** Where standard output goes: a pipe that is read, a full disk, or a pipe that nobody reads. */
export type Output = 'read' | 'full' | 'stalled';

export interface HostOptions extends HostFiles {
  /** The script to start. */
  readonly main: string;
  /** Limit of its heap. Default: that of Node. */
  readonly heapMb?: number;
  readonly output?: Output;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Probe {
  readonly heapMb: number;
  /** Open handles and requests of its event loop. */
  readonly handles: number;
}

export interface SoakHost {
  readonly url: string;
  readonly pid: number;
  readonly exit: Exit | undefined;
  readonly exited: Promise<Exit>;
  /** The largest that was seen, MiB. */
  readonly rssMaxMb: number;
  readonly heapMaxMb: number;
  /** Asks the process itself; undefined when it does not answer. @param collect after a collection */
  probe(collect: boolean): Promise<Probe | undefined>;
  files(): number;
  /** Requests that it works on, as `/readyz` tells; 0 when it does not answer. */
  inFlight(): Promise<number>;
  cpuMs(): number;
  /** Closes the reading end of its standard output. */
  closeOutput(): void;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL when that is not heeded. @returns milliseconds until it had ended */
  stop(): Promise<number>;
  /** Why something may have gone wrong: how it ended, and its last words. */
  evidence(): string[];
}

/** @throws Error with its last words when it does not become ready */
export async function startSoakHost(options: HostOptions): Promise<SoakHost> {
  const folder = createFolder(options);
  const port = await freePort();
  const child = start(options, folder.path, port);
  const url = `http://127.0.0.1:${port}`;
  const watched = new WatchedHost(child, url, folder.remove);
  const startedAt = performance.now();
  while (!(await isReady(url))) {
    if (watched.exit)
      throw new Error(`The host ended at its start.\n${watched.evidence().join('\n')}`);
    if (performance.now() - startedAt > START_LIMIT_MS) {
      await watched.stop();
      throw new Error(`The host was not ready in time.\n${watched.evidence().join('\n')}`);
    }
    await sleep(50);
  }
  return watched;
}

function start(
  { main, heapMb, output = 'read', environment }: HostOptions,
  folder: string,
  port: number,
) {
  const limits = heapMb === undefined ? [] : [`--max-old-space-size=${heapMb}`];
  const full = output === 'full' ? openSync('/dev/full', 'w') : undefined;
  const { PATH, HOME } = process.env;
  const child = spawn(
    process.execPath,
    [...limits, '--expose-gc', '--import', PROBE, resolve(main)],
    {
      cwd: folder,
      env: {
        PATH,
        HOME,
        PORT: String(port),
        MCP_SERVERS_FILE: join(folder, 'servers.yaml'),
        ...environment,
      },
      stdio: ['ignore', full ?? 'pipe', 'pipe', 'ipc'],
    },
  );
  if (full !== undefined) closeSync(full);
  if (output === 'stalled') child.stdout?.pause();
  return child;
}

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/readyz`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status === 200;
}

class WatchedHost implements SoakHost {
  readonly url: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  exit: Exit | undefined;
  rssMaxMb = 0;
  heapMaxMb = 0;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #asked = new Map<number, (probe: Probe) => void>();
  #asks = 0;

  constructor(child: ChildProcess, url: string, removeFolder: () => void) {
    this.#child = child;
    this.url = url;
    this.pid = child.pid as number;
    const forget = atEnd(() => {
      child.kill('SIGKILL');
      removeFolder();
    });
    const sampling = setInterval(() => void this.#sample(), SAMPLE_INTERVAL_MS);
    // A stalled output keeps `close` from coming, so the end of the process itself counts.
    this.exited = once(child, 'exit').then(([code, signal]): Exit => {
      clearInterval(sampling);
      child.stdout?.destroy();
      this.exit = { code, signal };
      forget();
      removeFolder();
      return this.exit;
    });
    child.on(
      'message',
      ({ ask, heapBytes, handles }: { ask: number; heapBytes: number; handles: number }) => {
        this.#asked.get(ask)?.({ heapMb: heapBytes / MIB, handles });
        this.#asked.delete(ask);
      },
    );
    for (const input of [child.stdout, child.stderr])
      if (input && !input.isPaused()) this.#keepLines(input);
  }

  #keepLines(input: NodeJS.ReadableStream): void {
    createInterface({ input }).on('line', (line) => {
      this.#lines.push(line);
      if (this.#lines.length > LINES_KEPT) this.#lines.shift();
    });
  }

  async #sample(): Promise<void> {
    this.rssMaxMb = Math.max(this.rssMaxMb, peakRssMb(this.pid));
    await this.probe(false);
  }

  async probe(collect: boolean): Promise<Probe | undefined> {
    if (!this.#child.connected) return undefined;
    this.#asks += 1;
    const ask = this.#asks;
    const answered = new Promise<Probe>((resolve) => this.#asked.set(ask, resolve));
    this.#child.send({ ask, collect }, () => undefined);
    const probe = await Promise.race([answered, sleep(PROBE_LIMIT_MS, undefined, { ref: false })]);
    if (probe) this.heapMaxMb = Math.max(this.heapMaxMb, probe.heapMb);
    return probe;
  }

  files(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  async inFlight(): Promise<number> {
    const answer = await fetch(`${this.url}/readyz`).catch(() => undefined);
    const { servers = [] } = ((await answer?.json()) ?? {}) as {
      readonly servers?: readonly { readonly inFlight: number }[];
    };
    return servers.reduce((sum, { inFlight }) => sum + inFlight, 0);
  }

  cpuMs(): number {
    return cpuMsOf([this.pid]);
  }

  closeOutput(): void {
    this.#child.stdout?.destroy();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async stop(): Promise<number> {
    const askedAt = performance.now();
    if (this.exit) return 0;
    this.signal('SIGTERM');
    const limit = setTimeout(() => this.signal('SIGKILL'), STOP_LIMIT_MS);
    await this.exited;
    clearTimeout(limit);
    return performance.now() - askedAt;
  }

  evidence(): string[] {
    const end = this.exit
      ? `exit code ${this.exit.code}, signal ${this.exit.signal}`
      : 'still running';
    return [`host: ${end}`, ...this.#lines.filter(isTelling).slice(-LINES_SHOWN)];
  }
}

/** Requests that went well, and addresses in Node's own code, say nothing about what went wrong. */
function isTelling(line: string): boolean {
  return line.trim() !== '' && !line.includes('"msg":"request"') && !/^ *\d+: 0x/.test(line);
}
