// The client of the US National Weather Service,
// https://www.weather.gov/documentation/services-web-api: its addresses, and the rule that its
// replies never send us to another host.

import type { z } from 'zod';
import { getJson } from './get-json.ts';
import {
  type AlertReply,
  alertsReplySchema,
  forecastReplySchema,
  type PeriodReply,
  pointReplySchema,
} from './nws-replies.ts';
import { UpstreamError, type UpstreamLimits, withDeadline } from './upstream.ts';

/** Where the service lives unless `WEATHER_API_BASE_URL` says otherwise. */
export const DEFAULT_BASE_URL = 'https://api.weather.gov';

// The service refuses requests without a User-Agent.
const HEADERS = {
  accept: 'application/geo+json',
  'user-agent': 'functions-mcp-host-weather/1.0',
};

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/** A forecast and the place it is for. */
export interface Forecast {
  /** Nearest town, such as "Boston, MA"; null when the service names none. */
  readonly location: string | null;
  readonly periods: readonly PeriodReply[];
}

/**
 * The lookups. Each ends by its deadline or when `signal` fires, and fails with an UpstreamError.
 */
export interface NwsClient {
  /** All active alerts of a state or territory, given by its two upper-case letters. */
  activeAlerts(state: string, signal: AbortSignal): Promise<AlertReply[]>;
  /** The forecast for a place, in decimal degrees. */
  forecast(latitude: number, longitude: number, signal: AbortSignal): Promise<Forecast>;
}

/**
 * @param baseUrl https, or http for a loopback address; a path in it is kept.
 * @throws Error when `baseUrl` is neither; its text does not repeat the URL, which may hold a
 * secret.
 */
export function createNwsClient(baseUrl: string, limits: UpstreamLimits): NwsClient {
  const base = parseBaseUrl(baseUrl);

  async function get<T extends z.ZodType>(url: URL, schema: T, signal: AbortSignal) {
    const reply = schema.safeParse(await getJson(url, HEADERS, signal, limits));
    if (reply.success) return reply.data;
    throw new UpstreamError('sent an answer that cannot be read', { cause: reply.error });
  }

  return {
    activeAlerts: (state, callerSignal) =>
      withDeadline(limits.timeoutMs, callerSignal, async (signal) => {
        const url = new URL('alerts/active', base);
        url.searchParams.set('area', state);
        const { features } = await get(url, alertsReplySchema, signal);
        return features.map((feature) => feature.properties);
      }),

    forecast: (latitude, longitude, callerSignal) =>
      withDeadline(limits.timeoutMs, callerSignal, async (signal) => {
        const place = `${degrees(latitude)},${degrees(longitude)}`;
        const point = await get(new URL(`points/${place}`, base), pointReplySchema, signal);
        const url = sameOriginUrl(point.properties.forecast, base);
        const { properties } = await get(url, forecastReplySchema, signal);
        const town = point.properties.relativeLocation?.properties;
        return { location: town ? `${town.city}, ${town.state}` : null, ...properties };
      }),
  };
}

function parseBaseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname));
  if (!url || !isSafe || url.username || url.password || url.search || url.hash) {
    throw new Error(
      'WEATHER_API_BASE_URL: expected an https URL (http for loopback only) without credentials, query or fragment',
    );
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/**
 * The reply decides the URL, so a forged reply could name an internal address: only our origin
 * passes.
 */
function sameOriginUrl(text: string, base: URL): URL {
  if (URL.canParse(text)) {
    const url = new URL(text);
    if (url.origin === base.origin) return url;
  }
  throw new UpstreamError('named a forecast address that is not its own');
}

/** At most 4 decimals and no trailing zeros: the service answers anything else with a redirect. */
function degrees(value: number): string {
  return String(Number(value.toFixed(4)));
}
