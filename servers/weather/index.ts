// The weather MCP server: two tools over the US National Weather Service. Keeps nothing between
// calls, so that one instance can serve all callers at once.

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { registerGetAlerts } from './alerts.ts';
import { registerGetForecast } from './forecast.ts';
import { createNwsClient, DEFAULT_BASE_URL } from './nws.ts';
import { DEFAULT_LIMITS, type UpstreamLimits } from './upstream.ts';

/** What the server reads of the context that its host gives. */
export interface WeatherContext {
  /** `WEATHER_API_BASE_URL`: where the weather service lives; default https://api.weather.gov. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Builds the server, not connected to anything.
 * @param limits Bounds of each call; what is absent has the default of `UpstreamLimits`.
 * @throws Error when `WEATHER_API_BASE_URL` is not https (http for loopback only).
 */
export function createServer(
  context: WeatherContext = {},
  limits: Partial<UpstreamLimits> = {},
): McpServer {
  const baseUrl = context.env?.WEATHER_API_BASE_URL || DEFAULT_BASE_URL;
  const nws = createNwsClient(baseUrl, { ...DEFAULT_LIMITS, ...limits });
  const server = new McpServer({ name: 'weather', title: 'Weather', version: '1.0.0' });
  registerGetAlerts(server, nws);
  registerGetForecast(server, nws);
  return server;
}
