// The two sample servers behind the Functions host, each at its own path of the one catch-all.

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { send } from '../../../standins/functions-host/fixtures/client.ts';
import {
  type FunctionsHostUnderTest,
  realFunctionsHostUrl,
} from '../../../standins/functions-host/under-test.ts';
import { post } from '../../runtime/post.ts';
import { json, startNwsFake } from '../../servers/nws-fake.ts';
import { forecastReply, period, pointReply } from '../../servers/nws-fixtures.ts';
import { appUnderTest, startApp } from './app.ts';
import { asRequest, toolCall } from './calls.ts';

describe('with the servers.yaml of the repository', () => {
  let host: FunctionsHostUnderTest;
  beforeAll(async () => {
    host = await appUnderTest({ environment: { MCP_SERVERS_FILE: '' } });
  });
  afterAll(() => host.stop());

  test.each([
    ['weather', ['get-alerts', 'get-forecast']],
    ['time', ['get-current-time', 'convert-time']],
  ])('%s lists its tools', async (server, tools) => {
    const answer = await post(`${host.url}/${server}/mcp`, {
      jsonrpc: '2.0',
      id: 'list',
      method: 'tools/list',
    });
    expect(answer).toMatchObject({ status: 200, id: 'list' });
    const listed = answer.result?.tools as { name: string }[];
    expect(listed.map(({ name }) => name)).toEqual(tools);
  });

  test('time answers a call without any network', async () => {
    const call = toolCall('convert-time', {
      time: '2026-07-01T12:00',
      fromTimeZone: 'Europe/Berlin',
      toTimeZone: 'Asia/Tokyo',
    });
    const answer = await post(`${host.url}/time/mcp`, call);
    expect(answer).toMatchObject({ status: 200, id: 1 });
    expect(answer.text).toContain('19:00');
  });

  test.each(['/tim%65/mcp', '/t%69me/mc%70/', '/x/../time/mcp', '/x/%2e%2e/time/mcp'])(
    'the Functions host makes a path of %s that is served',
    async (path) => {
      // As it is: URL parsers resolve dots.
      const { status } = await send(
        host.url,
        path,
        asRequest(toolCall('get-current-time', { timeZone: 'UTC' })),
      );
      expect(status).toBe(200);
    },
  );

  test('a path that only looks like a server is answered with 404', async () => {
    const lookalikes = ['/weather', '/weather/mcp/x', '/Weather/mcp', '/weather//mcp'];
    const escaped = ['/weather%2Fmcp', '/weather%252Fmcp', '/weather%5Cmcp', '/weather/mcp%20'];
    const dotted = ['/a%2e%2e/weather/mcp', '/x/..%2fweather/mcp', '/weather/mc%ff'];
    for (const path of [...lookalikes, ...escaped, ...dotted]) {
      const answer = await post(`${host.url}${path}`, toolCall('get-alerts'));
      expect({ path, status: answer.status }).toEqual({ path, status: 404 });
    }
  });
});

test.skipIf(realFunctionsHostUrl)('weather answers a call from its upstream', async () => {
  const upstream = await startNwsFake();
  onTestFinished(() => upstream.close());
  upstream.when('/points/', json(pointReply(`${upstream.url}/forecast`)));
  upstream.when('/forecast', json(forecastReply(period({ temperature: 0 }))));
  const host = await startApp({ environment: { WEATHER_API_BASE_URL: upstream.url } });
  const call = toolCall('get-forecast', { latitude: 42.36, longitude: -71.06 });
  const answer = await post(`${host.url}/weather/mcp`, call);
  expect(answer.status).toBe(200);
  expect(answer.text).toContain('Boston, MA');
  expect(answer.text).toContain('0°F');
});
