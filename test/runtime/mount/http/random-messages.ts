// Random JSON-RPC messages of a seed, and what is right about the answers to them: 200, 202 or 4xx,
// in JSON-RPC, without a stack.

import { META_KEYS as META, MODERN_VERSIONS } from '../../../../runtime/exchange/wire-names.ts';
import type { PostAnswer } from '../../post.ts';
import type { Random } from './random.ts';

const ENVELOPE = {
  [META.protocolVersion]: MODERN_VERSIONS[0],
  [META.clientCapabilities]: {},
};

/** Without the tools that end the process or never answer: those faults are the servers' own. */
const TOOLS = ['echo', 'throw', 'caller'];

/** The servers that get them: the kernel fixtures. */
export const RANDOM_YAML = `
defaults: { auth: anonymous, timeoutMs: 10000, tools: { allow: [${TOOLS}] } }
servers:
  v1-shared: { module: ./kernel-v1.mjs, instance: shared }
  v1-fresh: { module: ./kernel-v1.mjs, export: createBeta }
  v2-shared: { module: ./kernel-v2.mjs, instance: shared }
  v2-fresh: { module: ./kernel-v2.mjs, export: createDelta }
`;

const METHODS = [
  'initialize',
  'ping',
  'tools/list',
  'tools/call',
  'tools/call',
  'tools/call',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/read',
  'resources/templates/list',
  'resources/subscribe',
  'completion/complete',
  'logging/setLevel',
  'server/discover',
  'subscriptions/listen',
  'tasks/get',
  'tasks/list',
  'nope',
  '',
  'notifications/initialized',
  'notifications/cancelled',
  'notifications/progress',
  'roots/list',
  '__proto__',
];
const WORDS = [
  'echo',
  'throw',
  'caller',
  'exit',
  'error',
  'null',
  'x',
  '',
  'test://static',
  'test://throw/null',
  'ref/prompt',
  'ref/resource',
  'debug',
  '2025-11-25',
  '2026-07-28',
  '__proto__',
  'constructor',
  'a\u0000\n"\\',
  '\ud800',
  'ü€😀',
];
const KEYS = [
  'name',
  'arguments',
  'text',
  'what',
  'uri',
  'cursor',
  'level',
  'ref',
  'argument',
  'type',
  'value',
  'protocolVersion',
  'capabilities',
  'clientInfo',
  'version',
  '_meta',
  'progressToken',
  'task',
  'ttl',
  'requestId',
  'notifications',
  'toolsListChanged',
  'delayMs',
  'toString',
  'hasOwnProperty',
  'length',
  'inputResponses',
  'requestState',
  '',
];
const META_KEYS = [
  'progressToken',
  ...Object.keys(ENVELOPE),
  'io.modelcontextprotocol/clientInfo',
  'io.modelcontextprotocol/logLevel',
  'io.modelcontextprotocol/related-task',
  'traceparent',
  'x',
];

function value(random: Random, depth: number): unknown {
  const kind = random.below(depth > 4 ? 6 : 9);
  if (kind < 2) return random.pick(WORDS);
  if (kind === 2) return random.pick([0, 1, -1, 1.5, 2 ** 53, 1e300, -0]);
  if (kind < 5) return random.pick([null, true, false]);
  if (kind === 5) return 'x'.repeat(random.below(3_000));
  if (kind === 6) return Array.from({ length: random.below(4) }, () => value(random, depth + 1));
  return object(random, KEYS, depth + 1);
}

function object(random: Random, keys: readonly string[], depth: number): Record<string, unknown> {
  const entries = Array.from({ length: random.below(5) }, () => [
    random.pick(keys),
    value(random, depth),
  ]);
  return Object.fromEntries(entries);
}

