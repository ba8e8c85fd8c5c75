// Each compiled server alone over stdio, with one command, as a person starts it without this host.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Client as ClientV2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { describe, expect, test } from 'vitest';
import { json, startNwsFake } from './nws-fake.ts';
import { alertFeature, alertsReply } from './nws-fixtures.ts';

const CLIENT = { name: 'test', version: '1.0.0' };
const commandOf = (server: string, env: Record<string, string> = {}) => ({
  command: process.execPath,
  args: [`dist/servers/${server}/stdio.js`],
  env,
});

describe('weather', () => {
  test('answers an SDK v1 client from the service that WEATHER_API_BASE_URL names', async () => {
    const nws = await startNwsFake();
    nws.when('/alerts/', json(alertsReply(alertFeature())));
    const client = new ClientV1(CLIENT);
    await client.connect(new StdioV1(commandOf('weather', { WEATHER_API_BASE_URL: nws.url })));

    const result = await client.callTool({ name: 'get-alerts', arguments: { state: 'CA' } });

    expect(result.structuredContent).toMatchObject({ state: 'CA', total: 1 });
    expect(nws.arrivals).toHaveLength(1);
    await client.close();
    await nws.close();
  });

  test('does not start with a base URL that is not safe, and says why in one line', async () => {
    const { code, stderr } = await runToEnd('weather', {
      WEATHER_API_BASE_URL: 'http://169.254.169.254',
    });

    expect(code).toBe(1);
    expect(stderr).toMatch(/^weather: WEATHER_API_BASE_URL: expected an https URL .*\n$/);
  });
});

describe('time', () => {
  test.each(['legacy', 'auto', { pin: '2026-07-28' }] as const)(
    'answers an SDK v2 client that negotiates with mode %j',
    async (mode) => {
      const client = new ClientV2(CLIENT, { versionNegotiation: { mode } });
      await client.connect(new StdioV2(commandOf('time')));

      const result = await client.callTool({
        name: 'convert-time',
        arguments: { time: '2026-07-01T14:30', fromTimeZone: 'UTC', toTimeZone: 'Asia/Tokyo' },
      });

      expect(result.structuredContent).toMatchObject({
        to: { dateTime: '2026-07-01T23:30:00+09:00' },
      });
      await client.close();
    },
  );
});

test.each(['weather', 'time'])('%s ends by itself when its input closes', async (server) => {
  expect(await runToEnd(server)).toEqual({ code: 0, stdout: '', stderr: '' });
});

test.each(['weather', 'time'])(
  'importing %s connects nothing and prints nothing',
  async (server) => {
    const source = `import { createServer } from './dist/servers/${server}/index.js'; createServer();`;
    const run = ['--input-type=module', '--eval', source];

    expect(await collect(spawn(process.execPath, run))).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  },
);

/** Starts a server whose input is closed from the beginning, and waits for its end. */
function runToEnd(server: string, env: Record<string, string> = {}) {
  const { command, args } = commandOf(server);
  return collect(spawn(command, args, { env }));
}

async function collect(child: ReturnType<typeof spawn>) {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin?.end();
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}
