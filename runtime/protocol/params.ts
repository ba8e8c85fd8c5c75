// What the `params` of MCP's own methods must be: as strict as the request schemas of both SDKs
// (1.32.2, 2.4.0), checked before a server is asked, so that a client's mistake is never a fault of
// the server. Unknown members pass.

import { isObject } from '../../config/json-value.ts';
import type { JsonObject, JsonRpcRequest } from '../exchange/exchange.ts';
import { HostError, type RefusalReason } from '../exchange/refusals.ts';
import { LOG_LEVELS } from './envelope.ts';

/**
 * @returns what is wrong, to be read after the name of the value, or undefined. It never contains
 * the value.
 */
type Rule = (value: unknown) => string | undefined;

const text: Rule = (value) => (typeof value === 'string' ? undefined : ' must be a string.');

const object: Rule = (value) => (isObject(value) ? undefined : ' must be an object.');

/** The names are the client's own, so the text names none of them. */
const texts: Rule = (value) =>
  isObject(value) && Object.values(value).every(isText)
    ? undefined
    : ' must be an object whose values are strings.';

const level: Rule = (value) => (LOG_LEVELS.includes(value) ? undefined : ' must be a log level.');

/** RFC 3986, 3: every URI begins with its scheme. The rest is the server's to judge. */
const uri: Rule = (value) =>
  typeof value === 'string' && /^[a-z][a-z\d+.-]*:/i.test(value)
    ? undefined
    : ' must be a URI with a scheme.';

const optional =
  (rule: Rule): Rule =>
  (value) =>
    value === undefined ? undefined : rule(value);

function members(rules: Readonly<Record<string, Rule>>): Rule {
  const entries = Object.entries(rules);
  return (value) => {
    if (!isObject(value)) return ' must be an object.';
    for (const [name, rule] of entries) {
      const fault = rule(value[name]);
      if (fault !== undefined) return `.${name}${fault}`;
    }
    return undefined;
  };
}

const promptReference = members({ name: text });
const resourceReference = members({ uri: text });

const reference: Rule = (value) => {
  const { type } = isObject(value) ? value : {};
  if (type === 'ref/prompt') return promptReference(value);
  if (type === 'ref/resource') return resourceReference(value);
  return isObject(value) ? '.type must be "ref/prompt" or "ref/resource".' : ' must be an object.';
};

interface MethodParams {
  readonly rule: Rule;
  /** Without it the server does not have the method, whatever its `params`. */
  readonly capability?: string;
  /** Default: `invalid-params`. */
  readonly reason?: RefusalReason;
}

const page = members({ cursor: optional(text) });
const resource = members({ uri });

const METHODS: ReadonlyMap<string, MethodParams> = new Map<string, MethodParams>([
  ['initialize', { rule: members({ protocolVersion: text }) }],
  ['logging/setLevel', { capability: 'logging', rule: members({ level }) }],
  ['tools/list', { capability: 'tools', rule: page }],
  [
    'tools/call',
    { capability: 'tools', rule: members({ name: text, arguments: optional(object) }) },
  ],
  ['prompts/list', { capability: 'prompts', rule: page }],
  [
    'prompts/get',
    { capability: 'prompts', rule: members({ name: text, arguments: optional(texts) }) },
  ],
  ['resources/list', { capability: 'resources', rule: page }],
  ['resources/templates/list', { capability: 'resources', rule: page }],
  ['resources/read', { capability: 'resources', rule: resource }],
  ['resources/subscribe', { capability: 'resources', rule: resource }],
  ['resources/unsubscribe', { capability: 'resources', rule: resource }],
  [
    'completion/complete',
    {
      capability: 'completions',
      rule: members({
        ref: reference,
        argument: members({ name: text, value: text }),
        context: optional(members({ arguments: optional(texts) })),
      }),
    },
  ],
  // What a client cannot listen to is not granted, so the members are not a mistake of anyone.
  [
    'subscriptions/listen',
    { reason: 'bad-subscription', rule: members({ notifications: object }) },
  ],
]);

const NONE: JsonObject = {};

/**
 * @throws HostError `invalid-params` or `bad-subscription`, with the path and the rule in its text.
 */
export function checkParams(
  { method, params = NONE }: JsonRpcRequest,
  capabilities: JsonObject,
): void {
  const known = METHODS.get(method);
  if (!known) return;
  const { rule, capability, reason = 'invalid-params' } = known;
  if (capability !== undefined && capabilities[capability] === undefined) return;
  const fault = rule(params);
  if (fault === undefined) return;
  throw new HostError(reason, { message: `Invalid params: params${fault}` });
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
