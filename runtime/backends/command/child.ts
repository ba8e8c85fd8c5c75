// One program with its three streams: messages in, messages out, and an end that leaves no process
// behind. It knows nothing of MCP but that a message is a line with a JSON-RPC object. A program
// with its own listener exchanges no messages here.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Program } from '../../../config/program.ts';
import { bounded } from '../../exchange/bounded-text.ts';
import type { JsonObject } from '../../exchange/exchange.ts';
import { HostError } from '../../exchange/refusals.ts';
import { Unavailability } from '../../exchange/unavailability.ts';
import { Allowance } from './allowance.ts';
import type { ChildLog } from './child-log.ts';
import { LineReader, messageIn } from './framing.ts';
import { type Hide, hiding } from './hide.ts';
import { groupMemoryBytes } from './memory.ts';
import { IS_WINDOWS, killRest, signalGroup } from './process-group.ts';
import { ProgramOutput } from './program-output.ts';
import { Reaper } from './reaper.ts';

/** What may wait for the program to read, bytes. */
const MAX_QUEUE_BYTES = 8 * 1_024 * 1_024;
/** Lines that are no messages, before the first message, after which the program speaks no MCP. */
const MAX_NOISE_LINES = 100;
const NOISE_LOG = { max: 10, windowMs: 60_000 };
/** Longest part of such a line that is logged. */
const NOISE_LENGTH = 256;
/** After an exit, for what is still in the pipes. */
const SETTLE_MS = 50;
/** After the end of its output, for its exit: on a busy machine it does not follow at once. */
const EXIT_WAIT_MS = 250;
/** How long each step of an end may take: its input ends, SIGTERM. */
const STEP_MS = 2_000;

export interface ChildEnd {
  /** Both are null while the process has not exited: it answers nothing more, and is being ended. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What made it end, if not itself. `closed-output`: it closed a stream, but lives. */
  readonly cause?: 'line-too-long' | 'not-mcp' | 'closed-output' | 'ended' | 'memory';
  /** The last 2 KiB of standard error. */
  readonly stderr: string;
}

export interface Child {
  readonly pid: number;
  /** Resolves once the program and what is left of its process group are gone. */
  readonly gone: Promise<ChildEnd>;
  /**
   * @throws HostError `overloaded` while more than 8 MiB wait for the program to read. What is sent
   * after its end is dropped: `onEnd` has told of it.
   */
  send(message: object): void;
  /** Resident memory of its process group, bytes; undefined where it cannot be read. */
  memoryBytes(): Promise<number | undefined>;
  /**
   * Closes its input, 2 s, SIGTERM to the group, 2 s, SIGKILL to the group. The end of its input
   * means nothing to a listener, which gets SIGTERM at once. A second call only makes it faster.
   * @param limitMs all of it takes less than this. @returns when it is gone.
   */
  end(cause?: ChildEnd['cause'], limitMs?: number): Promise<void>;
}

export interface ChildOptions {
  readonly program: Program;
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Values of a caller in its environment: what it prints of them is not logged. */
  readonly secrets?: readonly string[];
  readonly maxLineBytes: number;
  readonly log: ChildLog;
  /** Absent for a program with its own listener: its standard output is logged like standard error. */
  readonly onMessage?: (message: JsonObject) => void;
  /** Called once: within 100 ms of its exit, or as soon as it can answer nothing more. */
  readonly onEnd: (end: ChildEnd) => void;
}

/** One for the process, as its purpose is the death of the process. */
const reaper = new Reaper();

