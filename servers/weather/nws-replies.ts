// The parts of the weather service's replies that we read. Other fields are ignored, and a field
// that may be missing reads as null.

import { z } from 'zod';

const optionalText = z.string().nullish().default(null);
const optionalNumber = z.number().nullish().default(null);

/** Reply of `/alerts/active`: a GeoJSON collection with one feature for each alert. */
export const alertsReplySchema = z.object({
  features: z.array(
    z.object({
      properties: z.object({
        event: optionalText,
        severity: optionalText,
        urgency: optionalText,
        status: optionalText,
        areaDesc: optionalText,
        headline: optionalText,
        onset: optionalText,
        expires: optionalText,
      }),
    }),
  ),
});

/** Properties of one alert, as the service sends them. */
export type AlertReply = z.infer<typeof alertsReplySchema>['features'][number]['properties'];

/**
 * Reply of `/points/{latitude},{longitude}`: names the nearest town and the URL of the forecast.
 */
export const pointReplySchema = z.object({
  properties: z.object({
    forecast: z.string(),
    relativeLocation: z
      .object({ properties: z.object({ city: z.string(), state: z.string() }) })
      .nullish(),
  }),
});

/** Reply of a forecast URL: up to 14 periods, a day or a night each. */
export const forecastReplySchema = z.object({
  properties: z.object({
    periods: z.array(
      z.object({
        name: z.string(),
        startTime: z.string(),
        temperature: optionalNumber,
        temperatureUnit: optionalText,
        probabilityOfPrecipitation: z.object({ value: optionalNumber }).nullish(),
        windSpeed: optionalText,
        windDirection: optionalText,
        shortForecast: optionalText,
      }),
    ),
  }),
});

/** One period of a forecast, as the service sends it. */
export type PeriodReply = z.infer<typeof forecastReplySchema>['properties']['periods'][number];
