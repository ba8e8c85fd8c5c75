// The life of one server, whatever its kind: it exists before the server is there, starts it,
// waits, tries again where that can help, and answers meanwhile.

import type {
  Backend,
  BackendListener,
  BackendState,
  Declarations,
  Message,
} from '../exchange/backend.ts';
import { BackendListeners } from '../exchange/backend-listeners.ts';
import { describeError } from '../exchange/bounded-text.ts';
import type { Answer, Caller, Era, Exchange } from '../exchange/exchange.ts';
import { HostError } from '../exchange/refusals.ts';
import { Unavailability } from '../exchange/unavailability.ts';
import { ERROR_CODES } from '../exchange/wire-names.ts';
import { withAnySignal } from './any-signal.ts';
import { openInTime } from './count-down.ts';
import {
  type Admit,
  type Circuit,
  type Open,
  type OpenBackend,
  type OpenBackendEvent,
  preparing,
} from './open-backend.ts';

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 60_000;
/** Part of the time that is left to chance, so that many servers do not try at once. */
const RETRY_JITTER = 0.2;

export interface SupervisorLog {
  /** A try that failed; `retryInMs` is absent when trying again cannot help. */
  unavailable(error: Unavailability, retryInMs: number | undefined): void;
  /** It serves after a failed try. */
  recovered(tries: number): void;
}

export interface SupervisorOptions {
  /** How long one try may take, milliseconds. */
  readonly startTimeoutMs: number;
  readonly log: SupervisorLog;
}

