// Runs the sections of one policy document for one request, element by element.
// https://learn.microsoft.com/azure/api-management/api-management-howto-policies
// https://learn.microsoft.com/azure/api-management/api-management-error-handling-policies

import { BlockList } from 'node:net';
import { type Context, evaluate } from './expressions.ts';
import { childOf, type Element, textOf } from './policy-xml.ts';
import type { Counters } from './rate-limit.ts';
import { type OpenIdConfigurations, validateToken } from './token-validation.ts';

/** An answer that a policy makes; header names in lower case. */
export interface MadeAnswer {
  readonly status: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Ends the pipeline with an answer: "cancels pipeline execution" (return-response-policy). */
class Return {
  readonly answer: MadeAnswer;
  constructor(answer: MadeAnswer) {
    this.answer = answer;
  }
}

/** "If an error occurs, processing immediately jumps to the on-error policy section." */
export class PolicyError extends Error {
  readonly reason: string;
  /**
   * context.Response.StatusCode in on-error. Of Timeout and BackendConnectionFailure the page does
   * not say it.
   */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(reason: string, status: number, headers: Readonly<Record<string, string>> = {}) {
    super(reason);
    this.reason = reason;
    this.status = status;
    this.headers = headers;
  }
}

/** What a gateway keeps between requests. */
export interface State {
  readonly counters: Counters;
  readonly configurations: OpenIdConfigurations;
}

/** One request on its way through a policy document. */
export interface Run {
  readonly policy: Element;
  readonly state: State;
  readonly context: { -readonly [Key in keyof Context]: Context[Key] };
  /** Headers that policies set on the way to the backend. */
  readonly requestHeaders: Map<string, string>;
  /** Sends the request on; sets `context.response`. @throws PolicyError */
  forward(timeoutSeconds: number): Promise<void>;
}

/** @returns the answer that a policy made; undefined: that of the backend, as it is. */
export async function runPolicies(run: Run): Promise<MadeAnswer | undefined> {
  try {
    for (const section of ['inbound', 'backend', 'outbound']) {
      await runElements(childOf(run.policy, section), run);
    }
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Return) return thrown.answer;
    if (!(thrown instanceof PolicyError)) throw thrown;
    return runOnError(thrown, run);
  }
}

async function runOnError(error: PolicyError, run: Run): Promise<MadeAnswer> {
  const { status, reason, headers } = error;
  run.context.lastError = { reason };
  run.context.response = { status, header: (name) => headers[name] };
  try {
    await runElements(childOf(run.policy, 'on-error'), run);
  } catch (thrown) {
    if (thrown instanceof Return) return thrown.answer;
    throw thrown;
  }
  return { status, reason: '', headers, body: '' };
}

async function runElements({ children }: Element, run: Run): Promise<void> {
  for (const child of children) await runElement(child, run);
}

async function runElement(element: Element, run: Run): Promise<void> {
  const { name, attributes } = element;
  switch (name) {
    // The scopes above have only the service's own default, which forwards in `backend`.
    case 'base':
      return;
    // Answers preflights before any policy runs, and adds headers to answers: gateway.ts.
    case 'cors':
      return;
    case 'ip-filter':
      return filterAddress(element, run);
    case 'rate-limit-by-key':
      return limitRate(element, run);
    case 'validate-jwt':
    case 'validate-azure-ad-token':
      return validate(element, run);
    case 'choose':
      return choose(element, run);
    case 'set-header':
      run.requestHeaders.set((attributes.name as string).toLowerCase(), headerValue(element, run));
      return;
    case 'forward-request':
      return run.forward(Number(attributes.timeout));
    case 'return-response':
      throw new Return(madeAnswer(element, run));
    default:
      throw new Error(`No such policy is known: ${name}`);
  }
}

/** "action: allow" lets the listed ranges pass; "the service returns a 403 Forbidden" to others. */
function filterAddress({ children }: Element, { context }: Run): void {
  const ranges = new BlockList();
  for (const { attributes } of children) {
    ranges.addRange(attributes.from as string, attributes.to as string);
  }
  const address = context.request.ipAddress.replace(/^::ffff:/, '');
  if (!ranges.check(address)) throw new PolicyError('CallerIpNotAllowed', 403);
}

function limitRate({ attributes }: Element, { context, state }: Run): void {
  const key = String(evaluate(attributes['counter-key'] as string, context));
  const calls = Number(attributes.calls);
  const retryAfter = state.counters.count(key, calls, Number(attributes['renewal-period']));
  if (retryAfter === undefined) return;
  context.variables.set(attributes['retry-after-variable-name'] as string, retryAfter);
  // "the caller receives a 429 Too Many Requests response status code"; the header's default name
  // is Retry-After.
  throw new PolicyError('RateLimitExceeded', 429, { 'retry-after': String(retryAfter) });
}

async function validate(element: Element, { context, state }: Run): Promise<void> {
  const jwt = await validateToken(element, context, state.configurations);
  const { attributes } = element;
  const status = Number(attributes['failed-validation-httpcode']);
  // All reasons of the page have this status; no expression asks for one.
  if (!jwt) throw new PolicyError('JwtInvalid', status);
  const variable = attributes['output-token-variable-name'];
  if (variable !== undefined) context.variables.set(variable, jwt);
}

/**
 * "the first condition that evaluates to true", else `otherwise`:
 * https://learn.microsoft.com/azure/api-management/choose-policy
 */
async function choose({ children }: Element, run: Run): Promise<void> {
  const chosen = children.find(
    ({ name, attributes }) =>
      name === 'otherwise' || evaluate(attributes.condition as string, run.context) === true,
  );
  if (chosen) await runElements(chosen, run);
}

/**
 * `exists-action="override"`: "replaces the value of the existing header" (set-header-policy); no
 * other is known.
 */
function headerValue(element: Element, { context }: Run): string {
  if (element.attributes['exists-action'] !== 'override') throw new Error('Only override is known');
  return String(evaluate(textOf(childOf(element, 'value')), context));
}

/** "Default response is 200 OK with no body" (return-response-policy). */
function madeAnswer({ children }: Element, run: Run): MadeAnswer {
  const status = children.find(({ name }) => name === 'set-status');
  const headers = children.filter(({ name }) => name === 'set-header');
  const body = children.find(({ name }) => name === 'set-body');
  return {
    status: Number(status?.attributes.code ?? 200),
    reason: status?.attributes.reason ?? 'OK',
    headers: Object.fromEntries(
      headers.map((each) => [
        (each.attributes.name as string).toLowerCase(),
        headerValue(each, run),
      ]),
    ),
    body: body ? textOf(body) : '',
  };
}
