// One session of the 2025 era with a server elsewhere: its handshake, its id, and the questions of
// the server in it. The id never leaves here.

import { bounded, describeError } from '../../exchange/bounded-text.ts';
import type { Answer, Client, Exchange, JsonObject } from '../../exchange/exchange.ts';
import { HostError } from '../../exchange/refusals.ts';
import { ERROR_CODES, LEGACY_VERSIONS, NOTIFICATIONS } from '../../exchange/wire-names.ts';
import { type Handshake, handshakeOf, resultOf } from '../declarations.ts';
import { internalExchange, waitingUntil } from '../internal-exchange.ts';
import { ServerQuestions, whyNobodyIsAsked } from '../server-questions.ts';
import { call, type Hearing } from './call.ts';
import { infoOf } from './client-info.ts';
import { readMessages } from './message-reader.ts';
import type { Reply } from './reply.ts';
import type { Upstream } from './upstream.ts';

const SESSION_HEADER = 'mcp-session-id';
/** For messages that no one waits for. */
const SIDE_LIMIT_MS = 5_000;
const CLOSE_LIMIT_MS = 2_000;
const MAX_DETAIL_LENGTH = 256;

/** The server no longer knows the session, so it has not run the request. */
export class SessionLost extends Error {}

export interface SessionOptions {
  readonly upstream: Upstream;
  readonly nextId: () => number;
  /** What the session's client can be asked; undefined when all callers share the session. */
  readonly client: Client | undefined;
  readonly changed: Hearing['changed'];
}

export class LegacySession {
  readonly #options: SessionOptions;
  #id: string | undefined;
  #version = '2025-11-25';
  #handshake: Handshake | undefined;
  readonly #questions: ServerQuestions;

  private constructor(options: SessionOptions) {
    this.#options = options;
    this.#questions = new ServerQuestions((answer) => this.#sendAside(answer as JsonObject));
  }

  /** @throws HostError. */
  static async open(options: SessionOptions, signal: AbortSignal): Promise<LegacySession> {
    const session = new LegacySession(options);
    try {
      await session.#shakeHands(signal);
      return session;
    } catch (error) {
      void session.close();
      if (error instanceof HostError) throw error;
      throw new HostError('upstream-invalid', {
        detail: bounded(describeError(error), MAX_DETAIL_LENGTH) ?? '',
        cause: error,
      });
    }
  }

  get handshake(): Handshake {
    return this.#handshake as Handshake;
  }

  /** Whether the server gave no session, so that its requests belong together in no way. */
  get isStateless(): boolean {
    return this.#id === undefined;
  }

  /** @throws HostError, or {@link SessionLost}. */
  async answer(exchange: Exchange): Promise<Answer> {
    try {
      return await this.#call(exchange, this.#headers());
    } catch (error) {
      if (!(error instanceof SessionRefused)) throw error;
    }
    // It gives out ids, but may take none.
    const { [SESSION_HEADER]: _, ...headers } = this.#headers();
    const answer = await this.#call(exchange, headers);
    this.#id = undefined;
    return answer;
  }

