// One POST from its parsed body to its HTTP answer: message, era, exchange, response. The flow of the protocol room.

import type { IncomingHttpHeaders } from 'node:http';
import { ask } from '../exchange/ask.ts';
import type { Answer, Caller, JsonRpcNotification } from '../exchange/exchange.ts';
import type { Ending, Refused } from '../exchange/observer.ts';
import {
  ExchangeEnded,
  type OpenExchange,
  type OpenExchangeOptions,
} from '../exchange/open-exchange.ts';
import { ScopesNeeded } from '../exchange/scopes-needed.ts';
import { clientOf } from './envelope.ts';
import { classifyEra, type EraMessage } from './era.ts';
import { answerLegacy } from './legacy.ts';
import { type JsonRpcResponse, readMessage } from './message.ts';
import { checkModern } from './modern/checks.ts';
import { logFilter } from './modern/log-level.ts';
import { modernStatus } from './modern/results.ts';
import { answerModern } from './modern/serve-modern.ts';
import type { QuestionDesk } from './questions/question-desk.ts';
import { HostError } from './refusals.ts';
import { type AnswerForm, answerFormOf, type HttpAnswer, McpResponse } from './response.ts';
import type { Sealer } from './seal.ts';
import type { Served } from './served.ts';
import { clientOfSession, SESSION_HEADER, sessionHeaders } from './session.ts';
import { withoutTasks } from './tasks.ts';

/** What the protocol room needs from the mount of a server. */
export interface Mounted {
  readonly name: string;
  readonly caller: Caller;
  readonly maxResultBytes: number;
  /** How long a client may take to answer a question, milliseconds. */
  readonly inputTimeoutMs: number;
  /** Where questions of the 2025 era wait for their answers. */
  readonly desk: QuestionDesk;
  readonly sealer: Sealer;
  /** Waits while the server loads. @throws HostError `quarantined`. */
  serving(): Served | Promise<Served>;
  /** Lets a server pass that is still loading. @throws HostError `quarantined`. */
  refuseQuarantined(): void;
  /** Opens an exchange with the caller, the deadline and the abort signal of this HTTP request. */
  open(options: Omit<OpenExchangeOptions, 'caller' | 'timeoutMs'>): OpenExchange;
  /** Told once how the exchange ended. @returns who was refused what, when it was. */
  closed(exchange: OpenExchange, outcome: Outcome): Refused | undefined;
  /** The refusal of a caller whose token lacks scopes of an operation. */
  scopesNeeded(scopes: readonly string[]): HostError;
  /** Told of a notification, which becomes no exchange. */
  notified(notification: JsonRpcNotification): void;
  /** Told of a server that failed before its handler was reached. */
  failed(exchange: OpenExchange, error: unknown): void;
}

/** How an exchange ended, for logs: `ok`, `tool-error`, `disconnected`, a refusal's reason word, or `error -32602`. */
export type Outcome = string;

type RequestMessage = Extract<EraMessage, { readonly kind: 'request' }>;

/** @throws HostError for a body or headers that never become an exchange. */
export function serveMessage(
  body: unknown,
  headers: IncomingHttpHeaders,
  mounted: Mounted,
): HttpAnswer | Promise<HttpAnswer> {
  const form = answerFormOf(headers.accept);
  const message = readMessage(body);
  if (message.kind === 'response') return acceptResponse(message.response, mounted);
  const era = classifyEra(message, headers['mcp-protocol-version'] as string | undefined);
  if (message.kind === 'notification') {
    // Without sessions a notification can concern nothing that lives on: accepted, without effect.
    if (era === 'modern') checkModern(message, headers);
    mounted.refuseQuarantined();
    mounted.notified(message.notification);
    return { status: 202, headers: {} };
  }
  const serve = era === 'modern' ? serveModern : serveLegacy;
  return serve({ ...message, request: withoutTasks(message.request) }, headers, form, mounted);
}

function acceptResponse({ id, answer }: JsonRpcResponse, mounted: Mounted): HttpAnswer {
  const { desk, caller } = mounted;
  if (!desk.answer(id, caller, answer)) throw new HostError('unexpected-response');
  return { status: 202, headers: {} };
}

