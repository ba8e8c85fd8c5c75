// Tool get-forecast: the forecast of the coming days for one place in the United States.

import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { failureResult } from './failure.ts';
import type { NwsClient } from './nws.ts';
import type { PeriodReply } from './nws-replies.ts';

const inputSchema = z.object({
  latitude: z.number().min(-90).max(90).describe('Degrees north, such as 42.36 for Boston'),
  longitude: z.number().min(-180).max(180).describe('Degrees east, such as -71.06 for Boston'),
});

const periodSchema = z.object({
  name: z.string().describe('Such as "Tonight" or "Monday"'),
  startTime: z.string().describe('ISO 8601 with offset'),
  temperature: z.number().nullable().describe('In temperatureUnit; null when not known'),
  temperatureUnit: z.string().nullable().describe('F or C'),
  precipitationPercent: z.number().nullable().describe('Probability of rain or snow'),
  wind: z.string().nullable().describe('Speed and direction, such as "5 to 10 mph NW"'),
  summary: z.string().nullable().describe('Such as "Partly Cloudy"'),
});

const outputSchema = z.object({
  latitude: z.number(),
  longitude: z.number(),
  location: z.string().nullable().describe('Nearest town'),
  periods: z.array(periodSchema).describe('Half days in order of time'),
});

type Period = z.infer<typeof periodSchema>;

/** Adds the tool to `server`; `nws` answers its lookups. */
export function registerGetForecast(server: McpServer, nws: NwsClient): void {
  server.registerTool(
    'get-forecast',
    {
      title: 'Get weather forecast',
      description:
        'Forecast of the US National Weather Service for the coming days at one place. ' +
        'Covers the United States and its territories only.',
      inputSchema,
      outputSchema,
      annotations: { readOnlyHint: true, openWorldHint: true },
    },
    async ({ latitude, longitude }, { signal }) => {
      try {
        const { location, periods } = await nws.forecast(latitude, longitude, signal);
        const output = { latitude, longitude, location, periods: periods.map(toPeriod) };
        return {
          content: [{ type: 'text', text: describeForecast(output) }],
          structuredContent: output,
        };
      } catch (error) {
        return failureResult('the forecast', error, {
          404: 'has no forecast for this place; it covers the United States only',
        });
      }
    },
  );
}

function toPeriod(reply: PeriodReply): Period {
  const { name, startTime, temperature, temperatureUnit, windSpeed, windDirection } = reply;
  return {
    name,
    startTime,
    temperature,
    temperatureUnit,
    precipitationPercent: reply.probabilityOfPrecipitation?.value ?? null,
    wind: [windSpeed, windDirection].filter(Boolean).join(' ') || null,
    summary: reply.shortForecast,
  };
}

function describeForecast(forecast: z.infer<typeof outputSchema>): string {
  const place = forecast.location ?? `${forecast.latitude}, ${forecast.longitude}`;
  return [`Forecast for ${place}:`, ...forecast.periods.map(describePeriod)].join('\n');
}

function describePeriod(period: Period): string {
  const { name, temperature, temperatureUnit, precipitationPercent, wind, summary } = period;
  const details = [
    // Not `||`: 0 degrees and 0 percent are values.
    temperature === null ? 'temperature not known' : `${temperature}°${temperatureUnit ?? ''}`,
    summary,
    wind && `wind ${wind}`,
    precipitationPercent === null ? null : `precipitation ${precipitationPercent}%`,
  ];
  return `${name}: ${details.filter(Boolean).join(', ')}`;
}
