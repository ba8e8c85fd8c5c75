// Which requests reach the handler, and under which function; what becomes of a path is in
// contract.ts.

import { mkdirSync, writeFileSync } from 'node:fs';
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

  test('a target that ends in dots arrives at the root', async () => {
    expect((await send(host.url, '/a/%2E%2e')).body.toString()).toBe('x');
  });

  test('an absolute target with the own host arrives as its path', async () => {
    expect((await echo(host.url, `${host.url}/a?b=c`)).url).toBe('/a?b=c');
  });

  test('OPTIONS * arrives at the root', async () => {
    expect((await send(host.url, '*', { method: 'OPTIONS' })).body.toString()).toBe('x');
  });

  test.each(['/refused', '//refused'])(
    'what the host answers reaches no handler: %s',
    async (target) => {
      const method = target === '/refused' ? 'PROPFIND' : 'GET';
      expect((await send(host.url, target, { method })).status).toBe(404);
      expect(await ask(host.url, 'arrivals', target)).toBe(0);
    },
  );
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

    test('a key passes in any letter case only after somebody has sent it as it is', async () => {
      const status = async (key: string) =>
        (await send(fresh.url, '/weather/mcp', { headers: { 'x-functions-key': key } })).status;
      const fresh = await startFixture({ enableAuth: { master: 'm', host: ['Key'] } });
      expect([await status('KEY'), await status('Key'), await status('KEY')]).toEqual([
        401, 200, 200,
      ]);
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
