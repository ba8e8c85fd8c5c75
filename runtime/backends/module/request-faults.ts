// Tells a client's mistake, as an SDK or the schema of a handler finds it, from a fault of the
// server. The SDKs answer both with -32603.

import { ERROR_CODES } from '../../exchange/wire-names.ts';
import { isUnknownResource } from './sdk-internals.ts';

const MAX_TEXT_LENGTH = 300;

/** What zod 3 and 4 say of one thing that is wrong; their `message` may repeat the value. */
interface Issue {
  readonly path: readonly unknown[];
  readonly code: string;
  readonly expected?: unknown;
}

/**
 * SDK v1 parses a request with the schema of its handler before it calls it, and both at once: what
 * the parser throws comes synchronously, and is about `params`.
 * @param thrown what calling the handler threw at once.
 * @returns the error to answer with, or undefined when the schema did not refuse the request.
 */
export function schemaFault(thrown: unknown): Error | undefined {
  const { issues } = Object(thrown) as { issues?: unknown };
  if (!Array.isArray(issues) || issues.length === 0 || !issues.every(isAboutParams))
    return undefined;
  const [{ path, code, expected }] = issues as [Issue];
  const rule = typeof expected === 'string' ? `${code}, expected ${expected}` : code;
  return invalidParams(`${path.join('.')}: ${rule}.`, thrown);
}

/**
 * `McpServer` of SDK v1 makes a URL of the client's own text before it looks for the resource.
 * @returns the error to answer with, or undefined when it is not about that text.
 */
export function uriFault(thrown: unknown, request: unknown): Error | undefined {
  const { code, input } = Object(thrown) as { code?: unknown; input?: unknown };
  const { params } = Object(request) as { params?: { uri?: unknown } };
  if (code !== 'ERR_INVALID_URL' || input === undefined || input !== params?.uri) return undefined;
  return invalidParams('params.uri must be a valid URL.', thrown);
}

/**
 * A resource that does not exist, in the form that MCP gives it: `data` with the URI tells it from
 * other mistakes.
 * @returns the error to answer with, or undefined when it is about something else.
 */
export function resourceFault(thrown: unknown, request: unknown): Error | undefined {
  const { method, params } = Object(request) as { method?: unknown; params?: { uri?: unknown } };
  if (method !== 'resources/read' || !isUnknownResource(thrown)) return undefined;
  return Object.assign(new Error(thrown.message, { cause: thrown }), {
    code: ERROR_CODES.invalidParams,
    data: { uri: params?.uri },
  });
}

function isAboutParams(issue: unknown): boolean {
  const { path, code } = Object(issue) as Partial<Issue>;
  return Array.isArray(path) && path[0] === 'params' && typeof code === 'string';
}

function invalidParams(text: string, cause: unknown): Error {
  const message = `Invalid params: ${text}`.slice(0, MAX_TEXT_LENGTH);
  return Object.assign(new Error(message, { cause }), { code: ERROR_CODES.invalidParams });
}
