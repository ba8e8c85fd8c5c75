// The registry in processes of their own: behind the Functions host with the routes of Azure, and with `npm start`.

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ServerJson } from '../../../runtime/exchange/server-json.ts';
import { send } from '../../../standins/functions-host/fixtures/client.ts';
import { literalSettings, readSnapshot } from '../../infra/cases.ts';
import { expectServerJson } from '../../runtime/registry/server-schema.ts';
import { spawnHost } from '../spawn-host.ts';
import { startApp } from './app.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/servers');

const yaml = (registry: boolean, modules: string) => `host: { registry: ${registry} }
servers:
  open: { module: "${modules}/kernel-v1.mjs", auth: anonymous, title: Open }
  keyed: { module: "${modules}/kernel-v1.mjs" }
`;

/** Behind the Functions host, whose keys are checked as in Azure. */
async function startInAzure(registry: boolean) {
  const folder = mkdtempSync(join(tmpdir(), 'registry-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'servers.yaml');
  writeFileSync(file, yaml(registry, relative(folder, fixtures).replaceAll('\\', '/')));
  const host = await startApp({
    enableAuth: { master: 'master-key', host: ['host-key'] },
    environment: {
      ...literalSettings(readSnapshot(registry ? 'every-auth' : 'sample')),
      MCP_SERVERS_FILE: file,
      MCP_PUBLIC_BASE_URL: 'https://func-x.azurewebsites.net',
      WEBSITE_HOSTNAME: 'func-x.azurewebsites.net',
    },
  });
  const ask = async (target: string, method = 'GET') => {
    const headers = { origin: 'https://vscode.dev' };
    const answer = await send(host.url, target, { method, headers });
    const text = answer.body.toString();
    return {
      ...answer,
      json: answer.status < 500 && text.startsWith('{') ? JSON.parse(text) : text,
    };
  };
  return { ask, file };
}

/** A server tells its version once it is loaded. */
async function whenLoaded<List extends { readonly json: { servers?: { server: ServerJson }[] } }>(
  ask: () => Promise<List>,
): Promise<List> {
  const list = await ask();
  const isLoading = list.json.servers?.some(({ server }) => server.version === '0.0.0');
  return isLoading ? whenLoaded(ask) : list;
}

test('in Azure everybody reads it without a key, with the name escaped or not', async () => {
  const { ask, file } = await startInAzure(true);
  const list = await whenLoaded(() => ask('/v0.1/servers?limit=50&version=latest'));
  expect(list.status).toBe(200);
  expect(list.headers['access-control-allow-origin']).toBe('*');
  expect(list.json.servers).toHaveLength(2);
  for (const { server, _meta } of list.json.servers) {
    expectServerJson(server);
    expect(_meta['io.modelcontextprotocol.registry/official'].publishedAt).toBe(
      statSync(file).mtime.toISOString(),
    );
  }
  for (const name of ['net.azurewebsites.func-x%2Fkeyed', 'net.azurewebsites.func-x/keyed']) {
    const one = await ask(`/v0.1/servers/${name}/versions/latest`);
    expect(one.json).toEqual(list.json.servers[1]);
    expect(one.json.server.remotes[0].url).toBe('https://func-x.azurewebsites.net/keyed/mcp');
    const { version } = one.json.server;
    expect((await ask(`/v0.1/servers/${name}/versions/${version}`)).status).toBe(200);
    expect((await ask(`/v0.1/servers/${name}/versions/9.9.9`)).status).toBe(404);
    expect((await ask(`/v0.1/servers/${name}/versions/latest`, 'OPTIONS')).status).toBe(204);
  }
  expect((await ask('/v0/servers')).status).toBe(401);
  expect((await ask('/keyed/mcp', 'POST')).status).toBe(401);
});

test('in Azure nobody reads it while it is off', async () => {
  const { ask } = await startInAzure(false);
  for (const target of [
    '/v0.1/servers',
    '/v0.1/servers/net.azurewebsites.func-x%2Fopen/versions',
  ]) {
    expect((await ask(target)).status).toBe(401);
  }
});

test('npm start lists the addresses of this machine', async () => {
  const host = await spawnHost({ yaml: yaml(true, '.') });
  const url = await host.url();
  const answer = await fetch(`${url}/v0.1/servers`);
  const list = (await answer.json()) as { servers: { server: ServerJson }[] };
  const addresses = list.servers.map(({ server }) => server.remotes);
  expect(addresses).toEqual(
    ['open', 'keyed'].map((name) => [{ type: 'streamable-http', url: `${url}/${name}/mcp` }]),
  );
  const one = await fetch(
    `${url}/v0.1/servers/${encodeURIComponent('localhost/open')}/versions/latest`,
  );
  expect(await one.json()).toEqual(list.servers[0]);
});
