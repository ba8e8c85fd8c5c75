// How the Functions host starts a handler: command, environment, port, readiness.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { echo, openAnswer, send } from './fixtures/client.ts';
import {
  appWithHostJson,
  fixtureAppRoot,
  quickRetries,
  startFixture,
} from './fixtures/fixture-app.ts';

describe('the handler process', () => {
  test('runs in the app root with the five variables of a custom handler', async () => {
    const host = await startFixture({ environment: { MY_SETTING: 'kept' } });
    const { environment } = await echo(host.url, '/echo');
    const port = String(host.handlerPort);
    expect(environment).toMatchObject({
      MY_SETTING: 'kept',
      FUNCTIONS_CUSTOMHANDLER_PORT: port,
      FUNCTIONS_HTTPWORKER_PORT: port,
      FUNCTIONS_APP_ROOT_PATH: fixtureAppRoot,
      FUNCTIONS_CUSTOMHANDLER_WORKER_ID: environment.FUNCTIONS_HTTPWORKER_ID,
    });
    expect(environment.FUNCTIONS_HTTPWORKER_ID).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    expect((await host.outputLine(/^started/)).text).toBe(`started [] in ${fixtureAppRoot}`);
  });

  test('gets a new worker id and the same port when it is started again', async () => {
    const host = await startFixture();
    const before = await echo(host.url, '/echo');
    await host.signalHandler('SIGKILL');
    const after = await echo(host.url, '/echo');
    const [first, second] = [before.environment, after.environment];
    expect(second.FUNCTIONS_CUSTOMHANDLER_PORT).toBe(first.FUNCTIONS_CUSTOMHANDLER_PORT);
    expect(second.FUNCTIONS_CUSTOMHANDLER_WORKER_ID).not.toBe(
      first.FUNCTIONS_CUSTOMHANDLER_WORKER_ID,
    );
  });

  test('does not start for an app without functions', async () => {
    const appRoot = appWithHostJson({
      version: '2.0',
      customHandler: {
        enableProxyingHttpRequest: true,
        description: { defaultExecutablePath: 'node', arguments: ['handler.mjs'] },
      },
    });
    const host = await startFixture({ appRoot });
    expect((await send(host.url, '/api/echo')).status).toBe(404);
    expect(host.starts).toBe(0);
  });

  test('gets the Values of local.settings.json and the Core Tools variables under `func start`', async () => {
    const host = await startFixture({ coreTools: true });
    const { environment } = await echo(host.url, '/echo');
    expect(environment).toMatchObject({
      AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
      FUNCTIONS_CORETOOLS_ENVIRONMENT: 'true',
    });
  });

  test('does not start on a configured port that is taken', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void squatter.close());
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    const environment = { AzureFunctionsJobHost__customHandler__port: String(port) };
    await expect(startFixture({ environment })).rejects.toThrow(
      `Unable to bind to port ${port} specified in configuration`,
    );
  });
});

describe('readiness', () => {
  test('is one bare `GET /`: without User-Agent, without headers of the proxy', async () => {
    const host = await startFixture();
    await host.ready();
    await send(host.url, '/echo');
    const probes = host.output.filter(({ text }) => text.startsWith('probe'));
    expect(probes).toHaveLength(1);
    const names = JSON.parse(probes[0]?.text.slice('probe '.length) ?? '');
    expect(names.filter((_: string, index: number) => index % 2 === 0)).toEqual([
      'Host',
      'Connection',
    ]);
  });

  test.each(['200', '404', '500'])('is reached by an answer with status %s', async (status) => {
    const host = await startFixture({ environment: { HANDLER_ROOT_STATUS: status } });
    await host.ready();
    expect((await send(host.url, '/status/204')).status).toBe(204);
    expect(host.starts).toBe(1);
  });

  test('holds clients of a handler that listens late, and loses none', async () => {
    const host = await startFixture({ environment: { HANDLER_LISTEN: 'on-signal' } });
    await host.outputLine(/^started/);
    const clients = ['/echo/1', '/echo/2'].map((path) => echo(host.url, path));
    await Promise.all([host.logLine(/request: GET .echo.1/), host.logLine(/request: GET .echo.2/)]);
    void host.signalHandler('SIGUSR2');
    const answers = await Promise.all(clients);
    expect(answers.map(({ url }) => url)).toEqual(['/echo/1', '/echo/2']);
    expect(host.starts).toBe(1);
  });

  test('that is never reached costs three starts, then the host gives up and the client gets an empty 500', async () => {
    const host = await startFixture({
      environment: { HANDLER_LISTEN: 'never' },
      initializationTimeoutMs: 60,
      holdTimeoutMs: 20_000,
      drainTimeoutMs: 1_000,
    });
    const waiting = await send(host.url, '/echo');
    expect(waiting).toMatchObject({ status: 500, headers: { 'content-length': '0' } });
    expect(await host.stopped).toContain('Exceeded http worker restart retry count');
    expect(host.starts).toBe(3);
  });

  test('never comes when the body of `/` never ends: the host gives up on its held clients', async () => {
    const host = await startFixture({
      environment: { HANDLER_ROOT_STATUS: 'endless' },
      holdTimeoutMs: 50,
      drainTimeoutMs: 1_000,
    });
    await host.outputLine(/^probe/);
    expect((await send(host.url, '/echo')).status).toBe(500);
    expect(await host.stopped).toBe('The handler was not ready in time');
    expect(host.starts).toBe(1);
  });

  test('is asked again by /admin/host/ping, which reaches no function', async () => {
    const host = await startFixture({ ...quickRetries });
    await host.ready();
    const ping = await send(host.url, '/admin/host/ping');
    const probes = host.output.filter(({ text }) => text.startsWith('probe'));
    expect([ping.status, probes.length]).toEqual([200, 2]);
    expect(host.output.filter(({ text }) => text.startsWith('request'))).toEqual([]);
  });

  test('lets a client give up while it is held', async () => {
    const host = await startFixture({ environment: { HANDLER_LISTEN: 'on-signal' } });
    await host.outputLine(/^started/);
    const client = new AbortController();
    const held = openAnswer(host.url, '/echo/left', { signal: client.signal });
    await host.logLine(/request: GET .echo.left/);
    client.abort();
    await expect(held).rejects.toThrow('aborted');
    void host.signalHandler('SIGUSR2');
    await echo(host.url, '/echo/stayed');
    const requests = host.output.filter(({ text }) => text.startsWith('request'));
    expect(requests.map(({ text }) => text)).toEqual(['request GET /echo/stayed']);
  });
});
