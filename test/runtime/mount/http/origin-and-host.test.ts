// DNS rebinding and cross-site calls: Origin and Host decide
// before anything else.

import { describe, expect, it } from 'vitest';
import { JSON_HEADERS, MOUNTS, PATH, PING, sharedMounts, startMounts } from './mounts.ts';
import { openSocket, postBytes } from './raw-socket.ts';
import { CANARY, expectNotReached, expectRefusal } from './refusal.ts';

const mounts = sharedMounts();

const BODY = JSON.stringify(PING);

const FOREIGN_ORIGINS = [
  'https://evil.example',
  `https://${CANARY}.example`,
  'null',
  'http://localhost.evil.example',
  'http://localhost:3000.evil.example',
  'http://localhost@evil.example',
  'http://localhost:3000/',
  'http://127.0.0.1.nip.io',
  'http://127.0.0.2',
  'http://0.0.0.0',
  'http://[::2]',
  'file://localhost',
  'chrome-extension://localhost',
  'localhost',
  '*',
  '',
  'http://localhost, https://evil.example',
  'https://app.example.evil.example',
  'http://app.example',
  'https://app.example:8443',
];

const PASSING_ORIGINS = [
  'http://localhost',
  'http://localhost:6274',
  'https://localhost:6274',
  'http://127.0.0.1:8080',
  'http://[::1]:8080',
  'https://app.example',
];

const APP_ORIGINS = [
  'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
  'moz-extension://0f3d7c3e-5a0c-4b0e-9a53-3b1f5d1f2a77',
  'app://obsidian.md',
  'tauri://localhost',
  'capacitor://localhost',
  'vscode-webview://1q2w3e4r5t',
];

