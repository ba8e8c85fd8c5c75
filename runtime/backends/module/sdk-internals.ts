// All that this host knows of the insides of the two official SDKs: members that they do not
// document, and texts of theirs that it reads. Read in SDK v1 1.26.0 to 1.32.2 and SDK v2 2.0.0 to
// 2.4.0. The members are probed on each server that starts. The texts cannot be probed without
// running an author's code; the contract test watches them.

import { isObject } from '../../../config/json-value.ts';
import { ERROR_CODES } from '../../exchange/wire-names.ts';
import { answerInTime } from '../internal-exchange.ts';
import type { MultiplexingTransport, TakeRequest } from '../multiplexing-transport.ts';

export type Sdk = 'v1' | 'v2';

/**
 * By name, as `/readyz` shows it: what a server lacks when the member is not as this host knows it.
 */
export const SDK_INTERNALS = {
  /** A Map by method in which both SDKs look up the handler of each request. */
  _requestHandlers:
    'Handlers run without the error guard of the host. If a handler fails, its caller may wait until the deadline or get the error codes of the SDK, and `abandonedHandlers` stays 0.',
  /**
   * Takes a request whose form was checked, in both SDKs: their listener checks it again with three
   * schemas.
   */
  _onrequest: 'Each request takes a slower path through the listener of the SDK.',
  /** The revision that an instance of SDK v2 speaks. The SDK sets it in its own entries only. */
  _negotiatedProtocolVersion:
    'The server supports only 2025-11-25, and the host translates 2026-07-28 for it.',
  /** A documented method that SDK v2 has and SDK v1 has not: it tells them apart. */
  getNegotiatedProtocolVersion:
    'The host can recognize the SDK only after the server has started, by the arguments that the SDK passes to handlers.',
  /**
   * What handlers get: `extra` in SDK v1, `ctx` in SDK v2. Documented, but the host also changes
   * it.
   */
  handlerContext:
    'Handlers may not receive the caller (`authInfo`), its request, or the abort signal.',
} as const;

export type SdkInternal = keyof typeof SDK_INTERNALS;

/** What `McpServer` and the low-level `Server` have in common. */
export interface Connectable extends Record<string, unknown> {
  connect(transport: MultiplexingTransport): Promise<void>;
  close(): Promise<void>;
}

/** The SDK's low-level server as far as this host uses it. */
export interface ProtocolServer extends Connectable {
  onerror?: ((error: Error) => void) | undefined;
  readonly transport?: unknown;
  /** Answers methods that have no handler. */
  fallbackRequestHandler?: Handler;
}

/** {@link ProtocolServer} with what the SDKs keep to themselves. */
interface Insides {
  readonly _requestHandlers?: unknown;
  _onrequest?: TakeRequest;
  _negotiatedProtocolVersion?: string;
  getNegotiatedProtocolVersion?(): unknown;
}

type Send = (...values: never[]) => Promise<unknown>;

/** What the SDKs hand to a request handler, as far as this host looks at it. */
export interface HandlerContext {
  /** SDK v1. */
  readonly signal?: AbortSignal;
  sendRequest?: Send;
  readonly authInfo?: unknown;
  readonly requestInfo?: unknown;
  /** SDK v2. */
  readonly mcpReq?: { readonly signal: AbortSignal; send?: Send };
  readonly http?: { readonly authInfo?: unknown; readonly req?: unknown };
}

export type Handler = (request: unknown, context: HandlerContext) => unknown;

/** What the servers of one module turned out to be when the first of them was probed. */
export class ProbedSdk {
  /** Whether requests may pass by the listener of the SDK; not before that was tried. */
  takesRequests = false;
  /** The line of the SDK, where it is another one than {@link sdkByMark} says. */
  sdk: Sdk | undefined;
  readonly #off = new Set<SdkInternal>();

  markOff(name: SdkInternal): void {
    this.#off.add(name);
  }

