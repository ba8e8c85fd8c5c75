// A server of 2026-07-28: every request stands alone and says in its envelope whom it is for.

import { isObject } from '../../../config/json-value.ts';
import type { Answer, Exchange, JsonObject, JsonRpcNotification } from '../../exchange/exchange.ts';
import type { ParamHeaders } from '../../exchange/param-headers.ts';
import { HostError } from '../../exchange/refusals.ts';
import {
  ERROR_CODES,
  LEGACY_VERSIONS,
  META_KEYS,
  MODERN_VERSIONS,
} from '../../exchange/wire-names.ts';
import { type Handshake, handshakeOf } from '../declarations.ts';
import { answerWithInput } from '../input-required.ts';
import { internalExchange, waitingUntil } from '../internal-exchange.ts';
import { call, type Hearing, metaOf } from './call.ts';
import { infoOf } from './client-info.ts';
import { modernHeaders } from './request-headers.ts';
import { changingLists, type Speaker } from './speaker.ts';
import type { Upstream } from './upstream.ts';

const VERSION = MODERN_VERSIONS[0] as string;

/** What says of the server itself, or of this host, rather than of its era. */
const OF_ANY_ERA: ReadonlySet<string> = new Set([
  'unavailable',
  'upstream-auth',
  'upstream-redirect',
  'upstream-token',
  'upstream-busy',
]);

/** Whether an error says nothing of the era in which the server was asked. */
export function isOfAnyEra(error: unknown): boolean {
  return error instanceof HostError && OF_ANY_ERA.has(error.reason);
}

/** The tools as the server last listed them; what a call repeats in headers is in their schemas. */
export interface KnownTools {
  /** A promise while they are read. */
  ready(): Promise<ParamHeaders | undefined> | ParamHeaders | undefined;
  /** Reads them again. */
  refresh(): Promise<void>;
}

export interface ModernSpeakerOptions {
  readonly upstream: Upstream;
  readonly nextId: () => number;
  /** Name of the server where it says none. */
  readonly name: string;
  readonly changed: Hearing['changed'];
  readonly tools: KnownTools;
}

/**
 * Asks a server for its revisions.
 * @returns undefined for a server of the 2025 era. @throws HostError.
 */
export async function discover(
  options: ModernSpeakerOptions,
  signal: AbortSignal,
): Promise<Speaker | undefined> {
  const request = { era: 'modern', method: 'server/discover', params: {} } as const;
  const speaker = new ModernSpeaker(options);
  let answer: Answer;
  try {
    answer = await speaker.answerHost(internalExchange(request, waitingUntil(signal)));
  } catch (error) {
    if (signal.aborted || !(error instanceof HostError) || isOfAnyEra(error)) throw error;
    return undefined;
  }
  const versions = versionsOf(answer);
  if ('result' in answer && versions.includes(VERSION) && isObject(answer.result)) {
    const { result } = answer;
    const serverInfo = metaOf(result)[META_KEYS.serverInfo] ?? { name: options.name, version: '0' };
    speaker.handshake = handshakeOf({ ...result, serverInfo });
    return speaker;
  }
  const isNewer = versions.length > 0 && !versions.some((each) => LEGACY_VERSIONS.includes(each));
  if (isNewer) {
    const detail = 'The server supports none of the protocol versions that this host supports.';
    throw new HostError('upstream-invalid', { detail });
  }
  return undefined;
}

function versionsOf(answer: Answer): readonly string[] {
  let versions: unknown;
  if ('error' in answer) {
    const { code, data } = answer.error;
    if (code === ERROR_CODES.unsupportedVersion && isObject(data)) versions = data.supported;
  } else if (isObject(answer.result)) versions = answer.result.supportedVersions;
  return Array.isArray(versions) ? versions.filter((each) => typeof each === 'string') : [];
}

class ModernSpeaker implements Speaker {
  readonly era = 'modern';
  readonly #options: ModernSpeakerOptions;
  handshake: Handshake = { serverInfo: {}, capabilities: {} };

  constructor(options: ModernSpeakerOptions) {
    this.#options = options;
  }

  answer(exchange: Exchange): Promise<Answer> {
    if (exchange.era === 'modern') return this.#send(exchange, {});
    return answerWithInput(exchange, (further) => this.#send(exchange, further));
  }

  answerHost(exchange: Exchange): Promise<Answer> {
    return this.#send(exchange, {});
  }

  async listen(signal: AbortSignal): Promise<void> {
    const changing = changingLists(this.handshake);
    const notifications = Object.fromEntries(changing.map((name) => [`${name}ListChanged`, true]));
    const request = {
      era: 'modern',
      method: 'subscriptions/listen',
      params: { notifications },
    } as const;
    const answer = await this.#send(internalExchange(request, waitingUntil(signal)), {});
    if ('error' in answer)
      throw new HostError('upstream-invalid', { detail: answer.error.message });
  }

  async close(): Promise<void> {}

  async #send(exchange: Exchange, further: JsonObject): Promise<Answer> {
    const { tools } = this.#options;
    if (exchange.request.method !== 'tools/call') return this.#call(exchange, further, undefined);
    const answer = await this.#call(exchange, further, await tools.ready());
    if (!('error' in answer) || answer.error.code !== ERROR_CODES.headerMismatch) return answer;
    // The tool has changed: the server has not run it.
    await tools.refresh();
    return this.#call(exchange, further, await tools.ready());
  }

  #call(
    exchange: Exchange,
    further: JsonObject,
    paramHeaders: ParamHeaders | undefined,
  ): Promise<Answer> {
    const { upstream, nextId, changed } = this.#options;
    const { method, params } = exchange.request;
    const whole = { ...params, ...further, _meta: this.#envelope(exchange) };
    return call({
      upstream,
      exchange,
      id: nextId(),
      isEndless: method === 'subscriptions/listen',
      params: whole,
      headers: modernHeaders({ method, params: whole }, VERSION, paramHeaders),
      hearing: {
        question: () =>
          upstream.log.debug(
            'The server sent a request outside of an answer. The host ignored it.',
          ),
        withdrawn: () => {},
        changed: (notification: JsonRpcNotification) => changed(notification),
      },
    });
  }

  #envelope({ request, era, client }: Exchange): JsonObject {
    const isLogged = era === 'legacy' && this.handshake.capabilities.logging !== undefined;
    return {
      ...metaOf(request.params),
      [META_KEYS.protocolVersion]: VERSION,
      [META_KEYS.clientCapabilities]: client.capabilities ?? {},
      [META_KEYS.clientInfo]: infoOf(client),
      // Clients of the 2025 era get every message.
      ...(isLogged && { [META_KEYS.logLevel]: 'debug' }),
    };
  }
}