describe('Origin', () => {
  it.each(FOREIGN_ORIGINS)('%j is refused with 403 on every method', async (origin) => {
    const { app } = mounts();
    for (const method of ['POST', 'GET', 'DELETE', 'OPTIONS', 'PUT', 'PATCH'] as const) {
      const headers = { ...JSON_HEADERS, origin };
      const answer = await expectNotReached(() =>
        app.inject({ method, url: `${PATH}?x=${CANARY}`, headers, payload: BODY }),
      );
      expectRefusal(answer, { status: 403, reason: 'forbidden-origin' });
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  it.each(MOUNTS)('is checked on %s', async (path) => {
    const { app } = mounts();
    const headers = { ...JSON_HEADERS, origin: 'https://evil.example' };
    const answer = await expectNotReached(() =>
      app.inject({ method: 'POST', url: path, headers, payload: BODY }),
    );
    expectRefusal(answer, { status: 403, reason: 'forbidden-origin' });
  });

  it.each(PASSING_ORIGINS)('%j passes', async (origin) => {
    const { app } = mounts();
    const headers = { ...JSON_HEADERS, origin };
    const answer = await app.inject({ method: 'POST', url: PATH, headers, payload: BODY });
    expect(answer.json()).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
    expect(answer.headers['access-control-allow-origin']).toBe(origin);
  });

  it('is not needed: command-line clients send none', async () => {
    const { app } = mounts();
    const answer = await app.inject({
      method: 'POST',
      url: PATH,
      headers: JSON_HEADERS,
      payload: BODY,
    });
    expect(answer.statusCode).toBe(200);
  });

  it('of a page on the own machine is refused in Azure', async () => {
    const { app } = await startMounts({
      environment: { websiteHostname: 'app.azurewebsites.net' },
    });
    const headers = { ...JSON_HEADERS, origin: 'http://localhost:6274' };
    const answer = await expectNotReached(() =>
      app.inject({ method: 'POST', url: PATH, headers, payload: BODY }),
    );
    expectRefusal(answer, { status: 403, reason: 'forbidden-origin' });
  });

  it('that one server allows is refused by the others', async () => {
    const { app } = mounts();
    const headers = { ...JSON_HEADERS, origin: 'https://app.example' };
    const answer = await app.inject({
      method: 'POST',
      url: '/v1-fresh/mcp',
      headers,
      payload: BODY,
    });
    expectRefusal(answer, { status: 403, reason: 'forbidden-origin' });
  });

  it.each(APP_ORIGINS)('%s passes where it is listed exactly', async (origin) => {
    const list = JSON.stringify([origin]);
    const yaml = `servers:
  open: { module: ./kernel-v2.mjs, auth: anonymous, allowedOrigins: ${list} }
  closed: { module: ./kernel-v2.mjs, auth: anonymous }
`;
    const { app } = await startMounts({ yaml });
    const send = (url: string, sent: string, method: 'POST' | 'OPTIONS' = 'POST') =>
      app.inject({ method, url, headers: { ...JSON_HEADERS, origin: sent }, payload: BODY });
    const answer = await send('/open/mcp', origin);
    expect(answer.json()).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
    expect(answer.headers['access-control-allow-origin']).toBe(origin);
    const preflight = await send('/open/mcp', origin, 'OPTIONS');
    expect(preflight.statusCode).toBe(204);
    expect(preflight.headers['access-control-allow-origin']).toBe(origin);
    for (const [url, sent] of [
      ['/closed/mcp', origin],
      ['/open/mcp', `${origin}x`],
      ['/open/mcp', `${origin}/`],
      ['/open/mcp', 'null'],
    ] as const) {
      expectRefusal(await send(url, sent), { status: 403, reason: 'forbidden-origin' });
    }
  });

  it('twice is refused, whichever comes first', async () => {
    const { url } = mounts();
    for (const origins of [
      ['http://localhost', 'https://evil.example'],
      ['https://evil.example', 'http://localhost'],
      ['http://localhost', 'http://localhost'],
    ]) {
      const lines = origins.map((origin) => `Origin: ${origin}`);
      const [answer] = await expectNotReached(() =>
        openSocket(url, postBytes(PATH, BODY, lines)).answers(1),
      );
      expectRefusal(answer as never, { status: 403, reason: 'forbidden-origin' });
    }
  });
});

const FOREIGN_HOSTS = [
  'evil.example',
  `${CANARY}.example`,
  'localhost.evil.example',
  'localhost:3000:3000',
  'localhost@evil.example',
  'user@localhost',
  'localhost.',
  'localhost/',
  '127.0.0.2',
  '127.1',
  '0x7f000001',
  '0.0.0.0',
  '[::2]',
  '::1',
  '',
];

const PASSING_HOSTS = [
  'localhost',
  'LOCALHOST:1',
  '127.0.0.1:3000',
  '[::1]:3000',
  'mcp.example',
  'own.example:8443',
];

describe('Host', () => {
  const YAML = `
host: { allowedHosts: [mcp.example], publicUrl: https://own.example }
servers:
  s: { module: ./kernel-v2.mjs, auth: anonymous }
`;

  it.each(FOREIGN_HOSTS)('%j is refused with 403', async (host) => {
    const { url } = await startMounts({ yaml: YAML, listen: true });
    const bytes = postBytes('/s/mcp', BODY, [`Host: ${host}`]);
    const [answer] = await expectNotReached(() => openSocket(url, bytes).answers(1));
    expectRefusal(answer as never, { status: 403, reason: 'forbidden-host' });
  });

  it.each(PASSING_HOSTS)('%j passes', async (host) => {
    const { app } = await startMounts({ yaml: YAML });
    const headers = { ...JSON_HEADERS, host };
    const answer = await app.inject({ method: 'POST', url: '/s/mcp', headers, payload: BODY });
    expect(answer.statusCode).toBe(200);
  });

  it('of the app in Azure passes', async () => {
    const { app } = await startMounts({
      environment: { websiteHostname: 'app.azurewebsites.net' },
    });
    const headers = { ...JSON_HEADERS, host: 'app.azurewebsites.net' };
    const answer = await app.inject({ method: 'POST', url: PATH, headers, payload: BODY });
    expect(answer.statusCode).toBe(200);
  });

  it.each([
    [
      'missing',
      `POST ${PATH} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
    ],
    [
      'missing in HTTP/1.0',
      `POST ${PATH} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
    ],
    ['given twice', postBytes(PATH, BODY, ['Host: localhost', 'Host: evil.example'])],
    ['given twice alike', postBytes(PATH, BODY, ['Host: localhost', 'HOST: localhost'])],
  ])('%s is a malformed request', async (_name, bytes) => {
    const { url } = mounts();
    const [answer] = await expectNotReached(() => openSocket(url, bytes).answers(1));
    expectRefusal(answer as never, { status: 400, reason: 'bad-headers' });
  });
});

describe('an absolute target', () => {
  const post = (target: string): string => postBytes(target, BODY);

  it.each(['http://localhost', 'http://127.0.0.1:3000', 'HTTPS://LOCALHOST'])(
    'of %s is the same as its path',
    async (origin) => {
      const { url } = mounts();
      const [answer] = await openSocket(url, post(`${origin}${PATH}?x=1`)).answers(1);
      expect(answer).toMatchObject({ status: 200, body: '{"jsonrpc":"2.0","id":1,"result":{}}' });
    },
  );

  it.each([
    [`http://evil.example${PATH}`, 421, 'misdirected'],
    [`http://${CANARY}@evil.example${PATH}`, 421, 'misdirected'],
    [`http://localhost@evil.example${PATH}`, 421, 'misdirected'],
    [`http://localhost.evil.example${PATH}`, 421, 'misdirected'],
    [`ftp://localhost${PATH}`, 421, 'misdirected'],
    [`file://${PATH}`, 421, 'misdirected'],
    ['http://evil.example/healthz', 421, 'misdirected'],
    [`http://localhost/x/..${PATH}`, 404, 'not-found'],
    [`http://localhost/x/%2e%2e${PATH}`, 404, 'not-found'],
    ['http://localhost/%762-fresh/mcp', 404, 'not-found'],
  ])('%s is refused', async (target, status, reason) => {
    const { url } = mounts();
    const [answer] = await expectNotReached(() => openSocket(url, post(target)).answers(1));
    expectRefusal(answer as never, { status, reason });
  });
});
