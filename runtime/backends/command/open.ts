// Opens an entry with `command`: starts a first program and reads what it offers. Later programs
// start and end with the requests.

import { isObject } from '../../../config/json-value.ts';
import type { CommandConfig } from '../../../config/schema.ts';
import type { Message } from '../../exchange/backend.ts';
import { isListMethod, type ListMethod, listsChangedBy } from '../../exchange/declared-lists.ts';
import type {
  Answer,
  Caller,
  Era,
  Exchange,
  JsonObject,
  JsonRpcNotification,
} from '../../exchange/exchange.ts';
import { ERROR_CODES } from '../../exchange/wire-names.ts';
import { Changes } from '../changes.ts';
import { Circuit } from '../circuit.ts';
import { countDown } from '../count-down.ts';
import type { Handshake } from '../declarations.ts';
import { waitingUntil } from '../internal-exchange.ts';
import { inOwnTrace } from '../joined-trace.ts';
import { KnownEras } from '../known-eras.ts';
import { ListedDeclarations } from '../listed-declarations.ts';
import type { OpenBackend, OpenBackendEvent } from '../open-backend.ts';
import type { OpenOptions } from '../open-options.ts';
import { CallerCircuits } from './caller-circuits.ts';
import { CallerEnvironment } from './caller-environment.ts';
import { Children } from './children.ts';
import type { Connection } from './connection.ts';
import { HOST_CLIENT } from './introduction.ts';
import { launcher } from './launcher.ts';
import { type Sharing, shareAmongAll, shareWithinClient, shareWithNobody } from './shared-among.ts';

/** Of the 2025 era, from what the server declares in it. */
const ANSWERED_BY_HOST: ReadonlySet<string | undefined> = new Set([
  'initialize',
  'logging/setLevel',
]);

/**
 * Part of `startTimeoutMs` that reading the lists may take; a server is served without them, too.
 */
const LIST_SHARE = 0.5;

/**
 * Starts the first program and reads what it declares.
 * @param signal aborts when the try has taken too long.
 * @throws Unavailability.
 */
export async function openCommand(
  config: CommandConfig,
  options: OpenOptions,
  signal: AbortSignal,
): Promise<OpenBackend> {
  if (config.url !== undefined) {
    const { openListener } = await import('./listener.ts');
    return openListener(config, options, signal);
  }
  const server = new CommandServer(config, options);
  try {
    await server.start(signal);
    return server;
  } catch (error) {
    void server.close();
    throw error;
  }
}

class CommandServer implements OpenBackend {
  readonly abandonedHandlers = 0;
  readonly #config: CommandConfig;
  readonly #options: OpenOptions;
  readonly #eras: KnownEras;
  readonly #environment: CallerEnvironment;
  readonly #children: Children;
  readonly #sharing: Sharing;
  readonly #circuit: Circuit;
  readonly #callerCircuits = new CallerCircuits();
  readonly #changes: Changes;
  #declarations: ListedDeclarations | undefined;
  #learning: Promise<void> | undefined;
  /**
   * The first program has a value of its caller, as the host has none: what it lists and instructs
   * is for that caller only.
   */
  readonly #isOfCaller: boolean;
  /** A program has said that its lists are others now. */
  #haveOwnLists = false;
  #listener: ((event: OpenBackendEvent) => void) | undefined;

