// What the callers of other servers see of a crash, behind a Functions host with its real retries.

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { realFunctionsHostUrl } from '../../functions-host/under-test.ts';
import { type PostAnswer, post } from '../../runtime/post.ts';
import { startApp } from './app.ts';
import { happened, toolCall } from './calls.ts';

const CALL_MS = 4_500;
const CALL_INTERVAL_MS = 250;
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
    if (process.env.PRINT_COUNTS) console.log(counts);
    expect(await held).toMatchObject({ status: 200, text: 'kept was released' });
    expect(counts.lost).toBe(0);
    expect(counts.draining).toBeGreaterThan(0);
    expect(counts.served).toBeGreaterThan(0);
    expect(host.starts).toBe(2);
  });
});
