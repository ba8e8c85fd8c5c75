// One POST from its parsed body to its HTTP answer: message, era, exchange, response. The flow of the protocol room.

import type { IncomingHttpHeaders } from 'node:http';
import { ask, type ExchangeRules } from '../exchange/ask.ts';
import type {
  Answer,
  Backend,
  Era,
  Exchange,
  JsonRpcNotification,
  JsonRpcRequest,
} from '../exchange/exchange.ts';
import { ExchangeEnded, type OpenExchange } from '../exchange/open-exchange.ts';
import { classifyEra } from './era.ts';
import { answerLegacy } from './legacy.ts';
import { type IncomingMessage, readMessage } from './message.ts';
import { checkModern, modernStatus, reviewAnswer, withoutSubscriptions } from './modern.ts';
import { HostError } from './refusals.ts';
import { answerFormOf, type HttpAnswer, McpResponse } from './response.ts';
import { withoutTasks } from './tasks.ts';

/** What the protocol room needs from the mount of a server. */
export interface Mounted {
  readonly maxResultBytes: number;
  /** Waits while the server loads. @throws HostError `quarantined`. */
  serving(): Promise<Served>;
  /** Opens an exchange with the caller, the deadline and the abort signal of this HTTP request. */
  open(request: JsonRpcRequest, era: Era, onNotification: NotificationSink): OpenExchange;
  /** Told once how the exchange ended. */
  closed(exchange: OpenExchange, outcome: Outcome): void;
  /** Told of a server that failed before its handler was reached. */
  failed(exchange: OpenExchange, error: unknown): void;
}

/** A server that has been loaded. */
export interface Served {
  readonly backend: Backend;
  readonly rules: ExchangeRules;
}

export type NotificationSink = (notification: JsonRpcNotification) => void;

/** How an exchange ended, for logs: `ok`, `tool-error`, `disconnected`, a refusal's reason word, or `error -32602`. */
export type Outcome = string;

/** @throws HostError for a body or headers that never become an exchange. */
export async function serveMessage(
  body: unknown,
  headers: IncomingHttpHeaders,
  mounted: Mounted,
): Promise<HttpAnswer> {
  const form = answerFormOf(headers.accept);
  const message = readMessage(body);
  const era = classifyEra(message, headers['mcp-protocol-version'] as string | undefined);
  if (message.kind === 'notification') {
    // Without sessions a notification can concern nothing that lives on: accepted, without effect.
    if (era === 'modern') checkModern(message, headers);
    return { status: 202, headers: {} };
  }
  const response = new McpResponse({
    id: message.request.id,
    form,
    maxResultBytes: mounted.maxResultBytes,
    onOverflow: (reason) => exchange.end(reason),
  });
  const review = era === 'modern' ? withoutSubscriptions : withoutTasks;
  const request = review(message.request);
  const exchange = mounted.open(request, era, (notification) => response.notify(notification));
  void exchange
    .run(() => answer(exchange, message, headers, mounted))
    .then((reply) => finish(response, reply, era))
    .catch((error) => fail(response, error, () => mounted.failed(exchange, error)))
    .then((outcome) => mounted.closed(exchange, outcome));
  return response.head;
}

async function answer(
  exchange: Exchange,
  message: IncomingMessage,
  headers: IncomingHttpHeaders,
  mounted: Mounted,
): Promise<Answer> {
  const { backend, rules } = await mounted.serving();
  // The caller may have left, or run out of time, while the server was loading.
  exchange.throwIfEnded();
  if (exchange.era === 'legacy') {
    return answerLegacy(exchange, backend.declarations) ?? (await ask(exchange, backend, rules));
  }
  if (!backend.servesModern) throw new HostError('era-not-served');
  checkModern(message, headers);
  return reviewAnswer(exchange.request, await ask(exchange, backend, rules));
}

function finish(response: McpResponse, reply: Answer, era: Era): Outcome {
  response.finish(reply, era === 'modern' ? modernStatus(reply) : 200);
  if ('error' in reply) return `error ${reply.error.code}`;
  return (reply.result as { isError?: unknown }).isError === true ? 'tool-error' : 'ok';
}

function fail(response: McpResponse, error: unknown, onServerFailed: () => void): Outcome {
  if (error instanceof HostError) {
    response.fail(error);
    return error.reason;
  }
  if (error instanceof ExchangeEnded) {
    const { reason } = error;
    if (reason === 'disconnected' || reason === 'slow-reader') response.abandon();
    else response.fail(new HostError(reason));
    return reason;
  }
  onServerFailed();
  response.fail(new HostError('server-failed', { cause: error }));
  return 'server-failed';
}
