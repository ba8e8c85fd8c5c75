// What each end of the handler process means to the Functions host, and what clients see of it.

import { describe, expect, onTestFinished, test } from 'vitest';
import { echo, send } from './fixtures/client.ts';
import { fixtureAppRoot, quickRetries, startFixture } from './fixtures/fixture-app.ts';
import { functionsHostUnderTest } from './under-test.ts';

describe('a handler that ends', () => {
  test('with an error at once is started three times, then the host is gone', async () => {
    const host = await startFixture({
      environment: { HANDLER_EXIT: '1', HANDLER_STDERR: 'no servers.yaml' },
    });
    expect(await host.stopped).toContain('Exceeded http worker restart retry count');
    expect(host.starts).toBe(3);
    expect(host.log[0]?.text).toBe('The handler exited with code 1\n no servers.yaml');
    await expect(send(host.url, '/echo')).rejects.toThrow('ECONNREFUSED');
  });

  test('by SIGKILL while idle is back before a client notices', async () => {
    const host = await startFixture();
    await host.ready();
    expect(await host.signalHandler('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    expect((await echo(host.url, '/echo/next')).url).toBe('/echo/next');
    expect(host.starts).toBe(2);
    expect(host.log.map(({ text }) => text)).toContainEqual(
      expect.stringContaining('exited with code 137'),
    );
  });

  test('with exit code 200 is restarted as often as it likes', async () => {
    const host = await functionsHostUnderTest({ appRoot: fixtureAppRoot, drainTimeoutMs: 0 });
    onTestFinished(() => host.stop());
    for (let round = 0; round < 10; round += 1) {
      await send(host.url, '/exit/200');
      await echo(host.url, '/echo');
    }
  });

  test('with exit code 0 is restarted as often as it likes by a newer host', async () => {
    const host = await startFixture();
    for (let round = 0; round < 10; round += 1) {
      await send(host.url, '/exit/0');
      await echo(host.url, '/echo');
    }
    expect(host.starts).toBe(11);
  });

  test('with exit code 0 is never restarted by an older host: every request is an empty 500', async () => {
    const host = await startFixture({ exit0: 'never-restart', ...quickRetries });
    await send(host.url, '/exit/0');
    await host.logLine(/exited with code 0/);
    for (const method of ['GET', 'POST']) {
      const answer = await send(host.url, '/echo', { method });
      expect(answer).toMatchObject({ status: 500, headers: { 'content-length': '0' } });
    }
    expect(host.starts).toBe(1);
  });

  test('for the third time in the error window takes the host with it', async () => {
    const host = await startFixture();
    for (const signal of ['SIGKILL', 'SIGSEGV', 'SIGABRT'] as const) {
      await host.ready();
      await host.signalHandler(signal);
    }
    expect(await host.stopped).toContain('Exceeded http worker restart retry count');
    expect(host.starts).toBe(3);
  });

  test('long after the previous error starts a new count', async () => {
    const host = await startFixture({ errorWindowMs: 0 });
    for (let round = 0; round < 3; round += 1) {
      await host.ready();
      await host.signalHandler('SIGKILL');
    }
    await host.ready();
    expect(host.starts).toBe(4);
  });

  test('because its port is taken is reported by name', async () => {
    const host = await startFixture({
      environment: { HANDLER_EXIT: '1', HANDLER_STDERR: 'listen EADDRINUSE 127.0.0.1:1' },
    });
    expect(await host.logLine(/^Port/)).toEqual({
      text: 'Port is already in use. Process cannot start.',
    });
    await host.stopped;
  });

  test('because its command does not exist is given up after three starts', async () => {
    const name = 'AzureFunctionsJobHost__customHandler__description__defaultExecutablePath';
    const host = await startFixture({ environment: { [name]: './missing' } });
    expect(await host.stopped).toContain('Exceeded http worker restart retry count');
    expect(host.log[0]?.text).toContain('Failed to start Worker Channel');
  });
});
