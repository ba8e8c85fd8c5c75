// One POST at the mount of a server: what the protocol room needs to know and to tell while it serves the message.

import type { FastifyRequest } from 'fastify';
import type { Era, JsonRpcNotification, JsonRpcRequest } from '../exchange/exchange.ts';
import type { Refused } from '../exchange/observer.ts';
import { type Conversation, OpenExchange } from '../exchange/open-exchange.ts';
import type { QuestionDesk } from '../protocol/questions/question-desk.ts';
import { HostError, refusalOf } from '../protocol/refusals.ts';
import type { Sealer } from '../protocol/seal.ts';
import type { Mounted, Outcome } from '../protocol/serve.ts';
import type { Served } from '../protocol/served.ts';
import { refusedOf } from './audit.ts';
import { gateOf } from './authorize.ts';
import { HttpCaller } from './caller.ts';
import { attach, detach } from './disconnect.ts';
import type { MountOptions } from './mount.ts';
import { logExchange } from './request-log.ts';

/** A class, so that a request pays for no closures. */
export class MountedRequest implements Mounted {
  readonly caller: HttpCaller;
  readonly #request: FastifyRequest;
  readonly #options: MountOptions;
  readonly #startedAt: number;

  /** @param startedAt `performance.now()` when the request reached its handler. */
  constructor(request: FastifyRequest, options: MountOptions, startedAt: number) {
    this.caller = new HttpCaller(request, options.server.config, options.environment);
    this.#request = request;
    this.#options = options;
    this.#startedAt = startedAt;
  }

  get name(): string {
    return this.#options.server.config.name;
  }

  get maxResultBytes(): number {
    return this.#options.server.config.maxResultBytes;
  }

  get inputTimeoutMs(): number {
    return this.#options.server.config.inputTimeoutMs;
  }

  get desk(): QuestionDesk {
    return this.#options.server.desk;
  }

  get sealer(): Sealer {
    return this.#options.sealer;
  }

  serving(): Served | Promise<Served> {
    return this.#options.server.serving();
  }

  refuseQuarantined(): void {
    this.#options.server.refuseQuarantined();
  }

  open(request: JsonRpcRequest, era: Era, conversation: Conversation): OpenExchange {
    const { server, observing } = this.#options;
    const { config } = server;
    if (server.callsInFlight >= config.maxConcurrent) throw new HostError('overloaded');
    const { observer } = observing;
    const exchange = new OpenExchange({
      request,
      era,
      caller: this.caller,
      conversation,
      timeoutMs: config.timeoutMs,
      observe: observer && ((opened) => observer.start(config.name, opened, this.#startedAt)),
    });
    server.inFlight.add(exchange);
    // Fastify's own `request.signal` fires as soon as a body was read, so the socket is watched instead.
    attach(exchange, this.#request.raw.socket);
    return exchange;
  }

  closed(exchange: OpenExchange, outcome: Outcome): Refused | undefined {
    const { server, log } = this.#options;
    server.inFlight.delete(exchange);
    detach(exchange, this.#request.raw.socket);
    const refusal = refusalOf(outcome);
    const refused =
      refusal && refusedOf(this.#request, refusal, server.config.name, this.caller.subject);
    logExchange(log, {
      server: server.config.name,
      exchange,
      outcome,
      startedAt: this.#startedAt,
      headers: this.#request.headers,
      caller: refused?.caller,
    });
    return refused;
  }

  notified(notification: JsonRpcNotification): void {
    const { server, observing } = this.#options;
    observing.observer?.notified(server.config.name, notification, this.caller);
  }

  scopesNeeded(scopes: readonly string[]): HostError {
    const { authorization } = this.#options.server;
    // Where no token is asked for, there is nowhere to send the caller for a better one.
    return authorization
      ? gateOf(authorization).scopesNeeded(scopes)
      : new HostError('insufficient-scope');
  }

  failed(_exchange: OpenExchange, error: unknown): void {
    const { server, log } = this.#options;
    log.error({ server: server.config.name, err: error }, 'server failed');
  }
}
