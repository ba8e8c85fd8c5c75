// What the handler prints, as the Functions host reads it: quiet probes, nothing on standard error,
// and a start that people and programs can read.

import { describe, expect, test } from 'vitest';
import { send } from '../../../standins/functions-host/fixtures/client.ts';
import type { FunctionsHost } from '../../../standins/functions-host/functions-host.ts';
import { realFunctionsHostUrl } from '../../../standins/functions-host/under-test.ts';
import { startApp } from './app.ts';
import { expectEcho } from './calls.ts';

describe.skipIf(realFunctionsHostUrl)('the output', () => {
  test('of a start is one line of JSON that names address and paths, and nothing else', async () => {
    const host = await startApp();
    const { text } = await host.outputLine(/listening/);
    expect(JSON.parse(text)).toMatchObject({
      level: 'info',
      msg: 'listening',
      url: `http://127.0.0.1:${host.handlerPort}`,
      servers: expect.arrayContaining(['/weather/mcp', '/time/mcp']),
    });
    expect(host.output.map(({ stream }) => stream)).toEqual(['stdout']);
    await expectEcho(host.url);
    await host.outputLine(/"msg":"request"/);
    expectNoErrors(host);
  });

  test('of a start under Core Tools is a table with the addresses of `func start`', async () => {
    const host = await startApp({ coreTools: true, environment: { MCP_SERVERS_FILE: '' } });
    await host.outputLine(/time /);
    const lines = host.output.map(({ text }) => text.trim()).filter((text) => text !== '');
    expect(lines).toEqual([
      expect.stringMatching(/^weather +http:\/\/localhost:7071\/weather\/mcp +serving$/),
      expect.stringMatching(/^time +http:\/\/localhost:7071\/time\/mcp +serving$/),
    ]);
    expectNoErrors(host);
  });

  test('says nothing of probes and pings, at any level', async () => {
    const host = await startApp({ environment: { LOG_LEVEL: 'trace' } });
    await host.outputLine(/listening/);
    const before = host.output.length;
    const handlerUrl = `http://127.0.0.1:${host.handlerPort}`;
    const pings = Array.from({ length: 20 }, () => send(host.url, '/admin/host/ping'));
    for (const { status } of await Promise.all(pings)) expect(status).toBe(200);
    const root = await send(handlerUrl, '/');
    expect(root).toMatchObject({ status: 200 });
    expect(root.body.length).toBeLessThan(64);
    expect(root.headers).not.toHaveProperty('transfer-encoding');
    await expectEcho(host.url);
    await host.outputLine(/"msg":"request"/);
    expectNoErrors(host);
    expect(host.output.slice(before).filter(({ text }) => !/"msg":"request"/.test(text))).toEqual(
      [],
    );
  });
});

function expectNoErrors({ output }: FunctionsHost): void {
  expect(output.filter(({ stream }) => stream === 'stderr')).toEqual([]);
  expect(output.filter(({ text }) => /"level":"(warn|error|fatal)"/.test(text))).toEqual([]);
  // Such lines the Functions host takes for its own.
  const reserved = /^(LanguageWorkerConsoleLog|azfuncjsonlog:)/;
  expect(output.filter(({ text }) => reserved.test(text))).toEqual([]);
}
