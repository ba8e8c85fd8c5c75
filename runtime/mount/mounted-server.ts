// One server of servers.yaml in this process: loading, serving or quarantined, and its exchanges in flight.

import type { ServerConfig } from '../../config/schema.ts';
import { Quarantine, type QuarantineReason } from '../backends/quarantine.ts';
import type { ExchangeRules } from '../exchange/ask.ts';
import type { Backend } from '../exchange/exchange.ts';
import type { OpenExchange } from '../exchange/open-exchange.ts';
import { createToolFilter } from '../exchange/tool-filter.ts';
import { HostError } from '../protocol/refusals.ts';
import type { Served } from '../protocol/serve.ts';

export type ServerState =
  | { readonly status: 'loading' }
  | ({ readonly status: 'serving' } & Served)
  | { readonly status: 'quarantined'; readonly reason: QuarantineReason };

export class MountedServer {
  readonly config: ServerConfig;
  readonly inFlight = new Set<OpenExchange>();
  readonly #rules: Omit<ExchangeRules, 'toolFilter'>;
  #state: ServerState = { status: 'loading' };
  #loading: Promise<unknown>;
  #startLoading!: (opening: Promise<unknown>) => void;

  constructor(config: ServerConfig, rules: Omit<ExchangeRules, 'toolFilter'>) {
    this.config = config;
    this.#rules = rules;
    this.#loading = new Promise((resolve) => {
      this.#startLoading = resolve;
    });
  }

  get state(): ServerState {
    return this.#state;
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
  async serving(): Promise<Served> {
    if (this.#state.status === 'loading') await this.#loading;
    if (this.#state.status !== 'serving') throw new HostError('quarantined');
    return this.#state;
  }

  async close(): Promise<void> {
    if (this.#state.status === 'serving') await this.#state.backend.close();
  }

  #serve(backend: Backend): void {
    const toolFilter = createToolFilter(this.config.tools, backend.sdk);
    const rules = { ...this.#rules, ...(toolFilter && { toolFilter }) };
    this.#state = { status: 'serving', backend, rules };
  }

  #quarantine(error: unknown): void {
    const reason = error instanceof Quarantine ? error.reason : 'factory-failed';
    this.#state = { status: 'quarantined', reason };
  }
}
