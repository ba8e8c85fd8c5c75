// One server of servers.yaml in this process: loading, serving or quarantined, and its exchanges in flight.

import type { ServerConfig } from '../../config/schema.ts';
import type { Authorization } from '../authorization/authorization.ts';
import { Quarantine, type QuarantineReason } from '../backends/quarantine.ts';
import type { ExchangeRules } from '../exchange/ask.ts';
import type { Backend } from '../exchange/exchange.ts';
import { ListCache } from '../exchange/list-cache.ts';
import { Members } from '../exchange/members.ts';
import type { OpenExchange } from '../exchange/open-exchange.ts';
import { createToolFilter, offeredTools } from '../exchange/tool-filter.ts';
import { Subscriptions } from '../protocol/modern/listen.ts';
import { readParamHeaders } from '../protocol/modern/param-headers.ts';
import { Parking } from '../protocol/questions/parking.ts';
import { QuestionDesk } from '../protocol/questions/question-desk.ts';
import { HostError } from '../protocol/refusals.ts';
import type { Sealer } from '../protocol/seal.ts';
import type { Served } from '../protocol/served.ts';

export type ServerState =
  | { readonly status: 'loading' }
  | ({ readonly status: 'serving' } & Served)
  | {
      readonly status: 'quarantined';
      readonly reason: QuarantineReason;
      /** Names of environment variables that it lacks. */
      readonly missing?: readonly string[] | undefined;
    };

export interface MountedServerOptions {
  readonly config: ServerConfig;
  readonly rules: Omit<ExchangeRules, 'toolFilter' | 'listCache'>;
  readonly sealer: Sealer;
  /** Absent for a server that asks for no tokens. */
  readonly authorization?: Authorization | undefined;
}

export class MountedServer {
  readonly config: ServerConfig;
  readonly authorization: Authorization | undefined;
  readonly inFlight = new Members<OpenExchange>();
  readonly desk: QuestionDesk;
  readonly #rules: Omit<ExchangeRules, 'toolFilter' | 'listCache'>;
  readonly #sealer: Sealer;
  readonly #parking: Parking;
  #state: ServerState = { status: 'loading' };
  #loading: Promise<unknown>;
  #startLoading!: (opening: Promise<unknown>) => void;
  /** Resolves when the first caller waits for the server to load. */
  readonly awaited: Promise<void>;
  #isAwaited = false;
  #wait!: () => void;

  constructor({ config, rules, sealer, authorization }: MountedServerOptions) {
    this.config = config;
    this.authorization = authorization;
    this.#rules = rules;
    this.#sealer = sealer;
    this.desk = new QuestionDesk(config);
    this.#parking = new Parking(config.name, config, sealer);
    this.#loading = new Promise((resolve) => {
      this.#startLoading = resolve;
    });
    this.awaited = new Promise((resolve) => {
      this.#wait = resolve;
    });
  }

  get state(): ServerState {
    return this.#state;
  }

  /** Whether a caller waits for the server to load, or has. */
  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  /** Exchanges that count against `maxConcurrent`: listening clients wait for long and have a cap of their own. */
  get callsInFlight(): number {
    const listening = this.#state.status === 'serving' ? this.#state.subscriptions.size : 0;
    return this.inFlight.size - listening;
  }

  /** Handlers that still run although their callers were answered: a tool that ignores its abort signal. */
  get abandonedHandlers(): number {
    return this.#state.status === 'serving' ? this.#state.backend.abandonedHandlers : 0;
  }

  /** Loads the server with `open`; never throws: a server that cannot serve is quarantined. */
  async load(open: () => Promise<Backend>): Promise<ServerState> {
    const loading = open().then(
      (backend) => this.#serve(backend),
      (error) => this.#quarantine(error),
    );
    this.#startLoading(loading);
    await loading;
    return this.#state;
  }

  /** Waits while the server loads, so that a cold start loses nobody. @throws HostError `quarantined`. */
  serving(): Served | Promise<Served> {
    if (this.#state.status === 'loading') {
      this.#isAwaited = true;
      this.#wait();
      return this.#loading.then(() => this.serving());
    }
    if (this.#state.status !== 'serving') throw new HostError('quarantined');
    return this.#state;
  }

  /** For what need not wait for the server. @throws HostError `quarantined`. */
  refuseQuarantined(): void {
    if (this.#state.status === 'quarantined') throw new HostError('quarantined');
  }

  /** Ends what waits for a client: a drain must not wait for people. */
  stopWaiting(): void {
    this.desk.close();
    this.#parking.close();
    if (this.#state.status === 'serving') this.#state.subscriptions.close();
  }

  async close(): Promise<void> {
    if (this.#state.status === 'serving') await this.#state.backend.close();
  }

  #serve(backend: Backend): void {
    const toolFilter = createToolFilter(this.config.tools, backend.sdk);
    const { name, replay, inputTimeoutMs, ttlMs, cacheScope } = this.config;
    const isListenedTo = this.config.subscriptions && this.config.instance === 'shared';
    const subscriptions = new Subscriptions(backend.declarations, isListenedTo);
    const listCache = cacheScope === 'public' && ttlMs > 0 ? new ListCache(ttlMs) : undefined;
    backend.onChange((notification) => {
      listCache?.drop(notification);
      subscriptions.publish(notification);
    });
    this.#state = {
      status: 'serving',
      backend,
      rules: { ...this.#rules, ...(toolFilter && { toolFilter }), ...(listCache && { listCache }) },
      cacheHints: { ttlMs, cacheScope },
      paramHeaders: readParamHeaders(offeredTools(this.config.tools, backend.declarations.tools)),
      subscriptions,
      isListenedTo,
      parking: this.#parking,
      ...(replay && { replay: { server: name, sealer: this.#sealer, inputTimeoutMs } }),
    };
  }

  #quarantine(error: unknown): void {
    this.#state =
      error instanceof Quarantine
        ? { status: 'quarantined', reason: error.reason, missing: error.missing }
        : { status: 'quarantined', reason: 'factory-failed' };
  }
}
