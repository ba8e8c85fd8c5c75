// One POST from its parsed body to its HTTP answer: reads the message, opens its exchange, runs it
// and closes it.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Answer, Exchange } from '../exchange/exchange.ts';
import type { Ending } from '../exchange/observer.ts';
import { ExchangeEnded, OpenExchange } from '../exchange/open-exchange.ts';
import { HostError, isRefusal } from '../exchange/refusals.ts';
import { ScopesNeeded } from '../exchange/scopes-needed.ts';
import { NOTIFICATIONS } from '../exchange/wire-names.ts';
import { answerFormOf } from '../protocol/accept.ts';
import { cancelRequest } from '../protocol/cancellation.ts';
import { type EraConversation, openConversation } from '../protocol/conversation.ts';
import { classifyEra } from '../protocol/era.ts';
import { type IncomingMessage, readMessage } from '../protocol/message.ts';
import { checkModern } from '../protocol/modern/checks.ts';
import { McpResponse } from '../protocol/response.ts';
import { withoutTasks } from '../protocol/tasks.ts';
import { refusedOf } from './audit.ts';
import { gateOf } from './authorize.ts';
import { HttpCaller } from './caller.ts';
import { attach, detach } from './disconnect.ts';
import type { MountOptions } from './mount-options.ts';
import type { MountedServer } from './mounted-server.ts';
import { logExchange } from './request-log.ts';
import { send } from './send.ts';

const ACCEPTED = { status: 202, headers: {} } as const;

/**
 * @param startedAt `performance.now()` when the request reached its handler.
 * @throws HostError for a body or headers that never become an exchange; nothing was sent then.
 */
export function answerMessage(
  request: FastifyRequest,
  reply: FastifyReply,
  mount: MountOptions,
  startedAt: number,
): void {
  const { server, environment, isDraining, log } = mount;
  const { config, endpoint } = server;
  refuseUnreadable(request, mount);

  const { headers } = request;
  const form = answerFormOf(headers.accept);
  const message = readMessage(request.body);
  const caller = new HttpCaller(request, config, environment);
  if (message.kind !== 'request') {
    accept(message, request, caller, mount);
    request.holding?.release();
    send(reply, ACCEPTED, isDraining());
    return;
  }
  const era = classifyEra(message, headers['mcp-protocol-version'] as string | undefined);

  // Open.
  if (server.isFull || request.holding?.isReleased) throw new HostError('overloaded');
  const rpc = withoutTasks(message.request);
  const response = new McpResponse({
    id: rpc.id,
    form,
    maxResultBytes: config.maxResultBytes,
    share: server.share,
    carrier: reply.raw,
    respond: (answer) => send(reply, answer, isDraining()),
    onOverflow: (reason) => exchange.end(reason),
    onUnread: () => log.warn({ server: config.name, reason: 'slow-reader' }, 'answer not read'),
  });
  const conversation = openConversation(era, { headers, form, endpoint, response });
  const exchange = new OpenExchange({
    request: rpc,
    era,
    caller,
    conversation,
    timeoutMs: config.timeoutMs,
    observe: observeBy(mount, startedAt),
  });
  server.inFlight.add(exchange);
  // Fastify's own `request.signal` fires as soon as a body was read, so the socket is watched
  // instead.
  attach(exchange, request.raw.socket);

  // Run.
  exchange.run(
    () => conversation.answer(exchange),
    (answer, error) => {
      // Close.
      const ended = { answer, error, exchange, conversation, response, request, caller, mount };
      const preparing = answer && response.prepare(answer);
      if (preparing) void preparing.then(() => close(unlessGone(ended), startedAt));
      else close(ended, startedAt);
    },
  );
}

function close(ended: Ended, startedAt: number): void {
  const ending = end(ended);
  leave(ended);
  tell(ended, ending, startedAt);
}

/** The client may have left while the answer was written; the exchange had its answer by then. */
function unlessGone(ended: Ended): Ended {
  const { whyGone } = ended.response;
  if (!whyGone) return ended;
  // Its handler has ended, so it is none that goes on for nobody.
  ended.request.holding?.release();
  return { ...ended, answer: undefined, error: new ExchangeEnded(whyGone) };
}

function leave({ exchange, error, request: { raw, holding }, mount: { server } }: Ended): void {
  server.endpoint.desk.leave(exchange);
  server.inFlight.delete(exchange);
  if (holding && error instanceof ExchangeEnded) server.abandoned.keep(holding);
  else holding?.release();
  detach(exchange, raw.socket);
}

