// Server cards and their catalog (`host.serverCards`, a draft): where they are, what they say, and that they are off.

import { expect, test } from 'vitest';
import { startHost } from '../start-host.ts';
import { expectServerCard } from './server-schema.ts';

const CATALOG = '/.well-known/ai-catalog.json';
const BASE = 'https://mcp.example.com';
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers': 'Content-Type, If-None-Match',
};

async function open(host: string) {
  const yaml = `
host: { ${host} }
servers:
  open: { module: ./kernel-v1.mjs, auth: anonymous, title: Open, description: For everybody }
  keyed: { module: ./kernel-v2.mjs, path: /team/keyed }
  people: { module: ./kernel-v1.mjs, auth: entra }
  quiet: { module: ./kernel-v1.mjs, registry: false }
`;
  const { app } = await startHost({ yaml, load: false });
  return (url: string, method: 'GET' | 'POST' | 'OPTIONS' = 'GET') =>
    app.inject({ method, url, headers: { host: 'localhost', origin: 'http://localhost:8080' } });
}

test('the catalog leads to the card of each listed server', async () => {
  const ask = await open(`serverCards: true, publicUrl: "${BASE}"`);
  const catalog = await ask(CATALOG);
  expect(catalog.headers).toMatchObject({
    ...CORS,
    'content-type': 'application/ai-catalog+json',
    'cache-control': 'public, max-age=3600',
  });
  const { specVersion, entries } = catalog.json();
  expect(specVersion).toBe('1.0');
  expect(entries).toEqual(
    Object.entries({ open: '/open/mcp', keyed: '/team/keyed', people: '/people/mcp' }).map(
      ([name, path]) => ({
        identifier: `urn:air:mcp.example.com:mcp:${name}`,
        type: 'application/mcp-server-card+json',
        url: `${BASE}${path}/server-card`,
      }),
    ),
  );
  for (const { url } of entries) {
    const card = await ask(url.slice(BASE.length));
    expect(card.statusCode).toBe(200);
    expect(card.headers).toMatchObject({
      ...CORS,
      'content-type': 'application/mcp-server-card+json',
    });
    expectServerCard(card.json());
    expect(`${card.json().remotes[0].url}/server-card`).toBe(url);
    expect((await ask(url.slice(BASE.length), 'OPTIONS')).statusCode).toBe(204);
    expect((await ask(url.slice(BASE.length), 'POST')).statusCode).toBe(405);
  }
});

test('a card says what the registry says', async () => {
  const ask = await open(`registry: true, serverCards: true, publicUrl: "${BASE}"`);
  const { server } = (await ask('/v0.1/servers/com.example.mcp%2Fkeyed/versions/latest')).json();
  const { $schema, ...card } = (await ask('/team/keyed/server-card')).json();
  expect({ ...card, $schema: server.$schema }).toEqual(server);
  expect($schema).not.toBe(server.$schema);
});

test.each([
  '/quiet/mcp/server-card',
  '/open/server-card',
  '/open/mcp/server-card/',
  '/server-card',
])('there is none at %s', async (url) => {
  const ask = await open(`serverCards: true, publicUrl: "${BASE}"`);
  expect((await ask(url)).statusCode).toBe(404);
});

test.each(['registry: true', 'serverCards: false'])('there is none with "%s"', async (host) => {
  const ask = await open(`${host}, publicUrl: "${BASE}"`);
  for (const url of [CATALOG, '/open/mcp/server-card']) {
    expect((await ask(url)).statusCode).toBe(404);
  }
});

test('nothing is listed where nothing tells the address', async () => {
  const { app } = await startHost({
    yaml: 'host: { serverCards: true }\nservers: { open: { module: ./kernel-v1.mjs } }\n',
    environment: { behindFunctionsHost: true },
    load: false,
  });
  const headers = { host: 'localhost' };
  expect((await app.inject({ url: CATALOG, headers })).json().entries).toEqual([]);
  expect((await app.inject({ url: '/open/mcp/server-card', headers })).statusCode).toBe(404);
});
