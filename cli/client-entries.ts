// The entries that MCP clients need to reach the servers of servers.yaml, for each place where the
// host can run.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is what clients fill in.

import type { ServerConfig } from '../config/schema.ts';

/**
 * Where the host runs: `npm start`, `func start`, the Functions app, API Management in front of it.
 */
export const targets = ['local', 'func', 'remote', 'apim'] as const;
export type Target = (typeof targets)[number];

/** VS Code's file (`servers`, `inputs`), or what most others read (`mcpServers`). */
export const forms = ['vscode', 'mcpServers'] as const;
export type Form = (typeof forms)[number];

/** Header in which the Functions host takes its key. */
export const keyHeader = 'x-functions-key';

/**
 * How a key stands in a file: VS Code asks for it; other clients take it from the environment.
 * Never the key itself.
 */
export const keyPlaceholders: Readonly<Record<Form, string>> = {
  vscode: '${input:mcp-function-key}',
  mcpServers: '${MCP_FUNCTION_KEY}',
};

/**
 * VS Code's question for the key. @see
 * https://code.visualstudio.com/docs/copilot/reference/mcp-configuration
 */
export const keyInput = {
  type: 'promptString',
  id: 'mcp-function-key',
  description: 'Key of the Functions app (azd or the portal shows it)',
  password: true,
} as const;

/** VS Code's question for the app, in entries that are written before any deployment is known. */
export const appInput = {
  type: 'promptString',
  id: 'mcp-function-app',
  description: 'Name of the Functions app (azd env get-value AZURE_FUNCTION_NAME)',
} as const;

/** Origin of an app whose name VS Code asks for. */
export const askedAppUrl = `https://\${input:${appInput.id}}.azurewebsites.net`;

/** One server at one place. */
export interface ClientEntry {
  /** Unique in a file that has all targets: `weather-local`, `weather-remote`. */
  readonly name: string;
  readonly url: string;
  /** True when the caller must send the key of the Functions app. */
  readonly needsKey: boolean;
}

/**
 * Entries of all enabled servers at one target.
 * @param baseUrl origin without a slash at the end
 */
export function entriesFor(
  target: Target,
  baseUrl: string,
  servers: readonly ServerConfig[],
): ClientEntry[] {
  // `func start` checks no keys, and `npm start` has none; tokens are asked for by the client
  // itself (OAuth).
  const checksKeys = target === 'remote' || target === 'apim';
  return servers
    .filter(({ enabled }) => enabled)
    .map(({ name, path, auth }) => ({
      name: `${name}-${target}`,
      url: `${baseUrl}${path}`,
      needsKey: checksKeys && auth === 'function',
    }));
}

/** An entry as it stands in a file. */
export function toFileEntry({ url, needsKey }: ClientEntry, form: Form) {
  const entry = { type: 'http', url };
  return needsKey ? { ...entry, headers: { [keyHeader]: keyPlaceholders[form] } } : entry;
}
