// The kernel's contract: one JSON-RPC request, who calls, an abort signal, and a way to send
// notifications before the result. The protocol room opens exchanges, backends answer them; neither
// knows the other.

/** A JSON object as it stands on the wire. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * JSON-RPC 2.0 request id; MCP allows strings and integers, never null (MCP basic/index,
 * "Requests").
 */
export type RequestId = string | number;

export interface JsonRpcRequest {
  readonly jsonrpc: '2.0';
  readonly id: RequestId;
  readonly method: string;
  readonly params?: JsonObject;
}

export interface JsonRpcNotification {
  readonly jsonrpc: '2.0';
  readonly method: string;
  readonly params?: JsonObject;
}

export interface JsonRpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/**
 * What a backend made of a request. The id is put on by the protocol room, so answers cannot be
 * mixed up by id.
 */
export type Answer = Result | { readonly error: JsonRpcError };

export interface Result {
  readonly result: unknown;
  /** The same as JSON, where it is written already; who changes the result makes a new answer. */
  readonly text?: string;
}

/**
 * `legacy`: revisions up to 2025-11-25 (`initialize`). `modern`: 2026-07-28 (stateless, `_meta`
 * envelope).
 */
export type Era = 'legacy' | 'modern';

/** The verified caller as the SDKs pass it to handlers; the token itself is never in it. */
export interface AuthInfo {
  readonly token: string;
  readonly clientId: string;
  readonly scopes: string[];
  readonly expiresAt?: number;
  readonly extra?: Record<string, unknown>;
}

/** Who calls, as far as a server may know it. */
export interface Caller {
  readonly authInfo?: AuthInfo | undefined;
  /**
   * The request's headers without credentials: no Authorization, keys, cookies or platform headers.
   */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Tells callers apart as far as it was verified; what one caller was asked, no other may answer.
   */
  readonly subject: string;
  /** Whether the subject is one person, by a verified token. Keys and applications are many people's. */
  readonly isPerson: boolean;
  /** Whether the subject stands for one caller, by a verified token or by App Service; not by a key. */
  readonly isVerified: boolean;
  /** Path of the mount, without host and query string. */
  readonly path: string;
  /**
   * What follows the path: empty, or from its `?` on, without the function key and its client id.
   */
  readonly query: string;
}

/** The client's program as it describes itself; nothing of it is verified. */
export interface Client {
  /**
   * What it can be asked; absent when that is unknown (2025 era without a session id that can be
   * opened).
   */
  readonly capabilities?: JsonObject;
  /** Name and version, when it tells them. */
  readonly info?: JsonObject;
}

/**
 * What a server asks its client: `elicitation/create`, `sampling/createMessage` or `roots/list`.
 */
export interface Question {
  readonly method: string;
  readonly params?: JsonObject;
}

/** What a question needs besides its content. */
export interface QuestionOptions {
  /** Aborts when the server no longer wants to know, which takes the question back. */
  readonly withdrawn: AbortSignal;
  /**
   * Called with the `params` of progress that the client reports; absent when the server does not
   * want it.
   */
  readonly onProgress?: ((progress: JsonObject) => void) | undefined;
}

/** An HTTP request that a server has sent while it worked on an exchange. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** When the answer began, or the request failed. */
  readonly endedAt: number;
  /** HTTP status of the answer. */
  readonly status?: number;
  /** Code or name of the error, where there was no answer. */
  readonly errorType?: string;
}

/** Lets a server outside of this thread take part in the trace of an exchange. */
export interface Trace {
  /** W3C trace context of the exchange's own span, for requests that belong to it. */
  readonly traceparent: string;
  sent(request: OutgoingRequest): void;
}

/** One request on its way to one answer. */
export interface Exchange {
  readonly request: JsonRpcRequest;
  readonly era: Era;
  readonly caller: Caller;
  readonly client: Client;
  /**
   * Tells apart the client that something stateful, such as a program of its own, is kept for: its
   * session of the 2025 era, else a verified person. Absent where neither is known: then nothing may
   * be kept from one request to the next.
   */
  readonly clientKey: string | undefined;
  /**
   * Aborts when no one waits for the answer any longer: cancelled, caller gone, deadline passed,
   * process ending.
   */
  readonly signal: AbortSignal;
  /**
   * Calls `listener` when the signal aborts; much cheaper than the signal, which is only made when
   * asked for.
   */
  onAbort(listener: () => void): void;
  /** @throws when no one waits for the answer any longer, so that nothing is begun in vain. */
  throwIfEnded(): void;
  /** Absent where no one traces. */
  readonly trace?: Trace | undefined;
  /**
   * Sends a notification to the caller before the result; ignored once the exchange has ended.
   * @returns a promise while the caller has not read what was sent before, for a server that can
   * wait; what does not wait counts in the budget of bytes.
   */
  notify(notification: JsonRpcNotification): Promise<void> | undefined;
  /** Asks the caller; never rejects: what goes wrong is an error answer. */
  ask(question: Question, options: QuestionOptions): Promise<Answer>;
}
