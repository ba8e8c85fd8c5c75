// A server that cannot serve is unavailable with its reason; its path answers 503 and all the
// others serve. What is tried again is in retries.test.ts.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callTool } from '../../../e2e/call-tool.ts';
import { startHost } from '../../start-host.ts';
import { type CasesHost, nameOf, startCases } from './start-cases.ts';
import { UNAVAILABLE, type UnavailableCase } from './unavailable.ts';

const good = { what: 'serves', entry: 'module: ./kernel-v1.mjs' };
const CASES = [...UNAVAILABLE, good];

const TRIED_AGAIN: ReadonlySet<string> = new Set([
  'factory-failed',
  'factory-works-once',
  'no-handshake',
  'start-timeout',
]);

let host: CasesHost;
beforeAll(async () => {
  host = await startCases(CASES);
}, 60_000);
afterAll(() => host.stop());

describe.each(UNAVAILABLE)('a module that $what', (each) => {
  const name = nameOf(CASES, each);

  it(`is unavailable with the reason ${each.reason}`, () => {
    expect(host.states.get(name)).toMatchObject({ status: 'unavailable', reason: each.reason });
  });

  it('is explained in the log', () => {
    const [line] = host.linesOf(name).filter(({ msg }) => msg === 'unavailable');
    expect(line).toMatchObject({ level: 'error', reason: each.reason });
    expect(line?.detail).toMatch(each.detail);
  });

  it('answers 503 with nothing that concerns its callers not', async () => {
    const answer = await fetch(`${host.base}/${name}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"jsonrpc":"2.0","id":7,"method":"tools/list"}',
    });
    expect(answer.status).toBe(503);
    // Only where trying again can help.
    expect(answer.headers.has('retry-after')).toBe(TRIED_AGAIN.has(each.reason));
    expect(await answer.json()).toEqual({
      jsonrpc: '2.0',
      id: 7,
      error: { code: -32603, message: expect.any(String), data: { reason: 'unavailable' } },
    });
  });
});

it.each([
  ['of the 2025 era', {}],
  ['of 2026-07-28', { 'mcp-protocol-version': '2026-07-28' }],
])('refuses notifications %s as it does requests', async (_era, headers) => {
  const [unavailable] = UNAVAILABLE;
  const send = (name: string) =>
    fetch(`${host.base}/${name}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{"jsonrpc":"2.0","method":"notifications/initialized"}',
    });
  const answer = await send(nameOf(CASES, unavailable as UnavailableCase));
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({
    id: null,
    error: { data: { reason: 'unavailable' } },
  });
  expect((await send(nameOf(CASES, good))).status).toBe(202);
});

it('takes a notification for a server that is still loading without holding it up', async () => {
  const yaml = 'servers: { a: { module: ./kernel-v1.mjs } }';
  const { app } = await startHost({ yaml, load: false });
  const answer = await app.inject({
    method: 'POST',
    url: '/a/mcp',
    headers: { 'content-type': 'application/json' },
    payload: '{"jsonrpc":"2.0","method":"notifications/initialized"}',
  });
  expect(answer.statusCode).toBe(202);
});

it('leaves the one good server among them alone', async () => {
  const name = nameOf(CASES, good);
  expect(host.states.get(name)).toMatchObject({ status: 'serving' });
  const answer = await callTool(`${host.base}/${name}/mcp`, 'echo', { text: 'x' });
  expect(answer).toMatchObject({ status: 200, text: 'alpha:x' });
});

it('names no path of the machine in /readyz', async () => {
  const body = await (await fetch(`${host.base}/readyz`)).text();
  expect(body).not.toContain(host.directory);
  expect(body).not.toContain('.mjs');
  expect(body).not.toContain(process.cwd());
});
