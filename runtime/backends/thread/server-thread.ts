// One worker thread from its start to its end: messages, output, and why it ended.

import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from 'node:worker_threads';
import { atMost } from '../../exchange/at-most.ts';
import { describeError } from '../../exchange/bounded-text.ts';
import { beatOf, isInspectorOpen, watchHeart } from '../../exchange/heartbeat.ts';
import { HostError, type RefusalReason } from '../../exchange/refusals.ts';
import type { Printer } from '../printer.ts';
import { COUNTERS, type FromThread, type ThreadStart, type ToThread } from './messages.ts';
import { Outbox } from './outbox.ts';
import { THREAD_FILE } from './worker-file.ts';

/** A native call cannot be interrupted; a thread that is in one for longer is given up. */
const GONE_LIMIT_MS = 5_000;

const OUT_OF_MEMORY = 'ERR_WORKER_OUT_OF_MEMORY';

/** Why a thread ended. */
export interface ThreadEnd {
  readonly word: Extract<
    RefusalReason,
    'server-exited' | 'server-blocked' | 'server-out-of-memory'
  >;
  /** For the operator. */
  readonly message: string;
  readonly cause?: unknown;
}

export interface ServerThreadOptions {
  readonly name: string;
  readonly start: Omit<ThreadStart, 'port' | 'counters' | 'beatMs'>;
  /** All of the thread's `process.env`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Limit of its heap; absent: that of Node. */
  readonly memoryMb?: number | undefined;
  /** How long its event loop may be blocked. */
  readonly blockedTimeoutMs: number;
  readonly onMessage: (message: FromThread) => void;
  /** Called once, however it ended. */
  readonly onEnd: (end: ThreadEnd) => void;
  readonly printer: Printer;
}

export class ServerThread {
  readonly #options: ServerThreadOptions;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #outbox: Outbox<ToThread>;
  readonly #counters = new Int32Array(new SharedArrayBuffer(4 * COUNTERS.count));
  readonly #exited: Promise<void>;
  #stopWatching: (() => void) | undefined;
  #end: ThreadEnd | undefined;
  #hasExited = false;
  #terminatedAt: number | undefined;

  constructor(options: ServerThreadOptions) {
    const { name, start, environment, memoryMb, blockedTimeoutMs } = options;
    this.#options = options;
    const { port1, port2 } = new MessageChannel();
    const workerData: ThreadStart = {
      ...start,
      counters: this.#counters,
      beatMs: beatOf(blockedTimeoutMs),
      port: port2,
    };
    this.#port = port1;
    this.#outbox = new Outbox(port1);
    this.#worker = new Worker(THREAD_FILE, {
      name,
      workerData,
      transferList: [port2],
      env: environment,
      stdout: true,
      stderr: true,
      ...(memoryMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: memoryMb } }),
    });
    port1.on('message', (messages: FromThread[]) => this.#receive(messages));
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        this.#hasExited = true;
        this.#finish({
          word: 'server-exited',
          message: `The thread of the server ended with exit code ${code}.`,
        });
        resolve();
      });
    });
    this.#worker.on('error', (error) => this.#finish(endBy(error, memoryMb)));
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#worker[stream].on('data', (bytes) => options.printer.write(stream, bytes));
      this.#worker[stream].once('close', () => options.printer.flush());
    }
    // What serves keeps the process alive, not what is served.
    port1.unref();
    this.#worker.unref();
  }

  get abandonedHandlers(): number {
    return Atomics.load(this.#counters, COUNTERS.abandonedHandlers);
  }

  send(message: ToThread): void {
    this.#outbox.send(message);
  }

  /** From now on it is ended when its event loop is blocked. */
  watch(): void {
    const { blockedTimeoutMs } = this.#options;
    const beats = (): number => Atomics.load(this.#counters, COUNTERS.beats);
    const onBlocked = (): void => {
      this.#finish({
        word: 'server-blocked',
        message: `The server blocked its event loop for ${blockedTimeoutMs} ms, so the host ended its thread. Fix: add pauses to long computations, or raise \`host.blockedTimeoutMs\`.`,
      });
      void this.terminate();
    };
    const isDebugged = isInspectorOpen;
    this.#stopWatching = watchHeart({ beats, blockedTimeoutMs, isDebugged, onBlocked });
  }

  /** Ends it, wherever it is. @returns whether it is gone 5 s after the first call. */
  async terminate(): Promise<boolean> {
    if (this.#terminatedAt === undefined) {
      this.#terminatedAt = performance.now();
      void this.#worker.terminate();
    }
    const leftMs = this.#terminatedAt + GONE_LIMIT_MS - performance.now();
    await atMost(Math.max(0, leftMs), this.#exited);
    return this.#hasExited;
  }

  /** A module can replace what its thread writes messages with, such as `JSON.stringify`. */
  #receive(messages: readonly FromThread[]): void {
    try {
      for (const message of messages) this.#options.onMessage(message);
    } catch (error) {
      this.#finish({
        word: 'server-exited',
        message: `The thread of the server sent a message that the host cannot read, so the host ended it: ${describeError(error)} Fix: find what the module changes in its globals, or run it as a \`command\`.`,
        cause: error,
      });
      void this.terminate();
    }
  }

  #finish(end: ThreadEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.#stopWatching?.();
    // What it said before its end.
    for (;;) {
      const last = receiveMessageOnPort(this.#port);
      if (!last) break;
      this.#receive(last.message);
    }
    this.#port.close();
    this.#options.onEnd(end);
  }
}

export function refusalOf({ word, cause }: ThreadEnd): HostError {
  return new HostError(word, { cause });
}

function endBy(error: unknown, memoryMb: number | undefined): ThreadEnd {
  if ((error as NodeJS.ErrnoException).code === OUT_OF_MEMORY) {
    const limit =
      memoryMb === undefined ? 'the amount that Node allows for a thread' : `${memoryMb} MB`;
    return {
      word: 'server-out-of-memory',
      message: `The heap of the server grew beyond ${limit}, so its thread was ended. Fix: raise \`memoryMb\`, or find what the server keeps in memory.`,
      cause: error,
    };
  }
  return {
    word: 'server-exited',
    message: `An error ended the thread of the server: ${describeError(error)}`,
    cause: error,
  };
}
