// A connection to an MCP server over Streamable HTTP, whoever started the server: finds its era,
// reads what it declares, and answers exchanges.

import { isObject } from '../../../config/json-value.ts';
import { describeError } from '../../exchange/bounded-text.ts';
import { derived } from '../../exchange/derived.ts';
import type { Answer, Era, Exchange, JsonObject } from '../../exchange/exchange.ts';
import { readParamHeaders } from '../../exchange/param-headers.ts';
import { HostError, type RefusalReason } from '../../exchange/refusals.ts';
import { Unavailability, type UnavailabilityWord } from '../../exchange/unavailability.ts';
import { ERROR_CODES } from '../../exchange/wire-names.ts';
import { Changes } from '../changes.ts';
import { Circuit } from '../circuit.ts';
import { LiveDeclarations } from '../declarations.ts';
import { answerInTime } from '../internal-exchange.ts';
import { inOwnTrace } from '../joined-trace.ts';
import type { KnownEras } from '../known-eras.ts';
import type { OpenBackend, OpenBackendEvent } from '../open-backend.ts';
import { followChanges } from './change-stream.ts';
import { Connections, ForbiddenAddress, type ProxySettings } from './dispatcher.ts';
import type { LegacySpeakerOptions } from './legacy-speaker.ts';
import type { KnownTools } from './modern-speaker.ts';
import { changingLists } from './speaker.ts';
import { Speakers } from './speakers.ts';
import { Upstream, type UpstreamLog } from './upstream.ts';

/** Part of `startTimeoutMs` that listing the tools may take. */
const LIST_SHARE = 0.5;
/** One line of each kind in this time. */
const WARNING_INTERVAL_MS = 60_000;
const PING_LIMIT_MS = 5_000;

export interface ConnectOptions {
  /** Name of the server, where it says none. */
  readonly name: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly token?: (() => Promise<string>) | undefined;
  readonly proxy?: ProxySettings | undefined;
  readonly instance: LegacySpeakerOptions['instance'];
  /** What is known of the server; more is learned here. */
  readonly eras: KnownEras;
  /** Whether changes of its lists are listened to. */
  readonly followsChanges: boolean;
  readonly idleTimeoutMs: number;
  readonly startTimeoutMs: number;
  readonly maxResultBytes: number;
  readonly log: UpstreamLog;
}

/** @throws Unavailability. @param signal aborts when the try has taken too long. */
export async function connect(options: ConnectOptions, signal: AbortSignal): Promise<OpenBackend> {
  const connection = new Connection(options);
  try {
    await connection.open(signal);
    return connection;
  } catch (error) {
    void connection.close();
    throw unavailabilityOf(error);
  }
}

class Connection implements OpenBackend {
  readonly abandonedHandlers = 0;
  readonly #options: ConnectOptions;
  readonly #connections: Connections;
  readonly #upstream: Upstream;
  readonly #circuit: Circuit;
  readonly #changes: Changes;
  readonly #closing = new AbortController();
  readonly #speakers: Speakers;
  #declarations: LiveDeclarations | undefined;
  #tell: (event: OpenBackendEvent) => void = () => {};
  /** When each kind of failure was last logged. */
  readonly #warnedAt = new Map<RefusalReason, number>();