  constructor(config: CommandConfig, options: OpenOptions) {
    this.#config = config;
    this.#options = options;
    this.#eras = new KnownEras(config.era, options.knownEra);
    const { texts, fieldLog, childrenMemory } = options;
    this.#environment = new CallerEnvironment(texts.env);
    this.#isOfCaller = this.#environment.fillIfSent(texts.headerValues) === undefined;
    this.#circuit = new Circuit('server-ended', () => this.#listener?.('state'));
    this.#changes = new Changes(warnOnce(options));
    this.#children = new Children({
      config,
      eras: this.#eras,
      launch: launcher(config, options),
      memory: childrenMemory,
      log: fieldLog,
      onLoss: (reason, fields) => options.ended('program', reason, fields),
      onLegacy: ({ capabilities }) => this.#declared.declareLegacy(withoutSubscribe(capabilities)),
      onUnrelated: (notification, from) => this.#hear(notification, from),
      onFailure: (key) => this.#failed(key),
      admit: (key) => this.#callerCircuits.refuse(key),
    });
    this.#sharing = this.#shareBy(config.instance);
  }

  get eras(): OpenBackend['eras'] {
    return this.#eras.spoken;
  }

  get declarations(): OpenBackend['declarations'] {
    return this.#declared.current;
  }

  get circuit(): OpenBackend['circuit'] {
    return this.#circuit.open;
  }

  /** @throws Unavailability. */
  async start(signal: AbortSignal): Promise<void> {
    const { callerHeaders, texts } = this.#options;
    // Refused before: a caller without them starts nothing.
    const values = this.#isOfCaller
      ? { ...texts.headerValues, ...callerHeaders }
      : texts.headerValues;
    const first = await this.#children.meet(this.#environment.fill(values), signal);
    this.#declarations = new ListedDeclarations(this.#published(first.handshake), {
      onChange: () => this.#changes.declarationsChanged(),
      log: this.#options.log,
    });
    await this.#readLists(first);
    if (this.#config.instance !== 'per-request') first.listen(first.handshake);
    this.#sharing.adopt(first);
  }

  answer(exchange: Exchange): Promise<Answer> {
    const { method } = exchange.request;
    if (!isListMethod(method) || this.#isOfCaller)
      return this.#sharing.answer(inOwnTrace(exchange));
    const list = this.#isOwn(exchange, method)
      ? undefined
      : this.#declared.answer(exchange.request);
    if (list) return Promise.resolve(list);
    return this.#declared.learning(exchange, this.#sharing.answer(inOwnTrace(exchange)));
  }

  knowsEra(era: Era): boolean {
    return this.#config.instance === 'shared' || this.#eras.knows(era);
  }

  async learnEra(era: Era, caller: Caller | undefined, message?: Message): Promise<void> {
    // Others of the 2025 era learn it by the program that is started for them.
    if (era === 'legacy' && !ANSWERED_BY_HOST.has(message?.method)) return;
    const filled = this.#environment.fillIfSent(caller?.headers ?? {});
    if (!filled) return;
    const { capabilities } = message?.params ?? {};
    // The first request of this client then gets this program.
    const client = { ...HOST_CLIENT, ...(isObject(capabilities) && { capabilities }) };
    this.#learning ??= this.#children.prepare(era, client, filled).finally(() => {
      this.#learning = undefined;
    });
    await this.#learning;
  }

  unknownTool(name: string): Answer {
    return { error: { code: ERROR_CODES.invalidParams, message: `Unknown tool: ${name}` } };
  }

  subscribe(listener: (event: OpenBackendEvent) => void): void {
    this.#listener = listener;
    this.#changes.subscribe(listener);
  }

  async close(limitMs?: number): Promise<void> {
    this.#circuit.stop();
    this.#callerCircuits.stop();
    await this.#children.close(limitMs);
  }

  get #declared(): ListedDeclarations {
    return this.#declarations as ListedDeclarations;
  }

  #failed(environmentKey: string): void {
    if (environmentKey !== '') this.#callerCircuits.failed(environmentKey);
    // A program of one client fails with what this client sends.
    else if (this.#config.instance === 'shared') this.#circuit.failed();
    else this.#circuit.failed({ isBroken: () => this.#isBroken() });
  }

  /** Whether a program for no client fails, too. */
  async #isBroken(): Promise<boolean> {
    const era = this.#eras.for('modern');
    try {
      void (await this.#children.obtain(era, HOST_CLIENT, this.#environment.fill({}))).end();
      return false;
    } catch {
      return true;
    }
  }

  #published(handshake: Handshake): Handshake {
    const { instructions, ...rest } = handshake;
    const others = { ...rest, capabilities: withoutSubscribe(handshake.capabilities) };
    return instructions === undefined || this.#isOfCaller ? others : { ...others, instructions };
  }

  #shareBy(instance: CommandConfig['instance']): Sharing {
    if (instance === 'per-request') return shareWithNobody(this.#children, this.#environment);
    if (instance === 'per-session') {
      const onStart = (connection: Connection): void => {
        if (connection.handshake) connection.listen(connection.handshake);
      };
      return shareWithinClient(this.#children, this.#environment, { onStart, endsIdle: true });
    }
    const onStart = (connection: Connection): void => this.#restarted(connection);
    // A listening client must not wait until another caller starts it.
    const endsIdle = !this.#config.subscriptions;
    return shareAmongAll(this.#children, this.#environment.fill({}), { onStart, endsIdle });
  }

  /** The shared program was started again: it may be another version than before. */
  #restarted(connection: Connection): void {
    const handshake = connection.handshake as Handshake;
    this.#declared.replace(this.#published(handshake));
    void this.#readLists(connection);
    connection.listen(handshake);
  }

  #hear(notification: JsonRpcNotification, from: Connection): void {
    const changed = listsChangedBy(notification.method);
    // What one client's own program sends does not concern other clients.
    if (this.#config.instance !== 'shared') {
      this.#haveOwnLists ||= changed.length > 0;
      this.#changes.drop(notification);
      return;
    }
    if (changed.length > 0 && this.#declarations) void this.#readLists(from, changed);
    this.#changes.publish(notification, undefined);
  }

  /** Whether the list of this client's program is another one than that of the first program. */
  #isOwn(exchange: Exchange, method: ListMethod): boolean {
    return this.#haveOwnLists && this.#sharing.kept(exchange)?.ownLists.has(method) === true;
  }

  /** Never rejects. */
  async #readLists(connection: Connection, methods?: readonly ListMethod[]): Promise<void> {
    const abort = new AbortController();
    const limitMs = this.#config.startTimeoutMs * LIST_SHARE;
    const stop = countDown(limitMs, () => abort.abort());
    const ask = connection.askFor(waitingUntil(abort.signal));
    await this.#declared.read(ask, methods);
    stop();
  }
}

/** No one but the host itself could subscribe to a resource, and it does not. */
function withoutSubscribe(capabilities: JsonObject): JsonObject {
  const { resources, ...others } = capabilities;
  if (typeof resources !== 'object' || resources === null) return capabilities;
  const { subscribe: _, ...rest } = resources as Record<string, unknown>;
  return { ...others, resources: rest };
}

function warnOnce({ log }: OpenOptions): (method: string) => void {
  const seen = new Set<string>();
  return (method) => {
    if (seen.has(method)) return;
    seen.add(method);
    log.warn(
      `The program sent ${method} without naming a request, so the host cannot tell which caller it is for. The host drops it, and later ones too.`,
    );
  };
}
