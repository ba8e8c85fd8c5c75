// Which requests reach the handler, under which function, and as what path. The path rows run
// against a real host too, when that serves test/functions-host/fixtures/app (FUNCTIONS_HOST_URL).

import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request as openRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, echo, send } from './fixtures/client.ts';
import { appWithHostJson, fixtureAppRoot, startFixture } from './fixtures/fixture-app.ts';
import type { FunctionsHost } from './functions-host.ts';
import { startFunctionsHost } from './stand-in.ts';
import {
  type FunctionsHostUnderTest,
  functionsHostUnderTest,
  realFunctionsHostUrl,
} from './under-test.ts';

const route = (index: number, key: string) =>
  `AzureFunctionsJobHost__customHandler__http__routes__${index}__${key}`;

describe('under one catch-all', () => {
  let host: FunctionsHostUnderTest;
  beforeAll(async () => {
    host = await functionsHostUnderTest({ appRoot: fixtureAppRoot, drainTimeoutMs: 0 });
  });
  afterAll(() => host.stop());

  test.each([
    ['/a%2Fb', '/a%252Fb'],
    ['/a%2fb', '/a%252fb'],
    ['/a/../x', '/x'],
    ['/%2e%2e/x', '/x'],
    ['/a/./x', '/a/x'],
    ['/a/%2E%2e', '/'],
    ['/a//b', '/a//b'],
    ['/a/', '/a/'],
    ['/A/b%20c/%C3%A9;v=1', '/A/b%20c/%C3%A9;v=1'],
    ['/a?code=x&path=/../%2F%00//', '/a?code=x&path=/../%2F%00//'],
  ])('the target %s arrives as %s', async (target, arrived) => {
    if (arrived === '/') expect((await send(host.url, target)).body.toString()).toBe('x');
    else expect((await echo(host.url, target)).url).toBe(arrived);
  });

  test.each([
    ['//x', 404],
    ['/a%00b', 400],
    ['http://evil.example/a', 400],
    ['/admin/host/status', 404],
    ['/ADMIN/functions', 404],
    ['/admin/vfs/x', 404],
    ['/admin/warmup', 404],
    ['/runtime/webhooks/mcp', 404],
  ])('the target %s is answered by the host', async (target, status) => {
    if (realFunctionsHostUrl && status === 404 && target !== '//x') return;
    expect(await send(host.url, target)).toMatchObject({ status, body: Buffer.alloc(0) });
  });

  test('an absolute target with the own host arrives as its path', async () => {
    expect((await echo(host.url, `${host.url}/a?b=c`)).url).toBe('/a?b=c');
  });

  test.each(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
    '%s is forwarded',
    async (method) => {
      expect((await echo(host.url, '/echo', { method })).method).toBe(method);
    },
  );

  test.each(['QUERY', 'PROPFIND', 'TRACE'])('%s is a 404 without a body', async (method) => {
    const answer = await send(host.url, '/refused', { method });
    expect(answer).toMatchObject({ status: 404, headers: { 'content-length': '0' } });
    expect(await ask(host.url, 'arrivals', '/refused')).toBe(0);
  });

  test('CONNECT is an empty 500', async () => {
    const { hostname, port } = new URL(host.url);
    const options = { hostname, port, method: 'CONNECT', path: 'example:443' };
    const [answer] = await once(openRequest(options).end(), 'connect');
    expect(answer.statusCode).toBe(500);
  });
});