/** @returns undefined if there is no observer. */
function observeBy({ server, observing: { observer } }: MountOptions, startedAt: number) {
  if (!observer) return undefined;
  const { name } = server.config;
  return (opened: Exchange) => observer.start(name, opened, startedAt);
}

function refuseUnreadable({ body }: FastifyRequest, { isDraining }: MountOptions): void {
  if (isDraining()) throw new HostError('draining');
  if (body === undefined) throw new HostError('invalid-json');
}

/** A message that becomes no exchange: an answer to a question, or a notification. */
function accept(
  message: Exclude<IncomingMessage, { readonly kind: 'request' }>,
  { headers }: FastifyRequest,
  caller: HttpCaller,
  { server, observing }: MountOptions,
): void {
  const { config, backend, endpoint } = server;
  if (message.kind === 'response') {
    const { id, answer } = message.response;
    if (!endpoint.desk.answer(id, caller, answer)) throw new HostError('unexpected-response');
    return;
  }
  const era = classifyEra(message, headers['mcp-protocol-version'] as string | undefined);
  if (era === 'modern') checkModern(message, headers);
  // It need not wait for the server; one that cannot be reached is refused all the same.
  backend.ready(era, caller, message.notification)?.catch(() => {});
  observing.observer?.notified(config.name, message.notification, caller);
  // Only these two can concern something that lives on in this process. In 2026-07-28 closing the
  // stream cancels.
  const { method, params } = message.notification;
  if (method === NOTIFICATIONS.progress) endpoint.desk.progress(params, caller);
  if (era === 'legacy' && method === NOTIFICATIONS.cancelled) {
    cancelRequest(message.notification, headers, caller, endpoint, server.inFlight);
  }
}

/** A request with what became of it. */
interface Ended {
  readonly answer: Answer | undefined;
  readonly error: unknown;
  readonly exchange: OpenExchange;
  readonly conversation: EraConversation;
  readonly response: McpResponse;
  readonly request: FastifyRequest;
  readonly caller: HttpCaller;
  readonly mount: MountOptions;
}

/** Sends the answer, or an error in its place. @returns how the exchange ended. */
function end({ answer, error, exchange, conversation, response, ...rest }: Ended): Ending {
  const { request, caller, mount } = rest;
  let failure = error;
  if (answer) {
    try {
      conversation.deliver(answer, exchange);
      return { outcome: outcomeOf(answer), answer };
    } catch (fault) {
      failure = fault;
    }
  }
  const reason = failure instanceof ExchangeEnded ? failure.reason : undefined;
  if (reason === 'disconnected' || reason === 'slow-reader') {
    response.abandon();
    return { outcome: reason };
  }
  if (reason === 'cancelled' && response.endUnanswered()) return { outcome: reason };
  const refusal = reason ? new HostError(reason) : toHostError(failure, mount);
  response.fail(refusal);
  const { name } = mount.server.config;
  return {
    outcome: refusal.reason,
    answer: { error: refusal.error },
    status: refusal.status,
    ...(isRefusal(refusal.reason) && {
      refused: refusedOf(request, refusal, name, mount.audit.nameOf(caller.identity)),
    }),
  };
}

/** Tells the log, the records and the observer how it ended. */
function tell(
  { exchange, conversation, request: { headers }, caller, mount }: Ended,
  ending: Ending,
  startedAt: number,
): void {
  const { server, audit } = mount;
  const called = audit.calls?.calledBy(caller, exchange, conversation);
  const record = { server: server.config.name, exchange, ending, startedAt, headers, called };
  logExchange(mount, record);
  exchange.conclude(ending);
}

function toHostError(failure: unknown, { server, log, limits }: MountOptions): HostError {
  if (failure instanceof HostError) return failure;
  if (failure instanceof ScopesNeeded) return scopesNeeded(failure, server);
  const { name } = server.config;
  if (limits.failures.allows(name)) log.error({ server: name, err: failure }, 'server failed');
  return new HostError('server-failed', { cause: failure });
}

function scopesNeeded({ scopes }: ScopesNeeded, { authorization }: MountedServer): HostError {
  // Where no token is asked for, there is nowhere to send the caller for a better one.
  if (!authorization) return new HostError('insufficient-scope');
  return gateOf(authorization).scopesNeeded(scopes);
}

function outcomeOf(answer: Answer): string {
  if ('error' in answer) return `error ${answer.error.code}`;
  const { isError, resultType } = answer.result as { isError?: unknown; resultType?: unknown };
  if (resultType === 'input_required') return 'input-required';
  return isError === true ? 'tool-error' : 'ok';
}
