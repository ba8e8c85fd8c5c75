// The 2025 era (up to 2025-11-25) without sessions: the host answers the handshake from the
// server's declarations, and passes everything else on.

import { type Declarations, legacyCapabilitiesOf } from '../exchange/backend.ts';
import type {
  Answer,
  Client,
  Exchange,
  JsonRpcNotification,
  Question,
  QuestionOptions,
} from '../exchange/exchange.ts';
import type { Conversation, OpenExchange } from '../exchange/open-exchange.ts';
import { ERROR_CODES, LEGACY_VERSIONS } from '../exchange/wire-names.ts';
import type { Endpoint } from './endpoint.ts';
import { type IncomingRequest, whenReady } from './incoming.ts';
import { checkParams } from './params.ts';
import {
  clientOfSession,
  personKey,
  SESSION_HEADER,
  sessionHeaders,
  sessionKey,
} from './session.ts';
import { isTaskMethod, refuseTask } from './tasks.ts';

const NEWEST = '2025-11-25';

/**
 * One request of this era: how it is answered, and what it does with what the server says before.
 */
export class LegacyConversation implements Conversation {
  readonly #incoming: IncomingRequest;

  constructor(incoming: IncomingRequest) {
    this.#incoming = incoming;
  }

  /** Answers by itself what needs no server. @throws what the backend throws. */
  answer(exchange: OpenExchange): Answer | Promise<Answer> {
    const { endpoint } = this.#incoming;
    const go = () => answerByHost(exchange, endpoint) ?? endpoint.backend.answer(exchange);
    return whenReady(exchange, endpoint.backend, go);
  }

  /**
   * @throws HostError `invalid-result`, `result-too-large` or `task-result`; nothing was sent then.
   */
  deliver(answer: Answer, { request, caller }: OpenExchange): void {
    refuseTask(request, answer);
    const { endpoint, response } = this.#incoming;
    const isHandshake = request.method === 'initialize' && 'result' in answer;
    const session = isHandshake
      ? sessionHeaders(request, endpoint.config.name, caller, endpoint.sealer)
      : undefined;
    response.finish(answer, 200, session);
  }

  get sessionId(): string | undefined {
    return this.#incoming.headers[SESSION_HEADER] as string | undefined;
  }

  clientKey({ caller }: OpenExchange): string | undefined {
    const { headers, endpoint } = this.#incoming;
    const { config, sealer } = endpoint;
    return sessionKey(headers[SESSION_HEADER], config.name, caller, sealer) ?? personKey(caller);
  }

  readClient({ caller }: OpenExchange): Client {
    const { headers, endpoint } = this.#incoming;
    const { config, sealer } = endpoint;
    return clientOfSession(headers[SESSION_HEADER], config.name, caller, sealer);
  }

  onNotification(notification: JsonRpcNotification): Promise<void> | undefined {
    if (isTaskMethod(notification.method)) return undefined;
    return this.#incoming.response.notify(notification);
  }

  onQuestion(
    question: Question,
    options: QuestionOptions,
    exchange: OpenExchange,
  ): Promise<Answer> {
    const { endpoint, response } = this.#incoming;
    const { inputTimeoutMs } = endpoint.config;
    return endpoint.desk.ask(question, options, { exchange, response, inputTimeoutMs });
  }
}

function answerByHost({ request }: Exchange, endpoint: Endpoint): Answer | undefined {
  const { method, params } = request;
  const declarations = endpoint.backend.declarations as Declarations;
  checkParams(request, legacyCapabilitiesOf(declarations));
  switch (method) {
    case 'initialize':
      return initialize(params?.protocolVersion as string, declarations, endpoint);
    case 'ping':
      return { result: {} };
    case 'logging/setLevel':
      return setLevel(declarations);
    default:
      return isTaskMethod(method) ? methodNotFound() : undefined;
  }
}

// MCP 2025-11-25, lifecycle, "Version Negotiation": echo a supported version, otherwise name
// another one.
function initialize(
  requested: string,
  { serverInfo, instructions }: Declarations,
  endpoint: Endpoint,
): Answer {
  return {
    result: {
      protocolVersion: LEGACY_VERSIONS.includes(requested) ? requested : NEWEST,
      capabilities: endpoint.legacyCapabilities(),
      serverInfo,
      ...(instructions && { instructions }),
    },
  };
}

// Accepted without effect: the SDKs keep levels per session, and there is none. All messages are
// sent.
function setLevel(declarations: Declarations): Answer {
  return legacyCapabilitiesOf(declarations).logging ? { result: {} } : methodNotFound();
}

function methodNotFound(): Answer {
  return { error: { code: ERROR_CODES.methodNotFound, message: 'Method not found' } };
}
