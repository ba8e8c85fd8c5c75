// The names and numbers of the Model Context Protocol and of JSON-RPC that more than one room
// writes or reads.

/** Revisions that start with `initialize`, newest first; SDK v1 1.32.2 accepts the same ones. */
export const LEGACY_VERSIONS: readonly string[] = [
  '2025-11-25',
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
  '2024-10-07',
];
/** Stateless revisions. */
export const MODERN_VERSIONS: readonly string[] = ['2026-07-28'];

/** Members of `_meta` (MCP 2026-07-28, basic/index, "`_meta`"). */
export const META_KEYS = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  logLevel: 'io.modelcontextprotocol/logLevel',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
  /** MCP 2025-11-25, basic/utilities/tasks. */
  relatedTask: 'io.modelcontextprotocol/related-task',
} as const;

/**
 * The parameter that `Mcp-Name` repeats (MCP 2026-07-28, basic/transports/streamable-http,
 * "Standard headers").
 */
export const NAMED_BY: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
]);

/** Error codes of JSON-RPC 2.0 (section 5.1) and of MCP. */
export const ERROR_CODES = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  /** A version mismatch of the 2025 era, as SDK v1 answers it. */
  badRequest: -32000,
  /** Up to 2025-11-25. */
  resourceNotFound: -32002,
  /** Up to 2025-11-25. */
  urlElicitationRequired: -32042,
  /** 2026-07-28. */
  headerMismatch: -32020,
  /** 2026-07-28: the client did not declare a capability that the request needs. */
  missingClientCapability: -32021,
  /** 2026-07-28. */
  unsupportedVersion: -32022,
} as const;

export const NOTIFICATIONS = {
  cancelled: 'notifications/cancelled',
  initialized: 'notifications/initialized',
  message: 'notifications/message',
  progress: 'notifications/progress',
  toolsChanged: 'notifications/tools/list_changed',
  promptsChanged: 'notifications/prompts/list_changed',
  resourcesChanged: 'notifications/resources/list_changed',
  resourceUpdated: 'notifications/resources/updated',
} as const;

/**
 * @returns whether a notification is for watching clients rather than for the caller of a request.
 */
export function isChange(method: string): boolean {
  return method.endsWith('/list_changed') || method === NOTIFICATIONS.resourceUpdated;
}
