// One request of an exchange on its way to the server: under an id and a progress token of its own,
// and with what the server says before it answers.

import { isObject } from '../../../config/json-value.ts';
import { bounded } from '../../exchange/bounded-text.ts';
import type { Answer, Exchange, JsonObject, JsonRpcNotification } from '../../exchange/exchange.ts';
import { HostError } from '../../exchange/refusals.ts';
import { isChange, NOTIFICATIONS } from '../../exchange/wire-names.ts';
import { readMessages } from './message-reader.ts';
import type { Reply } from './reply.ts';
import type { Upstream } from './upstream.ts';

const MAX_DETAIL_LENGTH = 256;

/** What a server says besides answers. */
export interface Hearing {
  /** A request of the server. */
  question(message: JsonObject): void;
  /** It no longer waits for the answer to one. */
  withdrawn(id: unknown): void;
  /** Something changed, which concerns every client. */
  changed(notification: JsonRpcNotification): void;
}

export interface CallOptions {
  readonly upstream: Upstream;
  readonly exchange: Exchange;
  /** Of the host's own; never used for another request of the same server. */
  readonly id: number;
  readonly params: JsonObject | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly hearing: Hearing;
  /** The answer ends a stream that is bounded by nothing else. */
  readonly isEndless?: boolean;
  /** Called when the caller leaves before the answer has come. */
  readonly onAbort?: () => void;
  /** @throws for statuses that mean something else than an answer. */
  readonly review?: (reply: Reply) => void;
  /** What an error status means if its body is not an answer; undefined for the usual meaning. */
  readonly unanswered?: (status: number) => Error | undefined;
}

/** @throws HostError; what `review` throws and `unanswered` returns. */
export async function call(options: CallOptions): Promise<Answer> {
  const { upstream, exchange, id, headers } = options;
  exchange.throwIfEnded();
  const { method } = exchange.request;
  const params = withProgressToken(options.params, id);
  let isOver = false;
  exchange.onAbort(() => {
    if (!isOver) options.onAbort?.();
  });
  try {
    const message = { jsonrpc: '2.0', id, method, ...(params && { params }) };
    const reply = await upstream.post(message, headers, exchange);
    try {
      options.review?.(reply);
    } catch (error) {
      reply.discard();
      throw error;
    }
    return await readAnswer(reply, options);
  } finally {
    isOver = true;
  }
}

async function readAnswer(
  reply: Reply,
  { upstream, exchange, id, hearing, unanswered, isEndless = false }: CallOptions,
): Promise<Answer> {
  let answer: Answer | undefined;
  const onMessage = (message: JsonObject): boolean => {
    if (typeof message.method === 'string') {
      hear(message, exchange, id, hearing);
    } else if (message.id === id) answer = answerOf(message);
    else
      upstream.log.debug(
        'The server sent an answer that matches no request of this host. The host dropped it.',
      );
    return answer !== undefined;
  };
  try {
    await readMessages(reply, { maxBytes: upstream.maxResultBytes, isEndless, onMessage });
  } catch (error) {
    if (!(error instanceof HostError) || reply.status < 400) throw error;
    const detail = `The server answered ${reply.status}. ${error.detail ?? ''}`;
    const known = unanswered?.(reply.status);
    if (known) throw known;
    throw new HostError('upstream-invalid', { detail, cause: error });
  }
  return answer as Answer;
}

function hear(message: JsonObject, exchange: Exchange, id: number, hearing: Hearing): void {
  if (message.id !== undefined) {
    hearing.question(message);
    return;
  }
  const { method } = message as { method: string };
  const params = isObject(message.params) ? message.params : undefined;
  const notification = { jsonrpc: '2.0', method, ...(params && { params }) } as const;
  if (method === NOTIFICATIONS.cancelled) hearing.withdrawn(params?.requestId);
  else if (isChange(method)) hearing.changed(notification);
  else if (method !== NOTIFICATIONS.progress) void exchange.notify(notification);
  else if (params?.progressToken === id) reportProgress(params, exchange);
}

/** Under the token that the caller knows. */
function reportProgress(params: JsonObject, exchange: Exchange): void {
  const { progressToken } = metaOf(exchange.request.params);
  if (progressToken === undefined) return;
  const method = NOTIFICATIONS.progress;
  void exchange.notify({ jsonrpc: '2.0', method, params: { ...params, progressToken } });
}

function withProgressToken(params: JsonObject | undefined, id: number): JsonObject | undefined {
  const meta = metaOf(params);
  if (meta.progressToken === undefined) return params;
  return { ...params, _meta: { ...meta, progressToken: id } };
}

export function metaOf(params: JsonObject | undefined): JsonObject {
  return isObject(params?._meta) ? params._meta : {};
}

/** @throws HostError `upstream-invalid`. */
function answerOf({ result, error }: JsonObject): Answer {
  if (error === undefined && isObject(result)) return { result };
  if (isObject(error) && Number.isInteger(error.code) && typeof error.message === 'string') {
    const { code, message, data } = error as { code: number; message: string; data?: unknown };
    return { error: { code, message, ...(data !== undefined && { data }) } };
  }
  throw new HostError('upstream-invalid', {
    detail: `The answer has neither a result nor an error: ${bounded(String(Object.keys(error ?? {})), MAX_DETAIL_LENGTH)}`,
  });
}
