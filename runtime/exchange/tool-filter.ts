// The tool filter of a mount: which tools are listed and may be called. It sits at the exchange, so it serves every backend.

import type { Answer, Backend, JsonObject, JsonRpcRequest } from './exchange.ts';

export interface ToolRules {
  /** Exact names; when present, only these tools exist. */
  readonly allow?: readonly string[];
  /** Exact names; wins over `allow`. */
  readonly deny?: readonly string[];
}

/** Applies the rules to a request before the backend and to its answer after it. */
export interface ToolFilter {
  /** The answer to a call of a tool that does not exist for callers, or undefined when the request may pass. */
  refuse(request: JsonRpcRequest): Answer | undefined;
  /** The answer without the tools that do not exist for callers. */
  filter(request: JsonRpcRequest, answer: Answer): Answer;
}

/** @returns undefined when the rules let everything pass, so that an unfiltered call costs nothing. */
export function createToolFilter(rules: ToolRules, sdk: Backend['sdk']): ToolFilter | undefined {
  if (!rules.allow && !rules.deny) return undefined;
  const isOffered = toolPredicate(rules);
  return {
    refuse(request) {
      if (request.method !== 'tools/call') return undefined;
      const name = request.params?.name;
      return typeof name !== 'string' || isOffered(name) ? undefined : unknownTool(name, sdk);
    },
    filter(request, answer) {
      if (request.method !== 'tools/list' || !('result' in answer)) return answer;
      const result = answer.result as JsonObject | null;
      if (!Array.isArray(result?.tools)) return answer;
      return { result: { ...result, tools: result.tools.filter((tool) => isOffered(tool?.name)) } };
    },
  };
}

/** The tools that exist for callers. */
export function offeredTools(
  rules: ToolRules,
  tools: readonly JsonObject[],
): readonly JsonObject[] {
  const isOffered = toolPredicate(rules);
  return tools.filter(({ name }) => isOffered(String(name)));
}

/** Names in the rules that no tool of the server bears: most likely misspelt. */
export function unmatchedToolNames(rules: ToolRules, tools: readonly JsonObject[]): string[] {
  const known = new Set(tools.map((tool) => tool.name));
  return [...(rules.allow ?? []), ...(rules.deny ?? [])].filter((name) => !known.has(name));
}

function toolPredicate(rules: ToolRules): (name: string) => boolean {
  const allow = rules.allow && new Set(rules.allow);
  const deny = new Set(rules.deny);
  return (name) => !deny.has(name) && (allow === undefined || allow.has(name));
}

// A filtered tool must look exactly like one that was never there: SDK v1 answers an unknown tool
// with an `isError` result (server/mcp.js), SDK v2 with a JSON-RPC error.
function unknownTool(name: string, sdk: Backend['sdk']): Answer {
  const message = `Tool ${name} not found`;
  if (sdk === 'v2') return { error: { code: -32602, message } };
  const text = `MCP error -32602: ${message}`;
  return { result: { content: [{ type: 'text', text }], isError: true } };
}