  get off(): readonly SdkInternal[] {
    return [...this.#off];
  }

  /** What it means for the server, in one text; undefined when all is as known. */
  get warning(): string | undefined {
    if (this.#off.size === 0) return undefined;
    const lost = this.off.map((name) => `\`${name}\`: ${SDK_INTERNALS[name]}`);
    return `This host does not recognize parts of the MCP SDK that the module uses. The server is available, with limits. ${lost.join(' ')} Fix: use an SDK version that this host was tested with, or update the host.`;
  }
}

export function sdkByMark(protocol: ProtocolServer): Sdk {
  return typeof protocol.getNegotiatedProtocolVersion === 'function' ? 'v2' : 'v1';
}

/** @returns the handlers by method, in which the SDK looks one up for each request. */
export function handlersOf(protocol: ProtocolServer): Map<string, Handler> | undefined {
  const { _requestHandlers } = protocol as Insides;
  return _requestHandlers instanceof Map ? _requestHandlers : undefined;
}

/**
 * Wraps the handlers of a server, also those that it registers later: the SDKs look one up for each
 * request.
 */
export function wrapHandlers(protocol: ProtocolServer, wrap: (handler: Handler) => Handler): void {
  const handlers = handlersOf(protocol);
  if (!handlers) return;
  const { get } = handlers;
  const wrapped = new WeakMap<Handler, Handler>();
  const wrappedGet = (method: string): Handler | undefined => {
    const handler = get.call(handlers, method);
    if (!handler) return undefined;
    const known = wrapped.get(handler);
    if (known) return known;
    const fresh = wrap(handler);
    wrapped.set(handler, fresh);
    return fresh;
  };
  // An assignment would throw where a server has frozen the intrinsics.
  Object.defineProperty(handlers, 'get', { value: wrappedGet, configurable: true, writable: true });
}

/** Runs a tool whose arguments were checked. */
export type ToolRunner = (tool: unknown, args: unknown, context: HandlerContext) => unknown;

/**
 * Wraps what runs the tools of an `McpServer`; nothing where there is none, as in a low-level
 * server.
 */
export function wrapToolRunner(
  instance: Connectable,
  wrap: (runTool: ToolRunner) => ToolRunner,
): void {
  const { executeToolHandler } = instance;
  if (typeof executeToolHandler !== 'function') return;
  instance.executeToolHandler = wrap(executeToolHandler.bind(instance));
}

/** @returns the way of a request past the SDK's listener. */
export function takerOf(protocol: ProtocolServer): TakeRequest | undefined {
  const insides = protocol as Insides;
  if (typeof insides._onrequest !== 'function') return undefined;
  return (request, extra) => insides._onrequest?.(request, extra);
}

/**
 * Makes an instance of SDK v2 speak one revision. @returns whether it says so, where it says
 * anything.
 */
export function bindRevision(protocol: ProtocolServer, revision: string): boolean {
  const insides = protocol as Insides;
  insides._negotiatedProtocolVersion = revision;
  const { getNegotiatedProtocolVersion: read } = insides;
  return typeof read !== 'function' || read.call(protocol) === revision;
}

/** What SDK v2 keeps of a tool, prompt or resource, as far as this host looks at it. */
interface Registered {
  readonly scopeChallenge?: unknown;
}

interface ScopeInsides {
  resolveScopeChallenge?(context: ScopeContext): ScopeAnswer | Promise<ScopeAnswer>;
  readonly _registeredTools?: Record<string, Registered>;
  readonly _registeredPrompts?: Record<string, Registered>;
  readonly _registeredResources?: Record<string, Registered>;
  readonly _registeredResourceTemplates?: Record<string, Registered>;
}

interface ScopeContext {
  readonly request: object;
  readonly authInfo?: object;
}

export type ScopeAnswer = { readonly scopes: readonly string[] } | undefined;

/**
 * Asks `McpServer` of SDK v2 (from 2.1.0) which scopes its author wants for a request; internal to
 * the SDK.
 */
export function askForScopes(
  instance: Connectable,
  context: ScopeContext,
): ScopeAnswer | Promise<ScopeAnswer> {
  return (instance as ScopeInsides).resolveScopeChallenge?.(context);
}

/** Whether an author asks for scopes, and {@link askForScopes} would not learn of it. */
export function hidesScopes(instance: Connectable): boolean {
  const insides = instance as ScopeInsides;
  if (typeof insides.resolveScopeChallenge === 'function') return false;
  const { _registeredTools, _registeredPrompts } = insides;
  const { _registeredResources, _registeredResourceTemplates } = insides;
  return [_registeredTools, _registeredPrompts, _registeredResources, _registeredResourceTemplates]
    .flatMap((registered) => Object.values(registered ?? {}))
    .some((each) => isObject(each) && each.scopeChallenge !== undefined);
}

interface Probed {
  readonly protocol: ProtocolServer;
  readonly sdk: Sdk;
}

/**
 * Finds out on a server that has been initialized, with two pings that run no code of its author,
 * what is as this host knows it. Never throws.
 */
export async function probeSdk(
  { protocol, sdk }: Probed,
  transport: MultiplexingTransport,
  probed: ProbedSdk,
): Promise<void> {
  const { context } = await ping(protocol, transport);
  if (!context) probed.markOff('_requestHandlers');
  else if (!isContextOf(sdk, context)) {
    const other = sdk === 'v1' ? 'v2' : 'v1';
    const isOther = (other === 'v2') === isObject(context.mcpReq);
    if (isOther) probed.sdk = other;
    probed.markOff(isOther ? 'getNegotiatedProtocolVersion' : 'handlerContext');
  }
  probed.takesRequests = takerOf(protocol) !== undefined;
  if (probed.takesRequests) probed.takesRequests = (await ping(protocol, transport)).isAnswered;
  if (!probed.takesRequests) probed.markOff('_onrequest');
}

const PROBE_CALLER = { authInfo: { token: '', clientId: '', scopes: [] } };

async function ping(
  protocol: ProtocolServer,
  transport: MultiplexingTransport,
): Promise<{ isAnswered: boolean; context?: HandlerContext }> {
  let context: HandlerContext | undefined;
  const handlers = handlersOf(protocol);
  const get = handlers?.get;
  const pong: Handler = (_request, given) => {
    context = given;
    return {};
  };
  if (handlers && get) {
    handlers.get = (method) => (method === 'ping' ? pong : get.call(handlers, method));
  }
  try {
    const answer = await answerInTime(
      transport,
      { era: 'legacy', method: 'ping', params: {} },
      PROBE_CALLER,
    );
    return {
      isAnswered: answer !== undefined && !('error' in answer),
      ...(context && { context }),
    };
  } finally {
    if (handlers && get) handlers.get = get;
  }
}

function isContextOf(sdk: Sdk, { mcpReq, http, ...context }: HandlerContext): boolean {
  const [signal, send, authInfo, request] =
    sdk === 'v2'
      ? [mcpReq?.signal, mcpReq?.send, http?.authInfo, http?.req]
      : [context.signal, context.sendRequest, context.authInfo, context.requestInfo];
  return isObject(signal) && typeof send === 'function' && isObject(authInfo) && isObject(request);
}

/** Whether an SDK blames the caller for the result of a tool: both answer -32602 with this text. */
export function isFaultyResult(thrown: unknown): thrown is Error {
  const { message } = Object(thrown) as { message?: unknown };
  return typeof message === 'string' && message.includes('Invalid tools/call result');
}

/**
 * Whether an error says that there is no such resource. `McpServer` of SDK v1 answers -32602 with
 * "Resource <uri> not found", without the `data` that tells it from other mistakes.
 */
export function isUnknownResource(thrown: unknown): thrown is Error {
  const { code, message, data } = Object(thrown) as Record<string, unknown>;
  return (
    code === ERROR_CODES.invalidParams &&
    data === undefined &&
    typeof message === 'string' &&
    message.endsWith('not found')
  );
}

/**
 * What the entry of SDK v2 says of a refused request: the rule, without the headers and arguments
 * it repeats.
 */
export function withoutValues(text: string): string {
  return text.replace(/^(Rejected inbound request \([\w-]+\)):.*$/s, '$1');
}

/** The text in which both SDKs answer a call of a tool that a server does not have. */
export function unknownToolText(name: string): string {
  return `Tool ${name} not found`;
}
