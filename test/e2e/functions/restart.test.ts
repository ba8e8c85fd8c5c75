// The end of a handler while calls are in flight: killed, crashed, or asked to end by a tool.

import { describe, expect, test } from 'vitest';
import { realFunctionsHostUrl } from '../../../standins/functions-host/under-test.ts';
import { post, postMany } from '../../runtime/post.ts';
import { startApp } from './app.ts';
import { expectEcho, happened, toolCall } from './calls.ts';

const BACK_WITHIN_MS = 3_000;

describe.skipIf(realFunctionsHostUrl)('a handler', () => {
  test('that is killed under load is replaced once, and only the calls in flight are lost', async () => {
    // One attempt: a call whose handler has died fails at once instead of after 1.9 s.
    const host = await startApp({ sendAttempts: 1 });
    const echoes = () => postMany(50, 10, async () => void (await expectEcho(host.url)));
    await echoes();
    const names = Array.from({ length: 20 }, (_, index) => `lost ${index}`);
    const url = `${host.url}/tools/mcp`;
    const held = names.map((name) => post(url, toolCall('hold', { name })));
    await Promise.all(names.map((name) => happened(host.url, `held ${name}`)));
    const killed = host.handlerPid;
    expect(await host.signalHandler('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    const killedAt = performance.now();
    const back = host.ready().then(() => expectEcho(host.url));
    const backMs = back.then(() => performance.now() - killedAt);
    for (const { status, body } of await Promise.all(held)) {
      expect({ status, body }).toEqual({ status: 500, body: '' });
    }
    expect(await backMs).toBeLessThan(BACK_WITHIN_MS);
    await echoes();
    expect(host.starts).toBe(2);
    expect(host.handlerPid).not.toBe(killed);
  });

  test('that crashes in a timer of a server answers its calls in flight, and is replaced', async () => {
    const host = await startApp();
    // An end before all servers are loaded counts as a failed start.
    await host.outputLine(/"msg":"listening"/);
    const held = post(`${host.url}/narrow/mcp`, toolCall('hold', { name: 'kept' }));
    await happened(host.url, 'held kept');
    const { handlerPid } = host;
    const fatal = await post(`${host.url}/tools/mcp`, toolCall('throw-later'));
    expect(fatal.status).toBe(200);
    await host.outputLine(/"reason":"uncaught exception","msg":"draining"/);
    process.kill(handlerPid ?? 0, 'SIGUSR2');
    expect(await held).toMatchObject({ status: 200, text: 'kept was released' });
    const exit = await host.logLine(/exited with code/);
    expect(exit.text).toMatch(/^The handler exited with code 200\b/);
    expect(host.output.map(({ text }) => text).join('\n')).toMatch(/error: .*thrown in a timer/);
    await expectEcho(host.url);
    expect(host.starts).toBe(2);
  });

  test('that has ended is replaced before the host gives up a call that was sent meanwhile', async () => {
    const host = await startApp();
    await host.outputLine(/"msg":"listening"/);
    // Nobody listens on the handler's port from here until the next process has bound it.
    expect(await host.signalHandler('SIGTERM')).toEqual({ code: 0, signal: null });
    await expectEcho(host.url);
    expect(host.starts).toBe(2);
  });

  test('outlives process.exit and lost promises of a tool', async () => {
    const host = await startApp();
    const exit = await post(`${host.url}/tools/mcp`, toolCall('exit'));
    expect(exit).toMatchObject({ status: 200, result: { isError: true } });
    for (const [tool, trace] of [
      ['exit-later', /cannot call process\.exit/],
      ['reject-later', /nobody awaits this/],
    ] as const) {
      expect(await post(`${host.url}/tools/mcp`, toolCall(tool))).toMatchObject({ text: 'ok' });
      await host.outputLine(trace);
      await expectEcho(host.url);
    }
    expect(host.starts).toBe(1);
  });
});
