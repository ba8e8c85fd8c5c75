// What the callers of other servers see of one that never lets the event loop turn again, behind a
// Functions host that counts the ends of the process.

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import type { FunctionsHost } from '../../../standins/functions-host/functions-host.ts';
import { realFunctionsHostUrl } from '../../../standins/functions-host/under-test.ts';
import { eventually } from '../../eventually.ts';
import { post } from '../../runtime/post.ts';
import { startApp } from './app.ts';
import { expectEcho, toolCall } from './calls.ts';

const BLOCKED_TIMEOUT_MS = 1_000;
/** From the end of a process until the next one serves all. */
const RESTART_MS = 3_000;
const PROBE_INTERVAL_MS = 50;
const CALLS = 20;
const MINUTE = { timeout: 90_000 };
const LONG = { timeout: 60_000, interval: 50 };

function start(yaml: string): Promise<FunctionsHost> {
  const MCP_SERVERS_FILE = join(import.meta.dirname, 'fixtures', yaml);
  return startApp({ environment: { MCP_SERVERS_FILE } });
}

/** Calls a server again and again. @returns ends that, and tells the longest time without an answer. */
function probe(url: string): () => Promise<number> {
  let isOver = false;
  const probing = (async () => {
    let longestMs = 0;
    let last = performance.now();
    while (!isOver) {
      const { status } = await post(url, toolCall('echo', { text: 'x' }));
      if (status !== 200) continue;
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
      await wait(PROBE_INTERVAL_MS);
    }
    return longestMs;
  })();
  return () => {
    isOver = true;
    return probing;
  };
}

const detailOf = async (host: FunctionsHost): Promise<unknown> =>
  (await fetch(`http://127.0.0.1:${host.handlerPort}/readyz`)).json();

describe.skipIf(realFunctionsHostUrl)('an endless loop', () => {
  test(
    'in a tool ends the process twice, and then the tool: the app, other servers and other tools go on',
    MINUTE,
    async () => {
      const host = await start('blocking.yaml');
      const others = ['first', 'second', 'third', 'last'];
      await host.outputLine(/"msg":"listening"/);
      for (const name of others) await expectEcho(host.url, name);
      const probes = others.map((name) => probe(`${host.url}/${name}/mcp`));
      const refusals: unknown[] = [];
      for (let call = 0; call < CALLS; call += 1) {
        const answer = await post(`${host.url}/bad/mcp`, toolCall('loop'));
        if (answer.error?.data?.reason === 'blocked') refusals.push(answer);
      }
      const longest = await Promise.all(probes.map((end) => end()));
      // The Functions host sends a call again that was not answered.
      expect(refusals.length).toBeGreaterThanOrEqual(CALLS - 2);
      expect(refusals.at(-1)).toMatchObject({
        status: 503,
        headers: { 'retry-after': expect.stringMatching(/^1[78]\d\d$/) },
      });
      expect(host.starts).toBe(3);
      const ends = host.starts - 1;
      expect(Math.max(...longest)).toBeLessThan(ends * (BLOCKED_TIMEOUT_MS + RESTART_MS));
      const ok = await post(`${host.url}/bad/mcp`, toolCall('ok'));
      expect(ok).toMatchObject({ status: 200, text: 'ok' });
      const said = host.output.filter(({ text }) =>
        text.includes(' At fault: servers.bad, "tools/call loop"'),
      );
      expect(said).toHaveLength(2);
      expect(said[0]?.text).toMatch(/^error: /);
      expect(await detailOf(host)).toMatchObject({
        servers: expect.arrayContaining([
          expect.objectContaining({ name: 'bad', status: 'serving', blocked: ['tools/call loop'] }),
        ]),
      });
    },
  );

  test(
    'in a tool after an await ends that tool, and not the one that was called in between',
    MINUTE,
    async () => {
      const host = await start('blocks-late.yaml');
      await host.outputLine(/"msg":"listening"/);
      const url = `http://127.0.0.1:${host.handlerPort}/good/mcp`;
      await vi.waitFor(async () => {
        const answer = await post(`${host.url}/bad/mcp`, toolCall('loop', { url }));
        expect(answer).toMatchObject({ status: 503, error: { data: { reason: 'blocked' } } });
      }, LONG);
      expect(host.starts).toBe(3);
      expect(await detailOf(host)).toMatchObject({
        servers: [
          { name: 'bad', status: 'serving', blocked: ['tools/call loop'] },
          expect.not.objectContaining({ blocked: expect.anything() }),
        ],
      });
    },
  );

  test.each([
    ['at import', 'blocks-import.yaml'],
    ['in a factory', 'blocks-factory.yaml'],
  ])(
    '%s ends the process twice, and then that server alone is unavailable',
    MINUTE,
    async (_, yaml) => {
      const host = await start(yaml);
      // The watchdog of a process that loads has the lowest priority.
      await vi.waitFor(() => expect(host.starts).toBe(3), LONG);
      for (const name of ['first', 'last']) await eventually(() => expectEcho(host.url, name));
      const { status } = await post(`${host.url}/bad/mcp`, toolCall('echo', { text: 'x' }));
      expect(status).toBe(503);
      expect(await detailOf(host)).toMatchObject({
        servers: [
          { name: 'first', status: 'serving' },
          { name: 'bad', status: 'unavailable', reason: 'blocked' },
          { name: 'last', status: 'serving' },
        ],
      });
      expect(host.starts).toBe(3);
    },
  );
});
