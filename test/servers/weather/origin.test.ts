// Whom the weather server talks to: one origin, set by its operator, never by a reply.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createServer } from '../../../servers/weather/index.ts';
import { json, type NwsFake, startNwsFake } from '../nws-fake.ts';
import { forecastReply, period, pointReply } from '../nws-fixtures.ts';
import { connectWeather, textOf } from './connect.ts';

const BOSTON = { latitude: 42.36, longitude: -71.06 };

let nws: NwsFake;

beforeEach(async () => {
  nws = await startNwsFake();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await nws.close();
});

describe('the forecast address in the reply', () => {
  test.each([
    'http://169.254.169.254/latest/meta-data',
    'https://api.weather.gov.evil.example/gridpoints/BOX/71,90/forecast',
    'https://127.0.0.1/gridpoints/BOX/71,90/forecast',
    'file:///etc/passwd',
    '/gridpoints/BOX/71,90/forecast',
    '',
  ])('is refused when it is %s', async (forecast) => {
    nws.when('/points/', json(pointReply(forecast)));
    const fetched = vi.spyOn(globalThis, 'fetch');
    const { call } = await connectWeather(nws.url);

    const result = await call('get-forecast', BOSTON);

    expect(result.isError).toBe(true);
    expect(textOf(result)).toBe(
      'Could not get the forecast: the National Weather Service named a forecast address that is not its own.',
    );
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  test('is refused when it is another port of the same host', async () => {
    const other = await startNwsFake();
    other.when('/', json(forecastReply(period())));
    nws.when('/points/', json(pointReply(`${other.url}/gridpoints/BOX/71,90/forecast`)));
    const { call } = await connectWeather(nws.url);

    const result = await call('get-forecast', BOSTON);

    expect(result.isError).toBe(true);
    expect(other.arrivals).toHaveLength(0);
    await other.close();
  });
});

describe('WEATHER_API_BASE_URL', () => {
  test.each([
    'http://api.weather.gov',
    'http://169.254.169.254/',
    'http://127.0.0.1.evil.example/',
    'file:///etc/passwd',
    'https://secret@api.weather.gov/',
    'https://:secret@api.weather.gov/',
    'https://api.weather.gov/?key=secret',
    'https://api.weather.gov/#secret',
    'weather',
  ])('refuses %s without repeating it', (url) => {
    const build = () => createServer({ env: { WEATHER_API_BASE_URL: url } });

    expect(build).toThrow(/^WEATHER_API_BASE_URL: expected an https URL/);
    expect(build).not.toThrow(/secret|evil|passwd/);
  });

  test.each(['https://weather.example/api', 'http://localhost:1', 'http://[::1]:1', '', undefined])(
    'takes %s',
    (url) => {
      expect(() => createServer({ env: { WEATHER_API_BASE_URL: url } })).not.toThrow();
    },
  );

  test('needs no context at all', () => {
    expect(() => createServer()).not.toThrow();
  });
});
