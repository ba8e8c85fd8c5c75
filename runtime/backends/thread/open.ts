// A module in a thread of its own: opened there by the module backend, and answered for here.

import type { ModuleConfig } from '../../../config/schema.ts';
import { atMost } from '../../exchange/at-most.ts';
import type { Declarations } from '../../exchange/backend.ts';
import type { Answer, Era, Exchange } from '../../exchange/exchange.ts';
import type { RestartReason } from '../../exchange/restarts.ts';
import { Unavailability } from '../../exchange/unavailability.ts';
import type { Sdk } from '../module/sdk-internals.ts';
import { unknownTool } from '../module/sdk-server.ts';
import type { OpenBackend, OpenBackendEvent } from '../open-backend.ts';
import type { OpenOptions, ThreadPlace } from '../open-options.ts';
import { errorOf } from './failure.ts';
import type { Described, FromThread } from './messages.ts';
import { refusalOf, ServerThread, type ThreadEnd } from './server-thread.ts';
import { ThreadCalls } from './thread-calls.ts';

/** How the log and metrics name the ends. */
const REASONS = {
  'server-exited': 'exited',
  'server-blocked': 'blocked',
  'server-out-of-memory': 'out-of-memory',
} as const satisfies Record<ThreadEnd['word'], RestartReason>;

/** How long a server may take to close before its thread is ended. */
const CLOSE_LIMIT_MS = 1_000;

/**
 * Starts a thread and opens the module in it. @throws Unavailability.
 * @param signal aborts when the try has taken too long.
 */
export async function openThread(
  config: ModuleConfig,
  options: OpenOptions,
  signal: AbortSignal,
): Promise<OpenBackend> {
  const { earlier } = options.place as ThreadPlace;
  if (earlier.thread && !(await earlier.thread.terminate())) throw stuck();
  signal.throwIfAborted();
  const opening = new Opening(config, options);
  earlier.thread = opening.thread;
  signal.addEventListener('abort', () => void opening.thread.terminate(), { once: true });
  return opening.opened;
}

/** A thread from its start on; {@link opened} once its module serves. */
class Opening {
  readonly opened: Promise<ThreadBackend>;
  readonly thread: ServerThread;
  readonly #options: OpenOptions;
  #resolve!: (backend: ThreadBackend) => void;
  #reject!: (error: Error) => void;
  #backend: ThreadBackend | undefined;
  /** What nothing caught in it, the last one. */
  #uncaught: Error | undefined;

  constructor(config: ModuleConfig, options: OpenOptions) {
    const { directory, texts, host } = options;
    const { environment, printer } = options.place as ThreadPlace;
    this.#options = options;
    this.opened = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.thread = new ServerThread({
      name: config.name,
      start: { config, directory, texts },
      environment: { ...environment, ...texts.env },
      memoryMb: config.memoryMb,
      blockedTimeoutMs: host.blockedTimeoutMs,
      onMessage: (message) => this.#receive(message),
      onEnd: (end) => this.#end(end),
      printer,
    });
  }

  #receive(message: FromThread): void {
    const { log } = this.#options;
    switch (message.is) {
      case 'opened':
        this.#open(message.sdk, message.text);
        break;
      case 'not-opened':
        this.#reject(errorOf(message.failure));
        void this.thread.terminate();
        break;
      case 'log':
        log[message.level](message.text);
        break;
      case 'uncaught':
        this.#uncaught = errorOf(message.failure);
        log.error(message.what, this.#uncaught);
        break;
      default:
        this.#backend?.receive(message);
    }
  }

  #open(sdk: Sdk, text: string): void {
    this.#backend = new ThreadBackend(this.thread, sdk, JSON.parse(text));
    this.thread.watch();
    this.#resolve(this.#backend);
  }

  #end(end: ThreadEnd): void {
    const backend = this.#backend;
    if (!backend) this.#reject(notOpened(end, this.#uncaught));
    else if (!backend.isClosing) {
      this.#options.ended('thread', REASONS[end.word], { detail: end.message });
    }
    backend?.end(end);
  }
}

class ThreadBackend implements OpenBackend {
  eras: readonly Era[] = [];
  sdkInternals: readonly string[] = [];
  declarations!: Declarations;
  isClosing = false;
  readonly #thread: ServerThread;
  readonly #sdk: Sdk;
  readonly #calls: ThreadCalls;
  readonly #reading = new Lasting();
  readonly #preparing = new Lasting();
  readonly #closed = new Lasting();
  #listener: ((event: OpenBackendEvent) => void) | undefined;
  #end: ThreadEnd | undefined;

  constructor(thread: ServerThread, sdk: Sdk, described: Described) {
    this.#thread = thread;
    this.#sdk = sdk;
    this.#calls = new ThreadCalls((message) => thread.send(message));
    this.#describe(described);
  }

  get abandonedHandlers(): number {
    return this.#thread.abandonedHandlers;
  }

  get preparingModern(): Promise<void> | undefined {
    return this.#preparing.promise;
  }

  async answer(exchange: Exchange): Promise<Answer> {
    if (this.#end) throw refusalOf(this.#end);
    return this.#calls.answer(exchange);
  }

  unknownTool(name: string): Answer {
    return unknownTool(this.#sdk, name);
  }

  subscribe(listener: (event: OpenBackendEvent) => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    this.isClosing = true;
    this.#closed.start();
    this.#thread.send({ is: 'close' });
    await atMost(CLOSE_LIMIT_MS, this.#closed.promise as Promise<void>);
    await this.#thread.terminate();
  }

  receive(message: FromThread): void {
    switch (message.is) {
      case 'described':
        this.#describe(JSON.parse(message.text));
        this.#listener?.('declarations');
        break;
      case 'change':
        this.#listener?.(JSON.parse(message.text));
        break;
      case 'closed':
        this.#closed.end();
        break;
      default:
        if ('id' in message || 'question' in message) this.#calls.receive(message);
    }
  }

  end(end: ThreadEnd): void {
    this.#end = end;
    for (const each of [this.#reading, this.#preparing, this.#closed]) each.end();
    this.#calls.fail(refusalOf(end));
    this.#listener?.('ended');
  }

  #describe(described: Described): void {
    const { declarations, isReadingTools, isPreparingModern, eras, sdkInternals } = described;
    this.eras = eras;
    this.sdkInternals = sdkInternals;
    if (isPreparingModern) this.#preparing.start();
    else this.#preparing.end();
    if (isReadingTools) this.#reading.start();
    const { promise } = this.#reading;
    this.declarations =
      isReadingTools && promise ? { ...declarations, readingTools: promise } : declarations;
    if (!isReadingTools) this.#reading.end();
  }
}

/** Something that takes its time, as a promise that is there meanwhile and never rejects. */
class Lasting {
  promise: Promise<void> | undefined;
  #resolve: (() => void) | undefined;

  start(): void {
    this.promise ??= new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  end(): void {
    this.promise = undefined;
    this.#resolve?.();
  }
}

function notOpened({ word, message }: ThreadEnd, uncaught: Error | undefined): Unavailability {
  if (word === 'server-exited' && !uncaught) {
    return new Unavailability(
      'ends-process',
      'The module called process.exit while it was loaded. Fix: export a factory, and move the code that starts a stand-alone server to another file.',
    );
  }
  return new Unavailability('server-ended', message, { cause: uncaught });
}

function stuck(): Unavailability {
  return new Unavailability(
    'stuck',
    'The thread of the server could not be ended within 5 s: it is in a native call that does not return, such as execFileSync. The host does not start a second thread while this one runs. Fix: restart the host, and run this server as a `command`.',
  );
}