export class Supervisor implements Backend {
  /** Resolves when the first caller waits for the server. */
  readonly awaited: Promise<void>;
  readonly #options: SupervisorOptions;
  readonly #listeners = new BackendListeners();
  #state: BackendState = { is: 'starting' };
  #open: Open | undefined;
  #admit: Admit | undefined;
  #backend: OpenBackend | undefined;
  /** What it declared when it last served. */
  #declarations: Declarations | undefined;
  /** The try that is under way, or the first one while it has not begun. Never rejects. */
  #trying: Promise<void> | undefined;
  #beginFirstTry!: (first: Promise<void>) => void;
  #settling: Promise<void> | undefined;
  #tries = 0;
  /** When it began to serve, `performance.now()`. */
  #servesSince = 0;
  /** How often in a row it ended soon after its start. */
  #earlyEnds = 0;
  #isAwaited = false;
  #markAwaited!: () => void;
  #isClosed = false;
  readonly #closing = new AbortController();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.awaited = new Promise((resolve) => {
      this.#markAwaited = resolve;
    });
    this.#trying = new Promise((resolve) => {
      this.#beginFirstTry = resolve;
    });
  }

  get eras(): readonly Era[] {
    return this.#backend?.eras ?? [];
  }

  get state(): BackendState {
    return this.#state;
  }

  get declarations(): Declarations | undefined {
    return this.#backend?.declarations ?? this.#declarations;
  }

  isIncomplete(era: Era): boolean {
    return this.#state.is === 'serving' && this.#backend?.knowsEra?.(era) === false;
  }

  get abandonedHandlers(): number {
    return this.#backend?.abandonedHandlers ?? 0;
  }

  /** Whether a caller waits for the server, or has. */
  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  /**
   * Leaves the first try to the first request.
   * @param admit looks at the callers whose requests would start the server.
   */
  rest(open: Open, admit?: Admit): void {
    if (this.#isClosed) return;
    this.#open = open;
    this.#admit = admit;
    this.#trying = undefined;
    this.#become({ is: 'idle' });
    // A request may have come before.
    this.#beginFirstTry(this.#isAwaited && !admit ? this.#begin(open) : Promise.resolve());
  }

  /** Makes the first try; requests make the later ones. Never throws. */
  async start(open: Open): Promise<void> {
    this.#open = open;
    if (this.#isClosed) return;
    const first = this.#try(open);
    this.#beginFirstTry(first);
    await first;
    await this.#settling;
  }

  ready(era: Era, caller?: Caller, message?: Message): Promise<void> | undefined {
    const { circuit } = this.#backend ?? {};
    if (circuit && performance.now() < circuit.retryAt) throw this.#refusal();
    if (this.#backend) return preparing(this.#backend, era, caller, message);
    const isFirst = !this.#trying;
    if (!this.#trying) {
      if (!this.#open || !this.#mayTry()) throw this.#refusal();
      this.#admit?.(caller);
      void this.#begin(this.#open, caller);
    }
    this.#isAwaited = true;
    this.#markAwaited();
    return (this.#trying as Promise<void>).then(() => {
      // It came before the host knew that the server is started by its first request.
      if (!this.#backend && this.#state.is === 'idle') return this.ready(era, caller, message);
      // What another caller sent may be why it did not start.
      if (!this.#backend && this.#admit && !isFirst && this.#mayTry()) {
        return this.ready(era, caller, message);
      }
      if (!this.#backend) throw this.#refusal();
      return preparing(this.#backend, era, caller, message);
    });
  }

  answer(exchange: Exchange): Promise<Answer> {
    return this.#backend?.answer(exchange) ?? this.#answerLater(exchange);
  }

  unknownTool(name: string): Answer {
    const { invalidParams } = ERROR_CODES;
    return (
      this.#backend?.unknownTool(name) ?? {
        error: { code: invalidParams, message: `Unknown tool: ${name}` },
      }
    );
  }

  subscribe(listener: BackendListener): () => void {
    return this.#listeners.subscribe(listener);
  }

  async close(limitMs?: number): Promise<void> {
    this.#isClosed = true;
    this.#closing.abort();
    await this.#backend?.close(limitMs);
  }

  async #answerLater(exchange: Exchange): Promise<Answer> {
    await this.ready(exchange.era, exchange.caller, exchange.request);
    // The caller may have left, or run out of time, while the server was starting.
    exchange.throwIfEnded();
    return this.answer(exchange);
  }

  #begin(open: Open, caller?: Caller): Promise<void> {
    const trying = this.#try(open, caller);
    this.#trying = trying;
    return trying;
  }

  #mayTry(): boolean {
    const { is, retryAt } = this.#state;
    if (is === 'idle') return !this.#isClosed;
    return !this.#isClosed && retryAt !== undefined && performance.now() >= retryAt;
  }

  #refusal(): HostError {
    const { retryAt } = this.#state;
    if (retryAt === undefined) return new HostError('unavailable');
    const waitMs = retryAt - performance.now();
    return new HostError('unavailable', {
      retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)),
    });
  }

  async #try(open: Open, caller?: Caller): Promise<void> {
    const { startTimeoutMs } = this.#options;
    const openFor = (limit: AbortSignal) =>
      withAnySignal([limit, this.#closing.signal], (signal) => open(signal, caller));
    this.#become({
      is: this.#declarations ? 'restarting' : 'starting',
      ...(this.#tries > 0 && { tries: this.#tries }),
    });
    try {
      this.#serve(await openInTime(startTimeoutMs, openFor, () => startTimeout(startTimeoutMs)));
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#trying = undefined;
    }
  }

  #serve(backend: OpenBackend): void {
    if (this.#isClosed) {
      void backend.close().catch(() => {});
      return;
    }
    const tries = this.#tries;
    this.#tries = 0;
    this.#servesSince = performance.now();
    this.#backend = backend;
    this.#declarations = backend.declarations;
    backend.subscribe((event) => this.#hear(backend, event));
    this.#becomeServing(backend);
    this.#listeners.emit('declarations');
    this.#settling = this.#settle(backend);
    if (tries > 0) this.#options.log.recovered(tries);
  }

  /**
   * Waits for what a server does after it began to serve: callers of the 2025 era do not wait for
   * it.
   */
  async #settle(backend: OpenBackend): Promise<void> {
    await backend.declarations.readingTools;
    await backend.preparingModern;
    if (backend.sdkInternals?.length && backend === this.#backend) this.#becomeServing(backend);
  }

  #becomeServing({ sdkInternals = [] }: OpenBackend): void {
    this.#become({ is: 'serving', ...(sdkInternals.length > 0 && { sdkInternals }) });
  }

  #fail(error: unknown): void {
    const cause =
      error instanceof Unavailability
        ? error
        : new Unavailability('factory-failed', describeError(error), { cause: error });
    this.#tries += 1;
    // Where callers have a part in the start, the failure of one holds no one else back.
    const waitMs = this.#admit ? 0 : (cause.retryAfterMs ?? delayMs(this.#tries));
    const retryInMs = cause.isFinal ? undefined : waitMs;
    this.#options.log.unavailable(cause, retryInMs);
    this.#become({
      is: 'unavailable',
      word: cause.word,
      ...(cause.missing && { missing: cause.missing }),
      tries: this.#tries,
      ...(retryInMs !== undefined && { retryAt: performance.now() + retryInMs }),
    });
  }

  #hear(backend: OpenBackend, event: OpenBackendEvent): void {
    if (backend !== this.#backend) return;
    if (event === 'state') {
      if (backend.circuit) this.#pause(backend.circuit);
      else this.#becomeServing(backend);
      return;
    }
    if (event !== 'ended') {
      this.#declarations = backend.declarations;
      this.#listeners.emit(event);
      return;
    }
    this.#backend = undefined;
    const now = performance.now();
    this.#earlyEnds = now - this.#servesSince < MAX_RETRY_MS ? this.#earlyEnds + 1 : 0;
    // The first one may be chance; one that ends repeatedly must not be started by each
    // request.
    const waitMs = this.#earlyEnds > 1 ? delayMs(this.#earlyEnds - 1) : 0;
    this.#become({ is: 'unavailable', word: 'server-ended', retryAt: now + waitMs });
  }

  /** Its circuit has opened. */
  #pause(circuit: Circuit): void {
    const why = new Unavailability(
      circuit.word,
      'The server failed too often within a short time, so the host refuses requests for a while. Fix: see the log lines above.',
    );
    this.#options.log.unavailable(why, circuit.retryAt - performance.now());
    this.#become({ is: 'unavailable', ...circuit });
  }

  #become(state: BackendState): void {
    this.#state = state;
    this.#listeners.emit('state');
  }
}

/** 0.5 s after the first failure, doubling to 60 s. */
function delayMs(tries: number): number {
  const ms = Math.min(FIRST_RETRY_MS * 2 ** (tries - 1), MAX_RETRY_MS);
  return ms * (1 - RETRY_JITTER * Math.random());
}

function startTimeout(startTimeoutMs: number): Unavailability {
  return new Unavailability(
    'start-timeout',
    `The server did not start within ${startTimeoutMs} ms. Fix: raise \`startTimeoutMs\`, or find out what it waits for. In a module, move slow work to the handlers; for a program, set LOG_LEVEL=debug to see its output.`,
  );
}
