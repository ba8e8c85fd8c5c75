// From an entry with `command` and `url` to a server that serves: one program with its own listener
// for all callers, started again by the next call after it has ended.

import type { CommandConfig } from '../../../config/schema.ts';
import type { Message } from '../../exchange/backend.ts';
import type { Answer, Caller, Era, Exchange } from '../../exchange/exchange.ts';
import { HostError } from '../../exchange/refusals.ts';
import { Unavailability } from '../../exchange/unavailability.ts';
import { ERROR_CODES } from '../../exchange/wire-names.ts';
import { withAnySignal } from '../any-signal.ts';
import { Circuit } from '../circuit.ts';
import { openInTime } from '../count-down.ts';
import { connect } from '../http/connect.ts';
import { checkedHeaders } from '../http/entry-headers.ts';
import { KnownEras } from '../known-eras.ts';
import type { OpenBackend, OpenBackendEvent } from '../open-backend.ts';
import type { OpenOptions } from '../open-options.ts';
import type { ChildEnd } from './child.ts';
import { type LaunchListener, listenerLauncher, withPort } from './launcher.ts';
import { describeEnd, lossOf } from './loss.ts';
import { endWithin, RunningListener } from './running-listener.ts';
import { type ListeningProgram, startListening } from './start-listening.ts';
import { asUnavailability } from './why-not-met.ts';

/** Of `startTimeoutMs`: to tell what a program does in place of listening. */
const DIAGNOSIS = { ms: 1_000, share: 0.25 };
/** An exit shows first as a connection that breaks. */
const EXIT_LIMIT_MS = 80;

/** @throws Unavailability. @param signal aborts when the try has taken too long. */
export async function openListener(
  config: CommandConfig,
  options: OpenOptions,
  signal: AbortSignal,
): Promise<OpenBackend> {
  const server = new ListenerServer(config, options);
  try {
    await server.start(signal);
    return server;
  } catch (error) {
    void server.close();
    if (!(error instanceof HostError)) throw error;
    throw new Unavailability('program-not-started', error.detail ?? error.message, {
      cause: error,
    });
  }
}

class ListenerServer implements OpenBackend {
  readonly abandonedHandlers = 0;
  readonly #config: CommandConfig;
  readonly #options: OpenOptions;
  readonly #launch: LaunchListener;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #circuit: Circuit;
  readonly #closing = new AbortController();
  #running: RunningListener | undefined;
  #starting: Promise<RunningListener> | undefined;
  /** The program before, on its way out: there is never a second one beside it. */
  #leaving: Promise<void> = Promise.resolve();
  /** The connection to the program that runs, or ran last. */
  #last: OpenBackend | undefined;
  readonly #eras: KnownEras;
  #listener: ((event: OpenBackendEvent) => void) | undefined;

  constructor(config: CommandConfig, options: OpenOptions) {
    this.#config = config;
    this.#options = options;
    this.#eras = new KnownEras(config.era, options.knownEra);
    this.#launch = listenerLauncher(config, options);
    this.#headers = checkedHeaders(options.texts.headers);
    this.#circuit = new Circuit('server-ended', () => this.#listener?.('state'));
  }