describe.skipIf(realFunctionsHostUrl)(
  'under the two routes that serve any number of servers',
  () => {
    const keys = {
      master: 'master-key',
      host: ['host-key'],
      functions: { 'http-handler1': ['key-of-open'], 'http-handler2': ['own-key'] },
    };
    let host: FunctionsHost;
    beforeAll(async () => {
      host = await startFunctionsHost({
        appRoot: fixtureAppRoot,
        drainTimeoutMs: 0,
        enableAuth: keys,
        environment: {
          [route(0, 'route')]:
            '{*path:regex(^(open/mcp|custom/path/mcp|healthz|\\.well-known/oauth-protected-resource)(/.*)?$)}',
          [route(0, 'authorizationLevel')]: 'anonymous',
          [route(1, 'route')]: '{*path}',
          [route(1, 'authorizationLevel')]: 'function',
        },
      });
    });
    afterAll(() => host.stop());

    test.each([
      '/open/mcp',
      '/open/mcp/x',
      '/open/mcp/',
      '/OPEN/MCP',
      '/custom/path/mcp',
      '/healthz',
      '/.well-known/oauth-protected-resource/weather/mcp',
      '/weather/../open/mcp',
    ])('%s needs no key', async (target) => {
      expect((await send(host.url, target)).status).toBe(200);
    });

    test.each([
      '/',
      '/open',
      '/open/mcpx',
      '/weather/mcp',
      '/open//mcp',
      '/open/mcp/../../weather/mcp',
      '/open/mcp/%2e%2e/%2e%2e/weather/mcp',
      '/open/mcp%2f..%2fweather/mcp',
      '/Xwell-known/oauth-protected-resource',
    ])('%s without a key is a bare 401', async (target) => {
      const answer = await send(host.url, target);
      expect(answer).toMatchObject({ status: 401, headers: { 'content-length': '0' } });
      expect(answer.headers).not.toHaveProperty('www-authenticate');
    });

    test('OPTIONS needs the key too, so a preflight fails', async () => {
      expect((await send(host.url, '/weather/mcp', { method: 'OPTIONS' })).status).toBe(401);
    });

    test.each([
      { who: 'the master key', header: 'master-key', status: 200 },
      { who: 'a host key', header: 'host-key', status: 200 },
      { who: "the function's own key", header: 'own-key', status: 200 },
      { who: "another function's key", header: 'key-of-open', status: 401 },
      { who: 'a wrong key', header: 'nonsense', status: 401 },
      { who: 'a host key as ?code=', query: '?code=host-key', status: 200 },
      { who: 'a wrong ?code=', query: '?code=nonsense', status: 401 },
      { who: 'a bad header beside a good code', header: 'x', query: '?code=host-key', status: 401 },
      { who: 'a good header beside a bad code', header: 'own-key', query: '?code=x', status: 200 },
    ])('$who at function level: $status', async ({ header, query = '', status }) => {
      const headers = header === undefined ? {} : { 'x-functions-key': header };
      expect((await send(host.url, `/weather/mcp${query}`, { headers })).status).toBe(status);
    });

    test.each([
      { keys: ['host-key', 'nonsense'], status: 200 },
      { keys: ['nonsense', 'host-key'], status: 401 },
    ])('of a repeated header the first counts: $keys', async ({ keys: sent, status }) => {
      const headers = { 'x-functions-key': sent };
      expect((await send(host.url, '/weather/mcp', { headers })).status).toBe(status);
    });

    test('header and code reach the handler, valid or not, also at an anonymous route', async () => {
      const headers = { 'x-functions-key': 'nonsense' };
      const { url, rawHeaders } = await echo(host.url, '/open/mcp?code=nonsense', { headers });
      expect(url).toBe('/open/mcp?code=nonsense');
      expect(rawHeaders).toContain('nonsense');
    });
  },
);

describe.skipIf(realFunctionsHostUrl)('a route list', () => {
  const anonymousAt = (index: number, template: string) => ({
    [route(index, 'route')]: template,
    [route(index, 'authorizationLevel')]: 'anonymous',
  });

  test('is tried in the order of the function names: the tenth before the second', async () => {
    const environment: Record<string, string> = {};
    for (let index = 0; index < 10; index += 1) {
      environment[route(index, 'route')] = `unused${index}`;
    }
    environment[route(1, 'route')] = 'same/{*rest}';
    const enableAuth = { master: 'm' };
    const ten = { ...environment, ...anonymousAt(9, 'same/{*rest}') };
    const host = await startFixture({ enableAuth, environment: ten });
    expect((await send(host.url, '/same/x')).status).toBe(200);
    expect((await send(host.url, '/unused3')).status).toBe(401);
  });

  test('replaces the catch-all of the profile, so other paths are 404 and never reach the handler', async () => {
    const environment = anonymousAt(0, 'weather/{*rest}');
    const host = await startFixture({ environment });
    expect((await send(host.url, '/weather')).status).toBe(200);
    expect((await send(host.url, '/weather/a/b')).status).toBe(200);
    for (const target of ['/weatherx', '/time/mcp', '/weather//b']) {
      expect(await send(host.url, target)).toMatchObject({ status: 404, body: Buffer.alloc(0) });
    }
    expect(await ask(`http://127.0.0.1:${host.handlerPort}`, 'arrivals', '/time/mcp')).toBe(0);
  });

  test('shows the homepage at / only when no function takes it', async () => {
    const environment = anonymousAt(0, 'weather/{*rest}');
    const open = await startFixture({ environment });
    expect((await send(open.url, '/')).status).toBe(200);
    const shut = { ...environment, AzureWebJobsDisableHomepage: 'true' };
    expect((await send((await startFixture({ environment: shut })).url, '/')).status).toBe(204);
  });

  test('with an invalid template loses that function only', async () => {
    const environment = { ...anonymousAt(0, 'a b'), ...anonymousAt(1, 'weather/{*rest}') };
    const host = await startFixture({ environment });
    expect((await send(host.url, '/weather')).status).toBe(200);
    expect((await host.logLine(/Unable to create function/)).text).toContain("'http-handler1'");
  });

  test('beside function.json folders makes every answer a 503', async () => {
    const appRoot = appWithHostJson({
      version: '2.0',
      configurationProfile: 'mcp-custom-handler',
      customHandler: { description: { defaultExecutablePath: 'node' } },
    });
    mkdirSync(join(appRoot, 'weather'));
    writeFileSync(join(appRoot, 'weather', 'function.json'), '{}');
    const host = await startFixture({ appRoot });
    expect(await send(host.url, '/weather')).toMatchObject({ status: 503, body: Buffer.alloc(0) });
    expect(host.starts).toBe(0);
  });
});