function serveLegacy(
  message: RequestMessage,
  headers: IncomingHttpHeaders,
  form: AnswerForm,
  mounted: Mounted,
): Promise<HttpAnswer> {
  const { name, caller, sealer, desk, inputTimeoutMs } = mounted;
  const { request } = message;
  const response = openResponse(request.id, form, mounted, (reason) => exchange.end(reason));
  const exchange = mounted.open({
    request,
    era: 'legacy',
    readClient: () => clientOfSession(headers[SESSION_HEADER], name, caller, sealer),
    onNotification: (notification) => response.notify(notification),
    onQuestion: (question, withdrawn) => {
      const options = { exchange, response, inputTimeoutMs };
      return desk.ask(question, withdrawn, options);
    },
  });
  const work = async (): Promise<Answer> => {
    const { backend, rules } = await servingFor(exchange, mounted);
    return answerLegacy(exchange, backend.declarations) ?? (await ask(exchange, backend, rules));
  };
  const finish = (answer: Answer): void => {
    const isHandshake = request.method === 'initialize' && 'result' in answer;
    const session = isHandshake ? sessionHeaders(request, name, caller, sealer) : undefined;
    response.finish(answer, 200, session);
  };
  void exchange.within(() => settle(exchange, response, mounted, work, finish));
  return response.head;
}

function serveModern(
  message: RequestMessage,
  headers: IncomingHttpHeaders,
  form: AnswerForm,
  mounted: Mounted,
): Promise<HttpAnswer> {
  const { request } = message;
  const isWanted = logFilter(request);
  const response = openResponse(request.id, form, mounted, (reason) => exchange.end(reason));
  const exchange = mounted.open({
    request,
    era: 'modern',
    readClient: () => clientOf(request),
    onNotification: (notification) => {
      if (isWanted(notification)) response.notify(notification);
    },
    // Runs of this era ask through their own exchange; see questions/asking-run.ts.
    onQuestion: async () => ({ error: { code: -32603, message: 'This request cannot ask.' } }),
  });
  const work = async (): Promise<Answer> =>
    answerModern(exchange, message, headers, await servingFor(exchange, mounted));
  const finish = (answer: Answer): void => response.finish(answer, modernStatus(answer));
  void exchange.within(() => settle(exchange, response, mounted, work, finish));
  return response.head;
}

/** The caller may have left, or run out of time, while the server was loading. */
async function servingFor(exchange: OpenExchange, mounted: Mounted): Promise<Served> {
  const served = await mounted.serving();
  exchange.throwIfEnded();
  return served;
}

function openResponse(
  id: RequestMessage['request']['id'],
  form: AnswerForm,
  { maxResultBytes }: Mounted,
  onOverflow: (reason: 'slow-reader' | 'result-too-large') => void,
): McpResponse {
  return new McpResponse({ id, form, maxResultBytes, onOverflow });
}

/** Never rejects: what goes wrong is answered. */
async function settle(
  exchange: OpenExchange,
  response: McpResponse,
  mounted: Mounted,
  work: () => Promise<Answer>,
  finish: (answer: Answer) => void,
): Promise<void> {
  let ending: Ending;
  try {
    const answer = await exchange.run(work);
    finish(answer);
    ending = { outcome: outcomeOf(answer), answer };
  } catch (error) {
    ending = fail(response, causeOf(error, mounted), () => mounted.failed(exchange, error));
  }
  mounted.desk.leave(exchange);
  const refused = mounted.closed(exchange, ending.outcome);
  exchange.conclude(refused ? { ...ending, refused } : ending);
}

/** The scopes are the author's: what is wrong with them must not leave the request without an answer. */
function causeOf(error: unknown, mounted: Mounted): unknown {
  if (!(error instanceof ScopesNeeded)) return error;
  try {
    return mounted.scopesNeeded(error.scopes);
  } catch (fault) {
    return fault;
  }
}

function outcomeOf(answer: Answer): Outcome {
  if ('error' in answer) return `error ${answer.error.code}`;
  const { isError, resultType } = answer.result as { isError?: unknown; resultType?: unknown };
  if (resultType === 'input_required') return 'input-required';
  return isError === true ? 'tool-error' : 'ok';
}

function fail(response: McpResponse, error: unknown, onServerFailed: () => void): Ending {
  const outcome = error instanceof ExchangeEnded ? error.reason : undefined;
  if (outcome === 'disconnected' || outcome === 'slow-reader') {
    response.abandon();
    return { outcome };
  }
  const refusal = outcome ? new HostError(outcome) : toHostError(error, onServerFailed);
  response.fail(refusal);
  return { outcome: refusal.reason, answer: { error: refusal.error }, status: refusal.status };
}

function toHostError(error: unknown, onServerFailed: () => void): HostError {
  if (error instanceof HostError) return error;
  onServerFailed();
  return new HostError('server-failed', { cause: error });
}
