// Tool get-forecast through an SDK v1 client, over a weather service that behaves.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { json, type NwsFake, startNwsFake } from '../nws-fake.ts';
import { forecastReply, period, pointReply } from '../nws-fixtures.ts';
import { connectWeather, textOf, type WeatherClient } from './connect.ts';

const BOSTON = { latitude: 42.36, longitude: -71.06 };
const FORECAST_PATH = '/gridpoints/BOX/71,90/forecast';

let nws: NwsFake;
let weather: WeatherClient;

beforeEach(async () => {
  nws = await startNwsFake();
  weather = await connectWeather(nws.url);
});

afterEach(async () => {
  await weather.client.close();
  await nws.close();
});

function forecastIs(...periods: unknown[]) {
  nws.when('/points/', json(pointReply(nws.url + FORECAST_PATH)));
  nws.when('/gridpoints/', json(forecastReply(...periods)));
}

test('follows the point to its forecast and returns it as data and as text', async () => {
  forecastIs(period());

  const result = await weather.call('get-forecast', BOSTON);

  expect(nws.arrivals.map((arrival) => arrival.path)).toEqual([
    '/points/42.36,-71.06',
    FORECAST_PATH,
  ]);
  expect(result.structuredContent).toEqual({
    ...BOSTON,
    location: 'Boston, MA',
    periods: [
      {
        name: 'Tonight',
        startTime: '2026-03-01T18:00:00-05:00',
        temperature: 41,
        temperatureUnit: 'F',
        precipitationPercent: 20,
        wind: '5 to 10 mph NW',
        summary: 'Partly Cloudy',
      },
    ],
  });
  expect(textOf(result)).toBe(
    'Forecast for Boston, MA:\n' +
      'Tonight: 41°F, Partly Cloudy, wind 5 to 10 mph NW, precipitation 20%',
  );
});

test.each([
  { case: '0 degrees is a number', temperature: 0, expected: 'Tonight: 0°F,' },
  { case: 'below zero', temperature: -7, expected: 'Tonight: -7°F,' },
  { case: 'null is not known', temperature: null, expected: 'Tonight: temperature not known,' },
  { case: 'absent is not known', temperature: undefined, expected: 'temperature not known,' },
])('tells the temperature: $case', async ({ temperature, expected }) => {
  forecastIs(period({ temperature }));

  const result = await weather.call('get-forecast', BOSTON);

  expect(textOf(result)).toContain(expected);
  expect(result.structuredContent).toMatchObject({
    periods: [{ temperature: temperature ?? null }],
  });
});

test('tells 0 percent of precipitation and leaves out what is not known', async () => {
  forecastIs(period({ probabilityOfPrecipitation: { value: 0 } }), {
    name: 'Monday',
    startTime: '2026-03-02T06:00:00-05:00',
  });

  const result = await weather.call('get-forecast', BOSTON);

  expect(textOf(result)).toMatch(/precipitation 0%\nMonday: temperature not known$/);
});

test('rounds to the 4 decimals that the service takes without a redirect', async () => {
  forecastIs(period());

  await weather.call('get-forecast', { latitude: 42.1234567, longitude: -0.00001 });

  expect(nws.arrivals[0]?.path).toBe('/points/42.1235,0');
});

test.each([
  { latitude: 90.1, longitude: 0 },
  { latitude: -91, longitude: 0 },
  { latitude: 0, longitude: 180.5 },
  { latitude: '42', longitude: -71 },
  { latitude: 42 },
])('refuses $latitude, $longitude without asking the weather service', async (place) => {
  const result = await weather.call('get-forecast', place);

  expect(result.isError).toBe(true);
  expect(nws.arrivals).toHaveLength(0);
});

test('a place outside the United States is an error that says so', async () => {
  const result = await weather.call('get-forecast', { latitude: 48.85, longitude: 2.35 });

  expect(result.isError).toBe(true);
  expect(textOf(result)).toMatch(/no forecast for this place; it covers the United States only\.$/);
  expect(nws.arrivals).toHaveLength(1);
});
