// Tool get-alerts through an SDK v1 client, over a weather service that behaves.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { json, type NwsFake, startNwsFake } from '../nws-fake.ts';
import { alertFeature, alertsReply } from '../nws-fixtures.ts';
import { connectWeather, textOf, type WeatherClient } from './connect.ts';

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

test('returns the active alerts of a state as data and as text', async () => {
  nws.when('/alerts/', json(alertsReply(alertFeature())));

  const result = await weather.call('get-alerts', { state: 'CA' });

  expect(result.isError).toBeUndefined();
  expect(result.structuredContent).toEqual({
    state: 'CA',
    total: 1,
    alerts: [
      {
        event: 'Flood Warning',
        severity: 'Severe',
        urgency: 'Expected',
        status: 'Actual',
        area: 'Sacramento, CA; Yolo, CA',
        headline: 'Flood Warning issued March 1 at 9:00AM PST',
        onset: '2026-03-01T09:00:00-08:00',
        expires: '2026-03-02T09:00:00-08:00',
      },
    ],
  });
  expect(textOf(result)).toBe(
    [
      '1 active alert in CA:',
      '',
      'Flood Warning (severity Severe)',
      'Area: Sacramento, CA; Yolo, CA',
      'Status: Actual; expires: 2026-03-02T09:00:00-08:00',
      'Flood Warning issued March 1 at 9:00AM PST',
    ].join('\n'),
  );
});

test('asks for the state in upper case and says who it is', async () => {
  nws.when('/alerts/', json(alertsReply()));

  await weather.call('get-alerts', { state: 'ny' });

  expect(nws.arrivals.map((arrival) => arrival.path)).toEqual(['/alerts/active?area=NY']);
  expect(nws.arrivals[0]?.headers).toMatchObject({
    'user-agent': 'functions-mcp-host-weather/1.0',
    accept: 'application/geo+json',
  });
});

test('keeps the path of the base URL', async () => {
  nws.when('/proxy/nws/alerts/', json(alertsReply()));
  const behindProxy = await connectWeather(`${nws.url}/proxy/nws`);

  const result = await behindProxy.call('get-alerts', { state: 'CA' });

  expect(textOf(result)).toBe('No active alerts in CA.');
});

test('says so when there are none', async () => {
  nws.when('/alerts/', json(alertsReply()));

  const result = await weather.call('get-alerts', { state: 'CA' });

  expect(result.structuredContent).toEqual({ state: 'CA', total: 0, alerts: [] });
  expect(textOf(result)).toBe('No active alerts in CA.');
});

test('shows the 25 most severe of hundreds and says how many there are', async () => {
  const minor = Array.from({ length: 400 }, () => alertFeature({ severity: 'Minor' }));
  const worst = alertFeature({ severity: 'Extreme', event: 'Tornado Warning' });
  nws.when('/alerts/', json(alertsReply(...minor, alertFeature({ severity: 'Odd' }), worst)));

  const result = await weather.call('get-alerts', { state: 'TX' });

  const { total, alerts } = result.structuredContent as { total: number; alerts: object[] };
  expect(total).toBe(402);
  expect(alerts).toHaveLength(25);
  expect(alerts[0]).toMatchObject({ event: 'Tornado Warning' });
  expect(textOf(result)).toContain('402 active alerts in TX; the 25 most severe:');
});

test('reads an alert whose fields are missing or null', async () => {
  nws.when('/alerts/', json(alertsReply({ properties: { headline: null } })));

  const result = await weather.call('get-alerts', { state: 'CA' });

  expect(result.structuredContent).toMatchObject({ alerts: [{ event: null, area: null }] });
  expect(textOf(result)).toContain('Unnamed alert (severity Unknown)');
});

test.each(['&#', 'C', 'CAL', 'C1', '', '../', 'ÄÖ', 7, undefined])(
  'refuses the state %j without asking the weather service',
  async (state) => {
    const result = await weather.call('get-alerts', { state });

    expect(result.isError).toBe(true);
    expect(textOf(result)).toContain('get-alerts');
    expect(nws.arrivals).toHaveLength(0);
  },
);
