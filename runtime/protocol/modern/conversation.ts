// One request of 2026-07-28: its checks in the order of the specification, what the host answers
// itself, and the server's run with its questions.

import type { Declarations } from '../../exchange/backend.ts';
import type { Answer, Client, JsonRpcNotification } from '../../exchange/exchange.ts';
import type { Conversation, OpenExchange } from '../../exchange/open-exchange.ts';
import { ERROR_CODES, MODERN_VERSIONS } from '../../exchange/wire-names.ts';
import type { Endpoint } from '../endpoint.ts';
import { clientOf } from '../envelope.ts';
import { type IncomingRequest, whenReady } from '../incoming.ts';
import { checkParams } from '../params.ts';
import { personKey } from '../session.ts';
import { isTaskMethod, refuseTask } from '../tasks.ts';
import { askServer } from './ask-server.ts';
import { checkModern } from './checks.ts';
import { isWanted } from './log-level.ts';
import { refuseUnknownMethod } from './methods.ts';
import { checkParamHeaders } from './param-headers.ts';
import { modernAnswer, modernStatus } from './results.ts';

export class ModernConversation implements Conversation {
  readonly #incoming: IncomingRequest;

  constructor(incoming: IncomingRequest) {
    this.#incoming = incoming;
  }

  /** @throws HostError for a request that never reaches the server; what the backend throws. */
  answer(exchange: OpenExchange): Answer | Promise<Answer> {
    const { headers, endpoint } = this.#incoming;
    checkModern({ kind: 'request', request: exchange.request }, headers);
    return whenReady(exchange, endpoint.backend, () => this.#answer(exchange));
  }

  /**
   * @throws HostError `invalid-result`, `result-too-large` or `task-result`; nothing was sent then.
   */
  deliver(answer: Answer, { request }: OpenExchange): void {
    refuseTask(request, answer);
    this.#incoming.response.finish(answer, modernStatus(answer));
  }

  clientKey({ caller }: OpenExchange): string | undefined {
    return personKey(caller);
  }

  readClient({ request }: OpenExchange): Client {
    return clientOf(request);
  }

  onNotification(
    notification: JsonRpcNotification,
    { request }: OpenExchange,
  ): Promise<void> | undefined {
    if (isTaskMethod(notification.method) || !isWanted(request, notification)) return undefined;
    return this.#incoming.response.notify(notification);
  }

  /** Runs of this era ask through their own exchange; see questions/asking-run.ts. */
  async onQuestion(): Promise<Answer> {
    const { internalError } = ERROR_CODES;
    return {
      error: {
        code: internalError,
        message: 'The server cannot ask its client during this request.',
      },
    };
  }

  async #answer(exchange: OpenExchange): Promise<Answer> {
    const { headers, form, endpoint } = this.#incoming;
    const { backend, config, subscriptions } = endpoint;
    const { request } = exchange;
    const declarations = backend.declarations as Declarations;
    refuseUnknownMethod(request, declarations);
    if (request.method === 'tools/call' && declarations.readingTools) {
      await declarations.readingTools;
      // The caller may have left, or run out of time, meanwhile.
      exchange.throwIfEnded();
    }
    checkParamHeaders(request, headers, endpoint.paramHeaders());
    checkParams(request, declarations.capabilities);
    const answer = await (request.method === 'server/discover'
      ? discover(endpoint)
      : request.method === 'subscriptions/listen'
        ? subscriptions.listen(exchange, form)
        : askServer(exchange, endpoint));
    return modernAnswer(request, answer, declarations, config);
  }
}

function discover({ backend, modernCapabilities }: Endpoint): Answer {
  const instructions = backend.declarations?.instructions;
  return {
    result: {
      supportedVersions: MODERN_VERSIONS,
      capabilities: modernCapabilities(),
      ...(instructions && { instructions }),
    },
  };
}
