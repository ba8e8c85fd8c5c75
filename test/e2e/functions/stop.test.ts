// The end that is announced: Ctrl+C under `func start`, which reaches the whole process group, and
// a Functions host that was killed and leaves its handler behind. Calls in flight are answered.

import { describe, expect, test } from 'vitest';
import { send } from '../../../standins/functions-host/fixtures/client.ts';
import type { FunctionsHost } from '../../../standins/functions-host/functions-host.ts';
import { realFunctionsHostUrl } from '../../../standins/functions-host/under-test.ts';
import { post } from '../../runtime/post.ts';
import { startApp } from './app.ts';
import { happened, toolCall } from './calls.ts';

const draining = (reason: string) => new RegExp(`"reason":"${reason}","msg":"draining"`);

describe.skipIf(realFunctionsHostUrl)('calls in flight', () => {
  test('are answered after Ctrl+C, nothing new is taken, and the process is gone', async () => {
    const host = await startApp({ coreTools: true, drainTimeoutMs: 10_000 });
    const held = await holdCalls(host.url);
    const pid = host.handlerPid ?? 0;
    const stopping = host.stop({ signal: 'SIGINT' });
    await host.outputLine(draining('SIGINT'));
    await expect(send(host.url, '/')).rejects.toThrow('ECONNREFUSED');
    process.kill(pid, 'SIGUSR2');
    await expectAllReleased(held);
    await stopping;
    expect(host.starts).toBe(1);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('of the handler itself are answered after its host was killed, and it does not stay', async () => {
    const host = await startApp({ separateParent: true });
    await host.outputLine(/"msg":"listening"/);
    const handlerUrl = `http://127.0.0.1:${host.handlerPort}`;
    const held = await holdCalls(handlerUrl);
    const orphan = await host.abandonHandler();
    await host.outputLine(draining('parent process is gone'));
    await refused(handlerUrl);
    process.kill(orphan.pid, 'SIGUSR2');
    await expectAllReleased(held);
    await orphan.exited;
  });

  test('that nobody waits for any more do not keep an abandoned handler', async () => {
    const host: FunctionsHost = await startApp({ separateParent: true });
    const lost = post(`${host.url}/tools/mcp`, toolCall('hold', { name: 'lost' }));
    const reset = expect(lost).rejects.toThrow();
    await happened(host.url, 'held lost');
    const orphan = await host.abandonHandler();
    await reset;
    await orphan.exited;
    expect(host.output.filter(({ text }) => /"outcome":"disconnected"/.test(text))).toHaveLength(1);
  });
});

/** Resolves when the port accepts no connection any more. */
async function refused(url: string): Promise<void> {
  const outcome = await send(url, '/').catch((error) => error.code);
  if (outcome !== 'ECONNREFUSED') await refused(url);
}

/** Ten calls that run until the process is told to release them. */
async function holdCalls(baseUrl: string) {
  const names = Array.from({ length: 10 }, (_, index) => `call ${index}`);
  const url = `${baseUrl}/tools/mcp`;
  const calls = names.map((name) => post(url, toolCall('hold', { name })));
  await Promise.all(names.map((name) => happened(baseUrl, `held ${name}`)));
  return calls;
}

async function expectAllReleased(calls: readonly ReturnType<typeof post>[]): Promise<void> {
  for (const [index, answer] of (await Promise.all(calls)).entries()) {
    expect(answer).toMatchObject({ status: 200, text: `call ${index} was released` });
  }
}
