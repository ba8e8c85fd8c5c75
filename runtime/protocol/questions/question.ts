// A question of a server to its client: the capability it needs, its key and its digest.

import { createHash } from 'node:crypto';
import type { Answer, JsonObject, Question } from '../../exchange/exchange.ts';
import { ERROR_CODES } from '../../exchange/wire-names.ts';

/**
 * An author names a question with this key of its `_meta`, so that a client may answer it before it
 * is asked.
 */
const KEY_META = 'functions-mcp-host/key';

/** A question as it goes out. */
export interface OutgoingQuestion {
  /** Its key in `inputRequests`: the author's, or its digest. */
  readonly key: string;
  /** Whether the author named it. */
  readonly isNamed: boolean;
  /** Hash of name, method and params: an answer counts for this content only. */
  readonly digest: string;
  readonly question: Question;
}

/**
 * Takes out what is not for the client: the author's key, and the SDK's progress token, which is
 * guessable.
 */
export function prepareQuestion({ method, params }: Question): OutgoingQuestion {
  const { _meta, ...rest } = params ?? {};
  const { [KEY_META]: name, progressToken: _, ...meta } = (_meta ?? {}) as JsonObject;
  const outgoing = { ...rest, ...(Object.keys(meta).length > 0 && { _meta: meta }) };
  const digest = digestOf({ name, method, params: outgoing });
  const isNamed = typeof name === 'string';
  return {
    key: isNamed ? name : digest.slice(0, 22),
    isNamed,
    digest,
    question: { method, params: outgoing },
  };
}

/** SHA-256 over canonical JSON: members in the order of their names. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('base64url');
}

/**
 * @returns the capability that the client would have to declare, or undefined when it did; `ping`
 * and a method of the server's own need none. An `elicitation: {}` means form mode only (MCP
 * 2025-11-25, client/elicitation).
 */
export function missingCapability(
  question: Question,
  capabilities: JsonObject,
): JsonObject | undefined {
  const { method, params } = question;
  if (method === 'roots/list') return capabilities.roots ? undefined : { roots: {} };
  if (method === 'sampling/createMessage') {
    const sampling = capabilities.sampling as JsonObject | undefined;
    if (params?.tools || params?.toolChoice) {
      return sampling?.tools ? undefined : { sampling: { tools: {} } };
    }
    return sampling ? undefined : { sampling: {} };
  }
  if (method === 'elicitation/create') {
    const elicitation = capabilities.elicitation as JsonObject | undefined;
    if (params?.mode === 'url') return elicitation?.url ? undefined : { elicitation: { url: {} } };
    const acceptsForms = elicitation && (elicitation.form || !elicitation.url);
    return acceptsForms ? undefined : { elicitation: { form: {} } };
  }
  return undefined;
}

/** Fed to a handler that asks for more than its client can do; one with a fallback goes on. */
export function missingCapabilityAnswer(required: JsonObject): Answer {
  return {
    error: {
      code: ERROR_CODES.missingClientCapability,
      message: 'The client did not declare the capability that this question requires.',
      data: { requiredCapabilities: required },
    },
  };
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
  return `{${members.join(',')}}`;
}
