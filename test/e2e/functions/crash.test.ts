// What the callers of other servers see of a crash, behind a Functions host with its real retries.

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { FunctionsHost } from '../../../standins/functions-host/functions-host.ts';
import { realFunctionsHostUrl } from '../../../standins/functions-host/under-test.ts';
import { eventually } from '../../eventually.ts';
import { type PostAnswer, post } from '../../runtime/post.ts';
import { startApp } from './app.ts';
import { expectEcho, happened, toolCall } from './calls.ts';

const CALL_MS = 4_500;
const CALL_INTERVAL_MS = 250;
const MINUTE = { timeout: 60_000 };
const MCP_SERVERS_FILE = join(import.meta.dirname, 'fixtures/crash.yaml');

function outcome({ status, error, headers }: PostAnswer): 'served' | 'draining' | 'lost' {
  if (status === 200) return 'served';
  const isRefusal = status === 503 && error?.data?.reason === 'draining' && headers['retry-after'];
  return isRefusal ? 'draining' : 'lost';
}

describe.skipIf(realFunctionsHostUrl)('a crash while a call of 4.5 s is in flight', () => {
  test('loses no call: each is answered, or told to come again', { timeout: 30_000 }, async () => {
    const host = await startApp({ environment: { MCP_SERVERS_FILE } });
    const held = post(`${host.url}/slow/mcp`, toolCall('hold', { name: 'kept' }));
    await happened(host.url, 'held kept');
    const { handlerPid } = host;
    await post(`${host.url}/tools/mcp`, toolCall('throw-later'));
    await host.outputLine(/"reason":"uncaught exception","msg":"draining"/);
    setTimeout(() => process.kill(handlerPid ?? 0, 'SIGUSR2'), CALL_MS);
    const calls: Promise<PostAnswer>[] = [];
    const counts = { served: 0, draining: 0, lost: 0 };
    let isBack = false;
    while (!isBack) {
      const call = post(`${host.url}/third/mcp`, toolCall('echo', { text: 'x' }));
      calls.push(call);
      void call.then(({ status }) => {
        isBack ||= status === 200;
      });
      await wait(CALL_INTERVAL_MS);
    }
    for (const answer of await Promise.all(calls)) counts[outcome(answer)] += 1;
    expect(await held).toMatchObject({ status: 200, text: 'kept was released' });
    expect(counts.lost).toBe(0);
    expect(counts.draining).toBeGreaterThan(0);
    expect(counts.served).toBeGreaterThan(0);
    expect(host.starts).toBe(2);
  });
});

describe.skipIf(realFunctionsHostUrl)('exceptions in timers, each after the restart', () => {
  const start = async (): Promise<FunctionsHost> => {
    const host = await startApp({ environment: { MCP_SERVERS_FILE } });
    await restarted(host, 1);
    return host;
  };

  test(
    'of one server end the process three times of ten, and then its service',
    MINUTE,
    async () => {
      const host = await start();
      const statuses: number[] = [];
      for (let time = 0; time < 10; time += 1) {
        const { status } = await post(`${host.url}/bad/mcp`, toolCall('throw-error'));
        statuses.push(status);
        if (status === 200) await restarted(host, time + 2);
        await expectEcho(host.url, 'third');
      }
      expect(statuses).toEqual([200, 200, 200, ...Array(7).fill(503)]);
      expect(host.starts).toBe(4);
      // Detail is for the operator, who asks the handler itself.
      const ready = await fetch(`http://127.0.0.1:${host.handlerPort}/readyz`);
      expect(await ready.json()).toMatchObject({
        servers: expect.arrayContaining([
          expect.objectContaining({ name: 'bad', status: 'unavailable', reason: 'crashing' }),
          expect.objectContaining({ name: 'third', status: 'serving' }),
        ]),
      });
    },
  );

  test('of nobody who is known never end the app', MINUTE, async () => {
    const host = await start();
    for (let time = 0; time < 4; time += 1) {
      const { status } = await post(`${host.url}/bad/mcp`, toolCall('throw-text'));
      expect(status).toBe(200);
      await restarted(host, time + 2);
      await expectEcho(host.url, 'third');
    }
  });
});

/** Resolves when so many processes have been started and the last one has loaded its servers. */
async function restarted(host: FunctionsHost, starts: number): Promise<void> {
  await eventually(() => {
    const loaded = host.output.filter(({ text }) => text.includes('"msg":"listening"'));
    expect(loaded).toHaveLength(starts);
  });
}
