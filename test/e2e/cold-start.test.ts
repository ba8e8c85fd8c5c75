// Calls that are sent before the application is there: their servers are loaded first, and starve
// nobody.

import { expect, test } from 'vitest';
import { callTool, type HttpAnswer } from './call-tool.ts';
import { freePort } from './free-port.ts';
import { type HostProcess, spawnHost } from './spawn-host.ts';

const tells = (name: string): string => `
  console.log('imported ${name}');
  export { createServer } from './fault-process.mjs';
`;

const HANGS =
  "console.log('imported hanging'); await new Promise(() => setInterval(() => {}, 60_000));";

async function start(yaml: string, files: Record<string, string>) {
  const port = await freePort();
  const host = await spawnHost({ yaml, files, env: { PORT: String(port) } });
  return { host, url: `http://127.0.0.1:${port}` };
}

/** Sent again until the port is open. */
async function call(url: string): Promise<HttpAnswer> {
  for (;;) {
    try {
      return await callTool(url, 'echo', { text: 'x' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
    }
  }
}

const imported = (host: HostProcess): unknown[] =>
  host.logs.flatMap(({ text }) => (String(text).startsWith('imported ') ? [text] : []));

test('the server that a caller waits for is loaded before the ones above it', async () => {
  const { host, url } = await start(
    'servers: { first: { module: ./first.mjs }, second: { module: ./second.mjs } }',
    { 'first.mjs': tells('first'), 'second.mjs': tells('second') },
  );
  expect(await call(`${url}/second/mcp`)).toMatchObject({ status: 200, text: 'x' });
  await host.url();
  expect(imported(host)).toEqual(['imported second', 'imported first']);
});

test('a server that never loads does not hold back the others, nor those called later', async () => {
  const { host, url } = await start(
    'servers: { quick: { module: ./quick.mjs }, hanging: { module: ./hanging.mjs, startTimeoutMs: 4000 } }',
    { 'quick.mjs': tells('quick'), 'hanging.mjs': HANGS },
  );
  const hanging = call(`${url}/hanging/mcp`);
  await host.waitForLog({ text: 'imported hanging' });
  expect(await call(`${url}/quick/mcp`)).toMatchObject({ status: 200, text: 'x' });
  expect(await hanging).toMatchObject({ status: 503, reason: 'unavailable' });
});
