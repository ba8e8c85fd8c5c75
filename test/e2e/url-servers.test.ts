// What servers at a URL cost a host that has none: nothing is loaded for them.

import { expect, test } from 'vitest';
import { callTool } from './call-tool.ts';
import { spawnHost } from './spawn-host.ts';

/** `undici` puts its dispatcher there when it is loaded, and so does Node when `fetch` is used. */
const LOOKS = `
import { createServer as make } from './fault-process.mjs';
export function createServer() {
  console.log('undici ' + (Symbol.for('undici.globalDispatcher.1') in globalThis));
  return make();
}`;

test.each([
  ['no server at a URL', '', false],
  [
    'a server at a URL that was not called',
    ', far: { url: "http://127.0.0.1:1/mcp", start: lazy }',
    false,
  ],
  ['one that was started', ', far: { url: "http://127.0.0.1:1/mcp", start: eager }', true],
])('undici with %s is loaded: %s', async (_name, further, isLoaded) => {
  const yaml = `servers: { near: { module: ./looks.mjs }${further} }`;
  const host = await spawnHost({ yaml, files: { 'looks.mjs': LOOKS }, env: {} });
  const url = await host.url();
  expect(await callTool(`${url}/near/mcp`, 'echo', { text: 'x' })).toMatchObject({ text: 'x' });
  const looks = host.logs.map(({ text }) => text).filter((text) => /^undici /.test(String(text)));
  expect(looks.at(-1)).toBe(`undici ${isLoaded}`);
});
