// A cold start: calls that come before the handler, or before one of its servers, are held and
// answered; nobody is lost.

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { send } from '../../../standins/functions-host/fixtures/client.ts';
import { realFunctionsHostUrl } from '../../../standins/functions-host/under-test.ts';
import { startApp } from './app.ts';
import { expectEcho } from './calls.ts';

const servers = join(import.meta.dirname, 'fixtures/slow-start.yaml');

describe.skipIf(realFunctionsHostUrl)('at a cold start', () => {
  test('calls sent before the handler answers anything are all answered', async () => {
    const host = await startApp();
    let isReady = false;
    const ready = host.ready().then(() => {
      isReady = true;
    });
    const mounted = ['tools', 'tools-per-request', 'narrow'];
    const early = mounted.map((server) => expectEcho(host.url, server));
    expect(isReady).toBe(false);
    await Promise.all([...early, ready]);
    expect(host.starts).toBe(1);
  });

  test('calls of a server that loads slowly wait for it alone', async () => {
    const host = await startApp({ environment: { MCP_SERVERS_FILE: servers } });
    const answered: string[] = [];
    const early = Array.from({ length: 20 }, async () => {
      await expectEcho(host.url, 'slow');
      answered.push('slow');
    });
    await host.outputLine(/slow-start waits/);
    await expectEcho(host.url, 'tools');
    answered.push('tools');
    const probe = await send(host.url, '/readyz');
    expect({ status: probe.status, body: probe.body.toString() }).toEqual({
      status: 503,
      body: '{"status":"starting"}',
    });
    process.kill(host.handlerPid ?? 0, 'SIGUSR2');
    await Promise.all(early);
    expect(answered).toEqual(['tools', ...Array(20).fill('slow')]);
    expect((await send(host.url, '/readyz')).status).toBe(200);
    expect(host.starts).toBe(1);
  });
});