  constructor(options: ConnectOptions) {
    this.#options = options;
    const { url, headers, token, proxy, maxResultBytes, log } = options;
    this.#connections = new Connections({ origin: url.origin, proxy });
    this.#circuit = new Circuit('unreachable', () => this.#tell('state'));
    this.#upstream = new Upstream({
      url,
      headers,
      token,
      connections: this.#connections,
      circuit: this.#circuit,
      isBroken: () => this.#isBroken(),
      maxResultBytes,
      log,
    });
    this.#changes = new Changes((method) =>
      log.debug(`The host dropped a ${method} of the server.`),
    );
    this.#changes.subscribe((event) => this.#tell(event));
    const { name, instance, idleTimeoutMs, startTimeoutMs, eras } = options;
    this.#speakers = new Speakers({
      ...{ name, instance, idleTimeoutMs, startTimeoutMs, eras },
      upstream: this.#upstream,
      tools: this.#knownTools(),
      changed: (change) => this.#changes.publish(change, this.#declarations),
    });
  }

  get eras() {
    return this.#options.eras.spoken;
  }

  get declarations() {
    return (this.#declarations as LiveDeclarations).current;
  }

  get circuit() {
    return this.#circuit.open;
  }

  /** Finds the era and shakes hands. The tools are read when the first callers were answered. */
  async open(signal: AbortSignal): Promise<void> {
    const speaker = await this.#speakers.find(signal);
    const { handshake } = speaker;
    const capabilities = withoutSubscribe(handshake.capabilities);
    const declarations = new LiveDeclarations(
      { ...handshake, capabilities },
      {
        transport: { exchange: (exchange) => speaker.answerHost(exchange) },
        limitMs: this.#options.startTimeoutMs * LIST_SHARE,
        onChange: () => this.#changes.declarationsChanged(),
        log: this.#options.log,
      },
    );
    this.#declarations = declarations;
    void declarations.readTools();
    if (!this.#options.followsChanges || changingLists(handshake).length === 0) return;
    void followChanges(speaker, () => void declarations.readTools(), this.#closing.signal);
  }

  answer(exchange: Exchange): Promise<Answer> {
    return (this.#declarations as LiveDeclarations).learning(exchange, this.#answer(exchange));
  }

  knowsEra(era: Era): boolean {
    return this.#speakers.knows(era);
  }

  async learnEra(era: Era): Promise<void> {
    const learned = await this.#speakers.learn(era);
    if (era !== 'legacy' || !learned) return;
    this.#declarations?.declareLegacy(withoutSubscribe(learned.capabilities));
  }

  unknownTool(name: string) {
    return { error: { code: ERROR_CODES.invalidParams, message: `Unknown tool: ${name}` } };
  }

  subscribe(listener: (event: OpenBackendEvent) => void): void {
    this.#tell = listener;
  }

  async close(): Promise<void> {
    this.#declarations?.close();
    this.#closing.abort();
    await this.#speakers.close();
    this.#circuit.stop();
    await this.#connections.close();
  }

  async #answer(exchange: Exchange): Promise<Answer> {
    try {
      if (!this.knowsEra(exchange.era)) {
        await this.learnEra(exchange.era);
        exchange.throwIfEnded();
      }
      return await this.#speakers.for(exchange).answer(inOwnTrace(exchange));
    } catch (error) {
      // What breaks off because the caller has left is no fault of the server.
      const isFault = error instanceof HostError && !exchange.signal.aborted;
      if (isFault && error.detail !== undefined) this.#warn(error);
      throw error;
    }
  }

  /** One caller's requests may fail where all others would be answered. */
  async #isBroken(): Promise<boolean> {
    const speaker = this.#speakers.any;
    if (!speaker) return false;
    const { era } = speaker;
    const method = era === 'modern' ? 'server/discover' : 'ping';
    const exchange = (asked: Exchange): Promise<Answer> => speaker.answerHost(asked);
    return (
      (await answerInTime({ exchange }, { era, method, params: {} }, {}, PING_LIMIT_MS)) ===
      undefined
    );
  }

  /** A server that is down fails each request alike. */
  #warn(error: HostError): void {
    const now = performance.now();
    const last = this.#warnedAt.get(error.reason);
    if (last !== undefined && now - last < WARNING_INTERVAL_MS) return;
    this.#warnedAt.set(error.reason, now);
    this.#options.log.warn(`${error.reason}: ${explain(error)}`);
  }

  #knownTools(): KnownTools {
    const known = derived(this, ({ tools }) => tools && readParamHeaders(tools));
    return {
      ready: () => this.declarations.readingTools?.then(known) ?? known(),
      refresh: async () => this.#declarations?.readTools(),
    };
  }
}

/** The host does not subscribe to single resources of a server. */
function withoutSubscribe(capabilities: JsonObject): JsonObject {
  const { resources, ...others } = capabilities;
  if (!isObject(resources)) return capabilities;
  const { subscribe: _, ...rest } = resources;
  return { ...others, resources: rest };
}

/** What an operator can do, by the refusal that a caller gets. */
const FIXES: Partial<Record<RefusalReason, string>> = {
  unavailable: 'check `url`, and check that the server runs and this host can reach it.',
  'upstream-busy': 'ask the operator of the server to raise its limit.',
  'upstream-cut': 'check the log of the server, and any proxy between this host and the server.',
  'upstream-timeout': 'find out why the server is slow, or raise `startTimeoutMs`.',
  'upstream-redirect':
    'if you trust the address that it redirects to, write that address in `url`.',
  'upstream-auth':
    'set the credentials that the server requires in `headers`, or use `upstreamAuth`.',
  'upstream-token': 'give the app a managed identity, and check `upstreamAuth.audience`.',
};

const NOT_MCP = 'check that `url` is the Streamable HTTP address of an MCP server.';

const WORDS: Partial<Record<RefusalReason, UnavailabilityWord>> = {
  unavailable: 'unreachable',
  'upstream-busy': 'unreachable',
  'upstream-redirect': 'upstream-redirect',
  'upstream-auth': 'upstream-auth',
  'upstream-token': 'upstream-token',
};

/** @returns what happened and how to fix it, for the log. */
function explain({ reason, message, detail = message }: HostError): string {
  return `${detail} Fix: ${FIXES[reason] ?? NOT_MCP}`;
}

function unavailabilityOf(error: unknown): Unavailability {
  if (error instanceof Unavailability) return error;
  if (!(error instanceof HostError)) {
    const text = `${describeError(error)} Fix: ${NOT_MCP}`;
    return new Unavailability('no-handshake', text, { cause: error });
  }
  const isForbidden = error.cause instanceof ForbiddenAddress;
  const word = isForbidden ? 'forbidden-address' : (WORDS[error.reason] ?? 'no-handshake');
  const seconds = error.reason === 'upstream-busy' ? Number(error.headers['retry-after']) : 0;
  return new Unavailability(word, explain(error), {
    cause: error,
    // A caller is asked to wait one second if the server names no time.
    ...(seconds > 1 && { retryAfterMs: seconds * 1_000 }),
  });
}