  get eras(): OpenBackend['eras'] {
    return (this.#last as OpenBackend).eras;
  }

  get declarations(): OpenBackend['declarations'] {
    return (this.#last as OpenBackend).declarations;
  }

  get circuit(): OpenBackend['circuit'] {
    return this.#circuit.open;
  }

  /** @throws Unavailability, or HostError `overloaded`. */
  async start(signal: AbortSignal): Promise<void> {
    this.#serve(await this.#open(signal));
  }

  answer(exchange: Exchange): Promise<Answer> {
    return this.#running?.answer(exchange) ?? this.#answerLater(exchange);
  }

  knowsEra(era: Era): boolean {
    return this.#running?.backend.knowsEra?.(era) ?? true;
  }

  async learnEra(era: Era, caller?: Caller, message?: Message): Promise<void> {
    await this.#running?.backend.learnEra?.(era, caller, message);
  }

  unknownTool(name: string): Answer {
    return { error: { code: ERROR_CODES.invalidParams, message: `Unknown tool: ${name}` } };
  }

  subscribe(listener: (event: OpenBackendEvent) => void): void {
    this.#listener = listener;
  }

  async close(limitMs?: number): Promise<void> {
    this.#closing.abort();
    this.#circuit.stop();
    await this.#running?.end('ended', limitMs);
    await this.#leaving;
    await this.#starting?.catch(() => {});
  }

  async #answerLater(exchange: Exchange): Promise<Answer> {
    this.#starting ??= this.#startAgain().finally(() => {
      this.#starting = undefined;
    });
    const running = await this.#starting;
    exchange.throwIfEnded();
    return running.answer(exchange);
  }

  /** @throws HostError. */
  async #startAgain(): Promise<RunningListener> {
    const { signal: closing } = this.#closing;
    const { startTimeoutMs } = this.#config;
    try {
      closing.throwIfAborted();
      await this.#leaving;
      const { running } = await openInTime(
        startTimeoutMs,
        async (signal) => {
          const opened = await withAnySignal([signal, closing], (any) => this.#open(any));
          return { running: opened, close: () => opened.end() };
        },
        () => new Unavailability('start-timeout', `It did not start within ${startTimeoutMs} ms.`),
      );
      this.#serve(running);
      this.#listener?.('declarations');
      return running;
    } catch (error) {
      if (closing.aborted) throw new HostError('draining');
      if (error instanceof HostError) throw error;
      const { word: reason, message: detail } = asUnavailability(error);
      this.#options.fieldLog.warn({ reason, detail }, 'program not started');
      this.#circuit.failed();
      throw new HostError('unavailable', { retryAfterSeconds: 1, cause: error });
    }
  }

  /** @throws Unavailability, or HostError `overloaded`. */
  async #open(signal: AbortSignal): Promise<RunningListener> {
    const started = await this.#options.childrenMemory.makeRoom();
    try {
      return await this.#launchAndConnect(signal);
    } finally {
      started();
    }
  }

  async #launchAndConnect(signal: AbortSignal): Promise<RunningListener> {
    const { startTimeoutMs, idleTimeoutMs, memoryMb } = this.#config;
    const program = await startListening(
      {
        // The rules of the file leave it no other host than this machine.
        address: (port) => new URL(withPort(this.#options.texts.url ?? '', port)),
        launch: this.#launch,
        limitMs: startTimeoutMs - Math.min(DIAGNOSIS.ms, startTimeoutMs * DIAGNOSIS.share),
      },
      signal,
    );
    const connection = await this.#connect(program, signal);
    return new RunningListener(program, connection, {
      // A listening client must not wait until another caller starts it.
      idleTimeoutMs: this.#followsChanges ? undefined : idleTimeoutMs,
      memoryMb,
      onLoss: (reason, fields) => this.#options.ended('program', reason, fields),
      onLeave: (running, end) => this.#left(running, end),
    });
  }

  get #followsChanges(): boolean {
    return this.#config.subscriptions && this.#config.instance === 'shared';
  }

  /** @throws Unavailability. */
  async #connect(program: ListeningProgram, signal: AbortSignal): Promise<OpenBackend> {
    const { name, instance, idleTimeoutMs, startTimeoutMs, maxResultBytes } = this.#config;
    const port = Number(program.url.port);
    const headers = Object.entries(this.#headers).map(([key, text]) => [key, withPort(text, port)]);
    try {
      const options = {
        ...{ name, url: program.url, headers: Object.fromEntries(headers), instance },
        eras: this.#eras,
        followsChanges: this.#followsChanges,
        ...{ idleTimeoutMs, startTimeoutMs, maxResultBytes, log: this.#options.log },
      };
      const connection = await withAnySignal([signal, program.ended], (any) =>
        connect(options, any),
      );
      if (!program.ended.aborted) return connection;
      void connection.close();
      throw program.ended.reason;
    } catch (error) {
      const end = signal.aborted ? undefined : await endWithin(program, EXIT_LIMIT_MS);
      void program.child.end();
      throw end ? new Unavailability('no-handshake', describeEnd(end), { cause: error }) : error;
    }
  }

  #serve(running: RunningListener): void {
    this.#running = running;
    this.#last = running.backend;
    this.#options.childrenMemory.add(running);
    running.backend.subscribe((event) => this.#hear(running, event));
  }

  #hear(running: RunningListener, event: OpenBackendEvent): void {
    if (running !== this.#running) return;
    if (event !== 'state') this.#listener?.(event);
    else if (running.backend.circuit) {
      this.#options.ended('program', 'unanswered', {
        detail: 'The program no longer accepts connections.',
      });
      this.#circuit.failed();
      running.abandon('The program no longer accepted connections.');
    }
  }

  #left(running: RunningListener, end: ChildEnd | undefined): void {
    this.#options.childrenMemory.delete(running);
    if (running === this.#running) this.#running = undefined;
    this.#leaving = running.gone;
    if (!end) return;
    const { reason, fields } = lossOf(end);
    this.#options.ended('program', reason, fields);
    this.#circuit.failed();
  }
}
