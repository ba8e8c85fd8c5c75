// The contract with everything that answers for a server: a module, a program, a remote server, or
// several of them.

import type {
  Answer,
  Caller,
  Era,
  Exchange,
  JsonObject,
  JsonRpcNotification,
  JsonRpcRequest,
} from './exchange.ts';
import type { UnavailabilityWord } from './unavailability.ts';

/**
 * What a server says of itself. Never changed: a server that says something else has a new object.
 */
export interface Declarations {
  readonly serverInfo: JsonObject;
  readonly capabilities: JsonObject;
  /** What it declares in the 2025 era, where that was read apart. */
  readonly legacyCapabilities?: JsonObject;
  readonly instructions?: string;
  /**
   * All pages of `tools/list`; empty when the server offers no tools. Absent until it is known: a
   * server may refuse to list its tools without a caller.
   */
  readonly tools?: readonly JsonObject[];
  /**
   * Present while the tools are read, again or for the first time; what depends on them waits.
   * Never rejects.
   */
  readonly readingTools?: Promise<void>;
}

/** What a client of the 2025 era gets. */
export function legacyCapabilitiesOf({
  capabilities,
  legacyCapabilities = capabilities,
}: Declarations): JsonObject {
  return legacyCapabilities;
}

/** A request or a notification. */
export type Message = Pick<JsonRpcRequest, 'method' | 'params'>;

export interface BackendState {
  /**
   * `idle`: it is started by its first request. `starting`: it has not served yet. `restarting`: it
   * has. `unavailable`: it failed, and waits for {@link retryAt}.
   */
  readonly is: 'idle' | 'starting' | 'serving' | 'restarting' | 'unavailable';
  /** Why it is unavailable. */
  readonly word?: UnavailabilityWord;
  /** Names of environment variables that it lacks. */
  readonly missing?: readonly string[];
  /**
   * Insides of its SDK that are not as the host knows them; it serves without what they are for.
   */
  readonly sdkInternals?: readonly string[];
  /** Names of its tools that are not as in servers.lock.json. */
  readonly toolsChanged?: readonly string[];
  /** Requests that are refused, because processes of this app was blocked in them. */
  readonly blocked?: readonly string[];
  /** Members of a combination that do not serve, while others do. */
  readonly absentMembers?: readonly string[];
  /** How often it was tried without success since it last served. */
  readonly tries?: number;
  /**
   * When the next request may try again, `performance.now()`; absent when trying again cannot help.
   */
  readonly retryAt?: number;
}

export type BackendEvent = 'state' | 'declarations' | JsonRpcNotification;

/** @param mayHear which callers an event is for; absent: it is for all. */
export type BackendListener = (event: BackendEvent, mayHear?: (caller: Caller) => boolean) => void;

/**
 * Answers the exchanges of one server for as long as the host runs. It is live: it can fail and
 * return, and what it declares changes, so nothing of it is copied once.
 */
export interface Backend {
  /** The eras that it speaks itself; the host translates for the other one. */
  readonly eras: readonly Era[];
  readonly state: BackendState;
  /** Undefined until known. */
  readonly declarations: Declarations | undefined;
  /**
   * Whether parts of it have not declared yet what they offer to callers of this era; a handshake
   * waits for them.
   */
  isIncomplete?(era: Era): boolean;
  /**
   * Handlers that still run although no one waits for them: they ignore their abort signal. The
   * factories of `per-request` servers count as well.
   */
  readonly abandonedHandlers: number;
  /**
   * Waits while the server starts; starts it where that is due.
   * @param era of the request that waits: a server may serve one era before the other.
   * @param caller who sends it: a server may need something of its first caller to start.
   * @param message what is sent: a server that was not started need not be for some.
   * @returns undefined when it serves, so that a call pays for no promise.
   * @throws HostError `unavailable` or `missing-header`, also by rejecting.
   */
  ready(era: Era, caller?: Caller, message?: Message): Promise<void> | undefined;
  /**
   * @throws HostError `unavailable`, or what the server fails with before its handler is reached.
   */
  answer(exchange: Exchange): Promise<Answer>;
  /** How this server answers a call of a tool that it does not have. */
  unknownTool(name: string): Answer;
  /**
   * Calls `listener` with changes, and with notifications that belong to no request. @returns ends
   * that.
   */
  subscribe(listener: BackendListener): () => void;
  /** @param limitMs what it may take; what has not ended by then is left to the end of the host. */
  close(limitMs?: number): Promise<void>;
}
