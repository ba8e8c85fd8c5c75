// The weather server as a whole: what it lists, that its callers never meet.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { json, type NwsFake, startNwsFake } from '../nws-fake.ts';
import { alertFeature, alertsReply } from '../nws-fixtures.ts';
import { connectWeather, type WeatherClient } from './connect.ts';

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

test('lists two read-only tools with titles and schemas for what goes in and comes out', async () => {
  const { tools } = await weather.client.listTools();

  expect(tools.map((tool) => tool.name)).toEqual(['get-alerts', 'get-forecast']);
  for (const tool of tools) {
    expect(tool).toMatchObject({
      title: expect.any(String),
      description: expect.any(String),
      annotations: { readOnlyHint: true, openWorldHint: true },
      outputSchema: { type: 'object' },
    });
    for (const input of Object.values(tool.inputSchema.properties ?? {})) {
      expect(input).toHaveProperty('description');
    }
  }
});

test('one server answers 100 overlapping calls each with its own state', async () => {
  nws.when('/alerts/', (request, response) => {
    const area = new URL(request.url ?? '', nws.url).searchParams.get('area');
    json(alertsReply(alertFeature({ areaDesc: `Area ${area}` })))(request, response);
  });
  const letters = 'ABCDEFGHIJ'.split('');
  const states = letters.flatMap((first) => letters.map((second) => first + second));

  const results = await Promise.all(states.map((state) => weather.call('get-alerts', { state })));

  expect(results.map((result) => result.structuredContent)).toMatchObject(
    states.map((state) => ({ state, alerts: [{ area: `Area ${state}` }] })),
  );
});