  /** Passes on what belongs to no request, until the server ends the stream. */
  async listen(signal: AbortSignal): Promise<void> {
    const { upstream, changed } = this.#options;
    const reply = await upstream.get(this.#headers(), waitingUntil(signal));
    if (reply.status !== 200) reply.discard();
    if (reply.status === 404 && this.#id !== undefined) throw new SessionLost();
    if (reply.status !== 200) {
      const isTransient = reply.status >= 500 && reply.status !== 501;
      const detail = `The server answered ${reply.status} to GET.`;
      throw new HostError(isTransient ? 'upstream-cut' : 'upstream-invalid', { detail });
    }
    const onMessage = (message: JsonObject): boolean => {
      const { id, method, params } = message as {
        id?: never;
        method?: string;
        params?: JsonObject;
      };
      if (typeof method !== 'string') return false;
      if (id !== undefined) this.#refuseQuestion(message);
      else changed({ jsonrpc: '2.0', method, ...(params && { params }) });
      return false;
    };
    await readMessages(reply, { maxBytes: upstream.maxResultBytes, isEndless: true, onMessage });
  }

  /** Ends it at the server, within a limit. Never throws. */
  async close(): Promise<void> {
    if (this.#id === undefined) return;
    const headers = this.#headers();
    this.#id = undefined;
    const limit = waitingUntil(AbortSignal.timeout(CLOSE_LIMIT_MS));
    await this.#options.upstream.delete(headers, limit).catch(() => {});
  }

  async #shakeHands(signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    const params = {
      protocolVersion: this.#version,
      capabilities: client?.capabilities ?? {},
      clientInfo: infoOf(client),
    };
    const request = { era: 'legacy', method: 'initialize', params } as const;
    const answer = await this.#call(internalExchange(request, waitingUntil(signal)), {});
    const result = resultOf('initialize', answer);
    const { protocolVersion } = result;
    if (typeof protocolVersion !== 'string' || !LEGACY_VERSIONS.includes(protocolVersion)) {
      throw new Error('The server chose a protocol version that this host does not support.');
    }
    this.#version = protocolVersion;
    this.#handshake = handshakeOf(result);
    await this.#send({ jsonrpc: '2.0', method: NOTIFICATIONS.initialized }, signal);
  }

  #call(exchange: Exchange, headers: Readonly<Record<string, string>>): Promise<Answer> {
    const { upstream, nextId, changed } = this.#options;
    const id = nextId();
    const isOfSession = headers[SESSION_HEADER] !== undefined;
    return call({
      upstream,
      exchange,
      id,
      params: exchange.request.params,
      headers,
      hearing: {
        question: (message) => this.#ask(message, exchange),
        withdrawn: (question) => this.#questions.withdraw(question),
        changed,
      },
      // The end of a connection cancels nothing in this era.
      onAbort: () => this.#cancel(id),
      review: (reply) => {
        if (isOfSession && reply.status === 404) throw new SessionLost();
        if (!this.#handshake) this.#readId(reply);
      },
      unanswered: (status) => (isOfSession && status === 400 ? new SessionRefused() : undefined),
    });
  }

  #readId({ headers }: Reply): void {
    const id = headers[SESSION_HEADER];
    if (typeof id === 'string' && /^[\x21-\x7e]+$/.test(id)) this.#id = id;
  }

  #headers(): Record<string, string> {
    return {
      'mcp-protocol-version': this.#version,
      ...(this.#id !== undefined && { [SESSION_HEADER]: this.#id }),
    };
  }

  #ask(message: JsonObject, exchange: Exchange): void {
    if (!this.#options.client) this.#refuseQuestion(message);
    else this.#questions.ask(message, exchange, () => whyNobodyIsAsked.ended);
  }

  /** No one in particular is at the other end. */
  #refuseQuestion({ id, method }: JsonObject): void {
    const { methodNotFound: code } = ERROR_CODES;
    const error = { code, message: 'There is no client to ask.' };
    this.#sendAside({ jsonrpc: '2.0', id, ...(method === 'ping' ? { result: {} } : { error }) });
  }

  #cancel(requestId: number): void {
    // `initialize` must not be cancelled (MCP 2025-11-25, basic/utilities/cancellation).
    if (!this.#handshake) return;
    const params = { requestId, reason: 'The caller no longer waits.' };
    this.#sendAside({ jsonrpc: '2.0', method: NOTIFICATIONS.cancelled, params });
  }

  /** Sends what no request waits for. */
  #sendAside(message: JsonObject): void {
    const { log } = this.#options.upstream;
    this.#send(message, AbortSignal.timeout(SIDE_LIMIT_MS)).catch(() =>
      log.debug('The host could not deliver a notification or an answer to the server.'),
    );
  }

  /** @throws HostError. */
  async #send(message: JsonObject, signal: AbortSignal): Promise<void> {
    const reply = await this.#options.upstream.post(message, this.#headers(), waitingUntil(signal));
    reply.discard();
    if (reply.status >= 400) {
      throw new HostError('upstream-invalid', {
        detail: `The server answered ${reply.status} to a notification.`,
      });
    }
  }
}

/** The server answers 400 to a request with a session id, so it has not run it. */
class SessionRefused extends Error {}