function params(random: Random, method: string): unknown {
  if (random.oneIn(12)) return value(random, 0);
  const known: Record<string, object> = {
    'tools/call': {
      name: random.pick(WORDS),
      arguments: random.oneIn(3) ? value(random, 1) : { text: 'x', what: 'error' },
    },
    'prompts/get': { name: 'throw', arguments: { what: random.pick(['error', 'null', 'string']) } },
    'resources/read': { uri: random.pick(WORDS) },
    'logging/setLevel': { level: random.pick(WORDS) },
    initialize: {
      protocolVersion: random.pick(WORDS),
      capabilities: random.oneIn(2) ? value(random, 2) : {},
      clientInfo: { name: 'c', version: '1' },
    },
  };
  const meta = random.oneIn(3)
    ? ENVELOPE
    : random.oneIn(3)
      ? object(random, META_KEYS, 0)
      : undefined;
  const own = random.oneIn(4) ? object(random, KEYS, 0) : (known[method] ?? {});
  const retry = random.oneIn(10)
    ? { requestState: value(random, 3), inputResponses: value(random, 2) }
    : {};
  return { ...own, ...retry, ...(meta && { _meta: meta }) };
}

/** The text of one message, mostly one that a client could send. */
export function randomBody(random: Random): string {
  const method = random.pick(METHODS);
  const id = random.pick([1, 0, 'a', -5, '', 'x'.repeat(500), null, 1.5, {}, undefined]);
  const message: Record<string, unknown> = {
    jsonrpc: '2.0',
    id,
    method,
    params: params(random, method),
  };
  if (random.oneIn(10)) delete message[random.pick(Object.keys(message))];
  if (random.oneIn(20)) {
    message[random.pick(['result', 'error', 'method', 'jsonrpc'])] = value(random, 0);
  }
  const text = JSON.stringify(random.oneIn(40) ? [message, message] : message);
  if (!random.oneIn(8)) return text;
  const at = random.below(text.length);
  const other = random.pick(['"', '{', '}', '[', ',', '\\', '0', '\u0000', '\n', '']);
  return text.slice(0, at) + other + text.slice(at + random.below(3));
}

/** Headers for it, mostly the right ones. */
export function randomHeaders(random: Random, text: string): Record<string, string> {
  const right: Record<string, string> = {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': /"method":"([\w/]+)"/.exec(text)?.[1] ?? 'x',
    'mcp-name': /"(?:name|uri)":"([!-~]+?)"/.exec(text)?.[1] ?? 'x',
  };
  const accept = random.pick(['application/json', 'text/event-stream', '*/*', 'text/html']);
  const all = { ...(text.includes('2026-07-28') && random.below(3) > 0 && right) };
  if (random.oneIn(4))
    all[random.pick(Object.keys(right))] = random.pick(['2025-11-25', 'x', 'ping']);
  if (random.oneIn(6)) all['mcp-session-id'] = 'x'.repeat(random.below(200));
  return random.oneIn(4) ? { ...all, accept } : all;
}

/** What is wrong with the answer to a text, or undefined. */
export function faultOf(answer: PostAnswer, text: string): string | undefined {
  const { status, body: answered, contentType } = answer;
  if (![200, 202].includes(status) && (status < 400 || status > 499)) return `status ${status}`;
  if (/(\n|\\n)\s+at |node_modules|file:\/\/|\/work\//.test(answered)) return 'a stack';
  if (status === 202) return answered === '' ? undefined : 'a body with 202';
  if (!answer.error && !answer.result) return 'neither result nor error';
  if (!/^(application\/json|text\/event-stream)/.test(contentType)) return contentType;
  return answer.id === readableId(text) ? undefined : `id ${answer.id}`;
}

/** The id that a client may rely on to find in the answer. */
function readableId(text: string): unknown {
  try {
    const message = JSON.parse(text);
    if (message.method === undefined && ('result' in message || 'error' in message)) return null;
    const isId = typeof message.id === 'string' || Number.isSafeInteger(message.id);
    return isId && !text.includes('"__proto__":') ? message.id : null;
  } catch {
    return null;
  }
}
