// A tool that needs more memory than there is, in each isolation, behind the Functions host: who
// goes down with it, and how the others are served again.

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { realFunctionsHostUrl } from '../../../standins/functions-host/under-test.ts';
import { post } from '../../runtime/post.ts';
import { startApp } from './app.ts';
import { expectEcho, toolCall } from './calls.ts';

const MCP_SERVERS_FILE = join(import.meta.dirname, 'fixtures/memory.yaml');

/** 500 MB do not fit into it, nor into what the thread and the program of the file may hold. */
const SMALL_HEAP = '--max-old-space-size=192';

describe.skipIf(realFunctionsHostUrl)('a tool that allocates 500 MB', () => {
  const start = async () => {
    const host = await startApp({ environment: { MCP_SERVERS_FILE, NODE_OPTIONS: SMALL_HEAP } });
    // An end before all servers are loaded counts as a failed start.
    await host.outputLine(/"msg":"listening"/);
    return host;
  };

  test('as a module ends the process: its caller gets a 500, and all are served again by the next one', async () => {
    const host = await start();
    const { handlerPid } = host;
    const { status } = await post(`${host.url}/module/mcp`, toolCall('fill-heap'));
    expect(status).toBe(500);
    await expectEcho(host.url, 'beside');
    await expectEcho(host.url, 'module');
    expect(host.starts).toBe(2);
    expect(host.handlerPid).not.toBe(handlerPid);
  });

  test.each([
    ['in a thread', 'thread', 'fill-heap', {}],
    // Looked at every few seconds.
    ['as a program', 'program', 'hold-memory', { megabytes: 500 }],
  ])(
    '%s ends that server alone, which the next call starts again',
    async (_, server, tool, args) => {
      const host = await start();
      await expectEcho(host.url, 'beside');
      let isOver = false;
      const faulty = post(`${host.url}/${server}/mcp`, toolCall(tool, args)).finally(() => {
        isOver = true;
      });
      while (!isOver) await expectEcho(host.url, 'beside');
      expect((await faulty).body).not.toBe('');
      await host.outputLine(/"reason":"out-of-memory"/);
      await expectEcho(host.url, 'beside');
      const again = await post(
        `${host.url}/${server}/mcp`,
        toolCall('echo', { text: 'hello', value: 'hello' }),
      );
      expect(again).toMatchObject({ status: 200, text: 'hello' });
      expect(host.starts).toBe(1);
    },
  );
});
