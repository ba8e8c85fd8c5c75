// Which paths exist: each mount exactly as written, with at most one
// trailing slash, and one 404 for everything else.

import { describe, expect, it } from 'vitest';
import { JSON_HEADERS, PATH, PING, sharedMounts, startMounts } from './mounts.ts';
import { openSocket, postBytes } from './raw-socket.ts';
import { CANARY, expectNotReached, expectRefusal } from './refusal.ts';

const mounts = sharedMounts();

const BODY = JSON.stringify(PING);

const UNKNOWN = [
  '/nope/mcp',
  `/${CANARY}/mcp`,
  '/V2-fresh/mcp',
  '/v2-fresh/MCP',
  '//v2-fresh/mcp',
  '/v2-fresh//mcp',
  '/v2-fresh/mcp//',
  '/v2-fresh',
  '/v2-fresh/',
  '/v2-fresh/mcp/x',
  '/v2-fresh/mcpx',
  '/v2-fresh/./mcp',
  '/x/../v2-fresh/mcp',
  '/v2-fresh/mcp/..',
  '/v2-fresh/mcp/.',
  '/v2-fresh%2fmcp',
  '/v2-fresh%2Fmcp',
  '/v2-fresh/mcp%2f',
  '/v2-fresh/mcp%00',
  '/v2-fresh/mcp%0a',
  '/v2-fresh/mcp%20',
  '/v2-fresh/mcp;x',
  '/v2-fresh;/mcp',
  '/v2-fresh/mcp#x',
  '/%762-fresh/mcp',
  '/v2-fresh/mc%70',
  '/v2-fresh/mcp%3Fcode=x',
  '/v2-fresh/mcp&x',
  '/v2-fresh/mcp*',
  '/__proto__',
  '/__proto__/mcp',
  '/constructor',
  '/toString/mcp',
  '/%',
  '/%zz',
  '/v2-fresh/%c0%ae%c0%ae/mcp',
  '/.well-known/oauth-protected-resource/v2-fresh/mcp',
  '/admin/host/status',
  '/healthz/',
  '/healthz/x',
  '/readyz/',
  '/HEALTHZ',
  '*',
];

/** The answer of a path that never was, for comparison with all others. */
async function unknownPath(): Promise<string> {
  const { app } = mounts();
  return (await app.inject({ method: 'POST', url: '/nope', headers: JSON_HEADERS, payload: BODY }))
    .body;
}

describe('a path that is no mount', () => {
  it.each(UNKNOWN)('%s is 404, word for word like any other', async (path) => {
    const { url } = mounts();
    const [answer] = await expectNotReached(() =>
      openSocket(url, postBytes(path, BODY)).answers(1),
    );
    expectRefusal(answer as never, { status: 404, reason: 'not-found' });
    expect(answer?.body).toBe(await unknownPath());
  });

  it('is 404 for every method, without telling which methods others take', async () => {
    const { app } = mounts();
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const) {
      const answer = await app.inject({ method, url: '/nope/mcp', headers: JSON_HEADERS });
      expectRefusal(answer, { status: 404, reason: 'not-found' });
      expect(answer.headers).not.toHaveProperty('allow');
    }
  });

  it('of 10 kB is 404, of 20 kB it is 431', async () => {
    const { url } = mounts();
    const path = (length: number): string => `/${CANARY}${'a'.repeat(length)}`;
    const [long] = await openSocket(url, postBytes(path(10_000), BODY)).answers(1);
    expectRefusal(long as never, { status: 404, reason: 'not-found' });
    const [longer] = await openSocket(url, postBytes(path(20_000), BODY)).closed();
    expectRefusal(longer as never, { status: 431, reason: 'headers-too-large' });
  });

  it('is 404 also when it is the path of a disabled server', async () => {
    const yaml = `
servers:
  on: { module: ./kernel-v2.mjs, auth: anonymous }
  off: { module: ./kernel-v2.mjs, auth: anonymous, enabled: false }
`;
    const { app } = await startMounts({ yaml });
    const answer = await app.inject({
      method: 'POST',
      url: '/off/mcp',
      headers: JSON_HEADERS,
      payload: BODY,
    });
    expectRefusal(answer, { status: 404, reason: 'not-found' });
  });
});

describe('a mount', () => {
  it.each([PATH, `${PATH}/`, `${PATH}?`, `${PATH}?code=x&code=y`, `${PATH}/?a#b`, `${PATH}?/../x`])(
    'answers at %s',
    async (path) => {
      const { url } = mounts();
      const [answer] = await openSocket(url, postBytes(path, BODY)).answers(1);
      expect(answer).toMatchObject({ status: 200, body: '{"jsonrpc":"2.0","id":1,"result":{}}' });
    },
  );

  it('answers at the path that servers.yaml gives it, and not at the default one', async () => {
    const yaml =
      'servers: { s: { module: ./kernel-v2.mjs, auth: anonymous, path: /deep/er/path } }';
    const { app } = await startMounts({ yaml });
    const at = (url: string) =>
      app.inject({ method: 'POST', url, headers: JSON_HEADERS, payload: BODY });
    expect((await at('/deep/er/path')).statusCode).toBe(200);
    expect((await at('/deep/er/path/')).statusCode).toBe(200);
    expectRefusal(await at('/s/mcp'), { status: 404, reason: 'not-found' });
    expectRefusal(await at('/deep/er'), { status: 404, reason: 'not-found' });
  });
});
