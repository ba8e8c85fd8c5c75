// One POST from its parsed body to its HTTP answer: message, era, exchange, response. The flow of the protocol room.

import type { IncomingHttpHeaders } from 'node:http';
import { ask } from '../exchange/ask.ts';
import type {
  Answer,
  Caller,
  Era,
  JsonRpcNotification,
  JsonRpcRequest,
} from '../exchange/exchange.ts';
import type { Ending, Refused } from '../exchange/observer.ts';
import { type Conversation, ExchangeEnded, type OpenExchange } from '../exchange/open-exchange.ts';
import { ScopesNeeded } from '../exchange/scopes-needed.ts';
import { type AnswerForm, answerFormOf } from './accept.ts';
import { clientOf } from './envelope.ts';
import { classifyEra } from './era.ts';
import { answerLegacy } from './legacy.ts';
import { type JsonRpcResponse, readMessage } from './message.ts';
import { checkModern } from './modern/checks.ts';
import { isWanted } from './modern/log-level.ts';
import { modernStatus } from './modern/results.ts';
import { answerModern } from './modern/serve-modern.ts';
import type { QuestionDesk } from './questions/question-desk.ts';
import { HostError } from './refusals.ts';
import { McpResponse, type Respond } from './response.ts';
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
  open(request: JsonRpcRequest, era: Era, conversation: Conversation): OpenExchange;
  /** Told once how the exchange ended. @returns who was refused what, when it was. */
  closed(exchange: OpenExchange, outcome: Outcome): Refused | undefined;
  /** The refusal of a caller whose token lacks scopes of an operation. */
  scopesNeeded(scopes: readonly string[]): HostError;
  /** Told of a notification, which becomes no exchange. */
  notified(notification: JsonRpcNotification): void;
  /** Told of a server that failed before its handler was reached. */
  failed(exchange: OpenExchange, error: unknown): void;
}

const ACCEPTED = { status: 202, headers: {} } as const;

/** How an exchange ended, for logs: `ok`, `tool-error`, `disconnected`, a refusal's reason word, or `error -32602`. */
export type Outcome = string;

/** @throws HostError for a body or headers that never become an exchange; `respond` is not called then. */
export function serveMessage(
  body: unknown,
  headers: IncomingHttpHeaders,
  mounted: Mounted,
  respond: Respond,
): void {
  const form = answerFormOf(headers.accept);
  const message = readMessage(body);
  if (message.kind === 'response') {
    acceptResponse(message.response, mounted);
    respond(ACCEPTED);
    return;
  }
  const era = classifyEra(message, headers['mcp-protocol-version'] as string | undefined);
  if (message.kind === 'notification') {
    // Without sessions a notification can concern nothing that lives on: accepted, without effect.
    if (era === 'modern') checkModern(message, headers);
    mounted.refuseQuarantined();
    mounted.notified(message.notification);
    respond(ACCEPTED);
    return;
  }
  const request = withoutTasks(message.request);
  const incoming = { request, headers, form, mounted, respond };
  if (era === 'modern') serveModern(incoming);
  else serveLegacy(incoming);
}

function acceptResponse({ id, answer }: JsonRpcResponse, { desk, caller }: Mounted): void {
  if (!desk.answer(id, caller, answer)) throw new HostError('unexpected-response');
}

/** A request on its way to its exchange. */
interface IncomingRequest {
  readonly request: JsonRpcRequest;
  readonly headers: IncomingHttpHeaders;
  readonly form: AnswerForm;
  readonly mounted: Mounted;
  readonly respond: Respond;
}

function serveLegacy(incoming: IncomingRequest): void {
  const { request, headers, mounted } = incoming;
  const { name, caller, sealer, desk, inputTimeoutMs } = mounted;
  const response = openResponse(incoming, (reason) => exchange.end(reason));
  const exchange = mounted.open(request, 'legacy', {
    readClient: () => clientOfSession(headers[SESSION_HEADER], name, caller, sealer),
    onNotification: (notification) => response.notify(notification),
    onQuestion: (question, withdrawn) =>
      desk.ask(question, withdrawn, { exchange, response, inputTimeoutMs }),
  });
  const work = ({ backend, rules }: Served): Answer | Promise<Answer> =>
    answerLegacy(exchange, backend.declarations) ?? ask(exchange, backend, rules);
  const finish = (answer: Answer): void => {
    const isHandshake = request.method === 'initialize' && 'result' in answer;
    const session = isHandshake ? sessionHeaders(request, name, caller, sealer) : undefined;
    response.finish(answer, 200, session);
  };
  run(exchange, response, mounted, work, finish);
}

function serveModern(incoming: IncomingRequest): void {
  const { request, mounted } = incoming;
  const response = openResponse(incoming, (reason) => exchange.end(reason));
  const exchange = mounted.open(request, 'modern', {
    readClient: () => clientOf(request),
    onNotification: (notification) => {
      if (isWanted(request, notification)) response.notify(notification);
    },
    // Runs of this era ask through their own exchange; see questions/asking-run.ts.
    onQuestion: async () => ({ error: { code: -32603, message: 'This request cannot ask.' } }),
  });
  const work = (served: Served): Promise<Answer> => answerModern(exchange, incoming, served);
  const finish = (answer: Answer): void => response.finish(answer, modernStatus(answer));
  run(exchange, response, mounted, work, finish);
}

function openResponse(
  { request, form, mounted, respond }: IncomingRequest,
  onOverflow: (reason: 'slow-reader' | 'result-too-large') => void,
): McpResponse {
  const { maxResultBytes } = mounted;
  return new McpResponse({ id: request.id, form, maxResultBytes, onOverflow, respond });
}

/** Runs the work of an exchange. What goes wrong is answered, too. */
function run(
  exchange: OpenExchange,
  response: McpResponse,
  mounted: Mounted,
  work: (served: Served) => Answer | Promise<Answer>,
  finish: (answer: Answer) => void,
): void {
  const conclude = (ending: Ending): void => {
    mounted.desk.leave(exchange);
    const refused = mounted.closed(exchange, ending.outcome);
    exchange.conclude(refused ? { ...ending, refused } : ending);
  };
  const failed = (error: unknown): void =>
    conclude(fail(response, causeOf(error, mounted), () => mounted.failed(exchange, error)));
  const answered = (answer: Answer): void => {
    try {
      finish(answer);
    } catch (error) {
      failed(error);
      return;
    }
    conclude({ outcome: outcomeOf(answer), answer });
  };
  const begin = (): Answer | Promise<Answer> => {
    const served = mounted.serving();
    if (!('then' in served)) return work(served);
    return served.then((ready) => {
      // The caller may have left, or run out of time, while the server was loading.
      exchange.throwIfEnded();
      return work(ready);
    });
  };
  exchange.within(() => exchange.run(begin, { answered, failed }));
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
