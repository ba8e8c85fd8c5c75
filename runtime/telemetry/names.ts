// Names of attributes and metrics, in one place: what queries ask for must be what is written.
// Strings, because no package exports the conventions for MCP
// (open-telemetry/semantic-conventions-genai, docs/gen-ai/mcp.md).

/**
 * Attributes; Application Insights shows them as custom dimensions, but for `error.type` and
 * `network.*`.
 */
export const ATTRIBUTES = {
  serverName: 'mcp.server.name',
  methodName: 'mcp.method.name',
  toolName: 'gen_ai.tool.name',
  promptName: 'gen_ai.prompt.name',
  operationName: 'gen_ai.operation.name',
  requestId: 'jsonrpc.request.id',
  resourceUri: 'mcp.resource.uri',
  protocolVersion: 'mcp.protocol.version',
  statusCode: 'rpc.response.status_code',
  errorType: 'error.type',
  /** The same as `error.type`, which the exporter for Application Insights leaves out. */
  mcpErrorType: 'mcp.error.type',
  /** Our own: how it ended, where neither the status nor the code says so. */
  outcome: 'mcp.outcome',
  clientName: 'mcp.client.name',
  clientVersion: 'mcp.client.version',
  invocationId: 'faas.invocation_id',
  coldStart: 'faas.coldstart',
  transport: 'network.transport',
  protocolName: 'network.protocol.name',
  httpVersion: 'network.protocol.version',
  reason: 'reason',
  httpStatus: 'http.response.status_code',
  /** Our own: who called, by `host.audit`. */
  caller: 'mcp.caller',
  /** Our own: the program that called, and whether a token says so or the program itself. */
  client: 'mcp.client.app',
  clientFrom: 'mcp.client.from',
  durationMs: 'mcp.call.duration_ms',
  signal: 'signal',
} as const;

/** Log records with a name; in Application Insights rows of `customEvents`. */
export const EVENTS = {
  toolCall: 'mcp.tool_call',
} as const;

/** An attribute with this name makes a custom event of a log record, there and in Collectors. */
export const CUSTOM_EVENT_NAME = 'microsoft.custom_event.name';

export const METRICS = {
  operationDuration: 'mcp.server.operation.duration',
  inFlight: 'mcp.host.requests.in_flight',
  heldBytes: 'mcp.host.held_bytes',
  waiting: 'mcp.host.waiting',
  rejections: 'mcp.host.rejections',
  unavailable: 'mcp.host.servers.unavailable',
  toolsChanged: 'mcp.host.tools.changed',
  restarts: 'mcp.host.servers.restarts',
  dropped: 'mcp.host.telemetry.dropped',
  eventLoopDelay: 'nodejs.eventloop.delay.p99',
} as const;

/**
 * Stands for every name that a client made up, so that no one can flood the destination with names.
 */
export const OTHER = '_other';

/** Seconds; the conventions' boundaries for MCP. */
export const DURATION_BOUNDARIES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];
