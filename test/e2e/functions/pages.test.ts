// Pages behind the Functions host with the routes of Azure: what a browser without a key is shown, and what `/` tells to
// everybody else who has none.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type ClientRequest, send } from '../../../standins/functions-host/fixtures/client.ts';
import { literalSettings, readSnapshot } from '../../infra/cases.ts';
import { startApp } from './app.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/servers');
const BROWSER: ClientRequest = { headers: { accept: 'text/html,*/*;q=0.8' } };
const PUBLIC_URL = 'https://func-x.azurewebsites.net';

/** What `/` answers to a probe. */
const PROBED = { status: 200, body: 'MCP host\n' };

async function startInAzure(serversOf: string, host = '{}') {
  const folder = mkdtempSync(join(tmpdir(), 'pages-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'servers.yaml');
  const module = `${relative(folder, fixtures).replaceAll('\\', '/')}/kernel-v1.mjs`;
  const entry = (name: string, more: string) =>
    `  ${name}: { module: "${module}", title: ${name} title, ${more} }\n`;
  const jwt = 'jwt: { issuer: "https://issuer.example", audience: a }';
  const servers = [
    entry('open', 'auth: anonymous'),
    entry('keyed', 'auth: function'),
    entry('tokens', `auth: jwt, ${jwt}`),
  ];
  writeFileSync(file, `host: ${host}\nservers:\n${servers.join('')}`);
  const app = await startApp({
    enableAuth: { master: 'master-key', host: ['host-key'] },
    environment: {
      ...literalSettings(readSnapshot(serversOf)),
      MCP_SERVERS_FILE: file,
      MCP_PUBLIC_BASE_URL: PUBLIC_URL,
      WEBSITE_HOSTNAME: 'func-x.azurewebsites.net',
    },
  });
  return async (target: string, request: ClientRequest = {}) => {
    const { status, headers, body } = await send(app.url, target, request);
    return { status, headers, body: body.toString() };
  };
}

test('a browser opens / and what it links to, without a key, and finds no server with a key', async () => {
  const ask = await startInAzure('every-auth');
  const list = await ask('/', BROWSER);
  expect(list.status).toBe(200);
  expect(list.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(list.body).toContain('open title');
  expect(list.body).toContain('tokens title');
  expect(list.body).not.toContain('keyed');
  const open = await ask('/open/mcp', BROWSER);
  expect(open.body).toContain(`${PUBLIC_URL}/open/mcp`);
  expect(open.body).toContain('<a href="/">');
  expect((await ask('/keyed/mcp', BROWSER)).status).toBe(401);
});

test('without a key, / tells everybody else no more than a probe learns', async () => {
  const ask = await startInAzure('every-auth');
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
  const json = { 'content-type': 'application/json' };
  const foreign = { origin: 'https://evil.example' };
  for (const headers of [
    {},
    { accept: '*/*' },
    { accept: 'application/json, text/event-stream' },
    { accept: 'text/html, text/event-stream' },
    foreign,
  ]) {
    expect(await ask('/', { headers })).toMatchObject(PROBED);
  }
  expect(await ask('/', { ...BROWSER, method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  const others: readonly [string, ClientRequest['headers'], number][] = [
    ['POST', json, 404],
    ['POST', { ...json, ...BROWSER.headers }, 404],
    ['POST', { ...json, ...foreign }, 403],
    ['PUT', json, 404],
    ['PATCH', json, 404],
    ['DELETE', {}, 404],
    ['OPTIONS', {}, 404],
    ['OPTIONS', { ...foreign, 'access-control-request-method': 'POST' }, 403],
  ];
  for (const [method, headers = {}, status] of others) {
    const answer = await ask('/', { method, headers, ...('content-type' in headers && { body }) });
    expect({ method, status: answer.status }).toEqual({ method, status });
    expect(answer.body).not.toMatch(/open|keyed|tokens/);
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  }
});

test.each([
  ['only servers with a key', 'sample', '{}'],
  ['only servers that are not to be listed', 'entra-clients', '{}'],
  ['host.pages: false', 'entra-changes', '{ pages: false }'],
])('deployed with %s, / needs the key', async (_, snapshot, host) => {
  const ask = await startInAzure(snapshot, host);
  expect((await ask('/', BROWSER)).status).toBe(401);
  const withKey = { headers: { ...BROWSER.headers, 'x-functions-key': 'host-key' } };
  expect((await ask('/', withKey)).status).toBe(200);
});