/** @throws Unavailability `program-not-started`. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { program, env, cwd, log } = options;
  const { file } = program;
  let spawned: ChildProcessWithoutNullStreams;
  try {
    spawned = spawn(file, program.args, {
      ...{ cwd, env, windowsHide: true },
      // A process group of its own; on Windows it would be a window.
      detached: !IS_WINDOWS,
    });
  } catch (error) {
    throw notStarted(file, error as NodeJS.ErrnoException);
  }
  if (spawned.pid === undefined) {
    const [error] = await once(spawned, 'error');
    throw notStarted(file, error);
  }
  reaper.started(spawned.pid, (error) =>
    log.warn(
      { detail: error.message },
      'if this process is killed, programs that it started may keep running, because the process that would end them cannot be started',
    ),
  );
  return new RunningChild(spawned, spawned.pid, options);
}

class RunningChild implements Child {
  readonly pid: number;
  readonly gone: Promise<ChildEnd>;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #options: ChildOptions;
  readonly #reader: LineReader;
  readonly #standardError: ProgramOutput;
  /** Of a program whose standard output is no protocol. */
  readonly #standardOutput: ProgramOutput | undefined;
  readonly #hide: Hide;
  readonly #noiseLog = new Allowance(NOISE_LOG.max, NOISE_LOG.windowMs);
  #noiseLines = 0;
  #hasSpoken = false;
  #hasExited = false;
  #isOver = false;
  #cause: ChildEnd['cause'];
  /** When the end that is under way has run all its steps, `performance.now()`. */
  #endsBy = Number.POSITIVE_INFINITY;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(spawned: ChildProcessWithoutNullStreams, pid: number, options: ChildOptions) {
    this.pid = pid;
    this.#process = spawned;
    this.#options = options;
    this.#hide = hiding(options.secrets ?? []);
    this.#standardError = new ProgramOutput('stderr', options.log, this.#hide);
    if (!options.onMessage) {
      this.#standardOutput = new ProgramOutput('stdout', options.log, this.#hide);
    }
    this.#reader = new LineReader(options.maxLineBytes, {
      line: (text) => this.#read(text),
      tooLong: () => this.#fail('line-too-long'),
    });
    const { stdin, stdout, stderr } = spawned;
    const output = this.#standardOutput ?? this.#reader;
    stdout.on('data', (chunk: Buffer) => output.push(chunk));
    stderr.on('data', (chunk: Buffer) => this.#standardError.push(chunk));
    // A program that does not read any longer; its end tells the rest.
    for (const stream of [stdin, stdout, stderr]) stream.on('error', () => {});
    if (options.onMessage) {
      for (const stream of [stdin, stdout]) stream.on('close', () => this.#afterClosed());
    }
    spawned.on('error', () => {});
    this.gone = this.#watch();
  }

  send(message: object): void {
    const { stdin } = this.#process;
    if (this.#isOver || !stdin.writable) return;
    if (stdin.writableLength > MAX_QUEUE_BYTES) {
      throw new HostError('overloaded', { detail: 'The program does not read its input.' });
    }
    stdin.write(`${JSON.stringify(message)}\n`);
  }

  async memoryBytes(): Promise<number | undefined> {
    return this.#hasExited ? undefined : groupMemoryBytes(this.pid);
  }

  async end(cause: ChildEnd['cause'] = 'ended', limitMs = Number.POSITIVE_INFINITY): Promise<void> {
    this.#cause ??= cause;
    const stepMs = Math.min(STEP_MS, limitMs / 3);
    const politeMs = this.#options.onMessage ? stepMs : 0;
    const endsBy = performance.now() + politeMs + stepMs;
    if (!this.#hasExited && endsBy < this.#endsBy) {
      this.#endsBy = endsBy;
      this.#process.stdin.end();
      this.#after(politeMs, () => signalGroup(this.pid, 'SIGTERM'));
      this.#after(politeMs + stepMs, () => signalGroup(this.pid, 'SIGKILL'));
    }
    await this.gone;
  }

  #read(text: string): void {
    const message = messageIn(text);
    if (!message) {
      this.#skip(text);
      return;
    }
    this.#hasSpoken = true;
    this.#options.onMessage?.(message);
  }

  #skip(text: string): void {
    this.#noiseLines += 1;
    if (this.#noiseLog.take()) {
      const unlogged = this.#noiseLog.takeRefused();
      this.#options.log.warn(
        {
          ...{
            stream: 'stdout',
            line: bounded(this.#hide.in(text), NOISE_LENGTH),
            skipped: this.#noiseLines,
          },
          ...(unlogged > 0 && { unlogged }),
        },
        'ignored output that is not JSON-RPC',
      );
    }
    if (!this.#hasSpoken && this.#noiseLines >= MAX_NOISE_LINES) this.#fail('not-mcp');
  }

  /** It can answer nothing more, so no one waits until it is gone. */
  #fail(cause: NonNullable<ChildEnd['cause']>): void {
    if (this.#isOver) return;
    this.#cause ??= cause;
    this.#tellEnd(null, null);
    this.#process.stdout.destroy();
    void this.end(cause);
  }

  #afterClosed(): void {
    this.#after(EXIT_WAIT_MS, () => {
      const isAsked = this.#endsBy !== Number.POSITIVE_INFINITY;
      if (!isAsked) this.#fail('closed-output');
    });
  }

  async #watch(): Promise<ChildEnd> {
    const { stdin, stdout, stderr } = this.#process;
    const closed = new Promise<void>((resolve) => this.#process.once('close', () => resolve()));
    const { code, signal } = await exited(this.#process);
    this.#hasExited = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const restKilled = killRest(this.pid);
    // Its last lines are still in the pipes. Who left the group may hold them open.
    await Promise.race([closed, new Promise((settled) => setTimeout(settled, SETTLE_MS))]);
    for (const stream of [stdin, stdout, stderr]) stream.destroy();
    this.#standardError.end();
    this.#standardOutput?.end();
    this.#tellEnd(code, signal);
    await restKilled;
    reaper.ended(this.pid);
    return this.#describeEnd(code, signal);
  }

  #tellEnd(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reader.stop();
    this.#options.onEnd(this.#describeEnd(code, signal));
  }

  #describeEnd(code: number | null, signal: NodeJS.Signals | null): ChildEnd {
    const cause = this.#cause;
    return { code, signal, ...(cause && { cause }), stderr: this.#standardError.tail };
  }

  #after(ms: number, act: () => void): void {
    if (this.#hasExited) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }
}

function exited(
  process: ChildProcessWithoutNullStreams,
): Promise<Pick<ChildEnd, 'code' | 'signal'>> {
  return new Promise((resolve) =>
    process.once('exit', (code, signal) => resolve({ code, signal })),
  );
}

const START_FAULTS: Readonly<Record<string, string>> = {
  ENOENT:
    'the program, the interpreter that its first line names, or the working folder does not exist. Fix: run `npx --no mcp-host check`',
  EACCES: 'it is not executable. Fix: chmod +x, and mount its folder without noexec',
  EAGAIN:
    'too many processes are running. Fix: run fewer servers here, or raise the limit of processes',
  EMFILE: 'too many files are open. Fix: raise the limit of open files (ulimit -n)',
  ENOMEM: 'there is not enough memory. Fix: run fewer servers here, or use a larger instance',
};

function notStarted(file: string, error: NodeJS.ErrnoException): Unavailability {
  const fault = START_FAULTS[error.code ?? ''] ?? `${error.message}. Fix: correct \`command\``;
  return new Unavailability('program-not-started', `${file} cannot be started: ${fault}.`, {
    cause: error,
  });
}
