// The observer of OpenTelemetry: one SERVER span for each MCP message, one measurement of its
// duration, and a count of what was refused before it became a message.

import {
  type Context,
  context,
  createContextKey,
  type Histogram,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { bounded } from '../exchange/bounded-text.ts';
import type { Caller, Exchange, OutgoingRequest } from '../exchange/exchange.ts';
import type { Ending, Note, Observation, Observer, Refused } from '../exchange/observer.ts';
import { type KnownTargets, knownMethod } from './known-names.ts';
import {
  attributesOf,
  type Message,
  NETWORK,
  targetAttributes,
  verdictAttributes,
  versionOf,
} from './mcp-attributes.ts';
import { ATTRIBUTES } from './names.ts';
import { traceContextOf } from './trace-context.ts';
import { verdictOf } from './verdict.ts';

/** Under this key a context carries the name of the server whose work it is. */
export const SERVER_KEY = createContextKey('mcp server');

const MAX_DESCRIPTION_LENGTH = 512;

export interface McpObserverOptions {
  readonly tracer: Tracer;
  /** Seconds. */
  readonly duration: Histogram;
  readonly targets: KnownTargets;
  readonly onRefused: (refused: Refused) => void;
  /** A refusal that has a span, in whose context this is called. */
  readonly onMessageRefused: (refused: Refused) => void;
}

export function createMcpObserver(options: McpObserverOptions): Observer {
  let isFirst = true;
  const begin = (server: string, message: Message, caller: Caller, startedAt: number): Begun => {
    const { parent, links } = traceContextOf(message.params, caller);
    const own = parent.setValue(SERVER_KEY, server);
    const attributes = attributesOf(message, caller);
    if (isFirst) attributes[ATTRIBUTES.coldStart] = true;
    isFirst = false;
    const method = attributes[ATTRIBUTES.methodName] as string;
    const kind = SpanKind.SERVER;
    const span = options.tracer.startSpan(
      method,
      { kind, startTime: startedAt, links, attributes },
      own,
    );
    return { span, method, active: trace.setSpan(own, span) };
  };
  return {
    start(server, exchange, startedAt) {
      const begun = begin(server, exchange.request, exchange.caller, startedAt);
      return new SpanObservation({ ...begun, server, exchange, startedAt }, options);
    },
    notified(server, notification, caller) {
      const now = performance.now();
      begin(server, notification, caller, now).span.end(now);
    },
    refused: options.onRefused,
  };
}

interface Begun {
  readonly span: Span;
  readonly method: string;
  /** The context in which the message's work runs. */
  readonly active: Context;
}

interface ObservedExchange extends Begun {
  readonly server: string;
  readonly exchange: Exchange;
  readonly startedAt: number;
}

class SpanObservation implements Observation {
  readonly #observed: ObservedExchange;
  readonly #options: McpObserverOptions;
  #hasEnded = false;

  constructor(observed: ObservedExchange, options: McpObserverOptions) {
    this.#observed = observed;
    this.#options = options;
  }

  get traceparent(): string {
    const { traceId, spanId, traceFlags } = this.#observed.span.spanContext();
    return `00-${traceId}-${spanId}-0${traceFlags & 1}`;
  }

  run<T>(work: () => T): T {
    return context.with(this.#observed.active, work);
  }

  note(note: Note): void {
    if (note.kind === 'question') this.#question(note);
    else if (note.kind === 'dependency') this.#dependency(note.request);
    // From here on the client only listens: minutes of silence would be the server's slowest calls.
    else if (note.notification.method === 'notifications/subscriptions/acknowledged') {
      this.end({ outcome: 'ok' });
    }
  }

  end(ending: Ending): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const { span, method, server, exchange, startedAt } = this.#observed;
    const verdict = verdictOf(ending);
    const endedAt = performance.now();
    const wasServed =
      ending.answer !== undefined && 'result' in ending.answer && !verdict.errorType;
    const target = this.#options.targets.nameOf(server, exchange.request, wasServed);
    const described = { ...targetAttributes(method, target), ...verdictAttributes(verdict) };
    if (target) span.updateName(`${method} ${target}`);
    span.setAttributes(described);
    if (verdict.outcome) span.setAttribute(ATTRIBUTES.outcome, verdict.outcome);
    if (verdict.errorType) {
      const message = bounded(verdict.description, MAX_DESCRIPTION_LENGTH);
      span.setStatus({ code: SpanStatusCode.ERROR, ...(message && { message }) });
    }
    span.end(endedAt);
    const { refused } = ending;
    if (refused) this.run(() => this.#options.onMessageRefused(refused));
    const version = versionOf(exchange.request, exchange.caller);
    const dimensions = {
      [ATTRIBUTES.serverName]: server,
      [ATTRIBUTES.methodName]: method,
      ...described,
      ...(version && { [ATTRIBUTES.protocolVersion]: version }),
      ...NETWORK,
    };
    this.#options.duration.record((endedAt - startedAt) / 1000, dimensions, this.#observed.active);
  }

  /** Of a server that this process cannot watch; the same attributes as those of one it can. */
  #dependency({ method, url, startedAt, endedAt, status, errorType }: OutgoingRequest): void {
    const { hostname, port, pathname, protocol } = new URL(url);
    const attributes = {
      'http.request.method': method,
      'url.full': url,
      'url.path': pathname,
      'url.scheme': protocol.slice(0, -1),
      'server.address': hostname,
      'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
      ...(status !== undefined && { [ATTRIBUTES.httpStatus]: status }),
      ...(errorType !== undefined && { [ATTRIBUTES.errorType]: errorType }),
    };
    const options = { kind: SpanKind.CLIENT, startTime: startedAt, attributes };
    const span = this.#options.tracer.startSpan(method, options, this.#observed.active);
    if (errorType !== undefined || (status ?? 0) >= 400) {
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end(endedAt);
  }

  /** The other way round: the server asked its client, and waited. */
  #question({ question, askedAt, answer }: Extract<Note, { kind: 'question' }>): void {
    const method = knownMethod(question.method);
    const attributes = { [ATTRIBUTES.methodName]: method, ...NETWORK };
    const options = { kind: SpanKind.CLIENT, startTime: askedAt, attributes };
    const span = this.#options.tracer.startSpan(method, options, this.#observed.active);
    if ('error' in answer) {
      span.setAttribute(ATTRIBUTES.statusCode, String(answer.error.code));
      span.setAttribute(ATTRIBUTES.errorType, String(answer.error.code));
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end(performance.now());
  }
}
