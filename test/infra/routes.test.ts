// The two routes, as Bicep predicts them, in the Functions host: each path of each case with and
// without a key, and spellings that try to reach a keyed server through the open route.

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../config/load.ts';
import { echo, send } from '../../standins/functions-host/fixtures/client.ts';
import { fixtureAppRoot } from '../../standins/functions-host/fixtures/fixture-app.ts';
import type { FunctionsHost } from '../../standins/functions-host/functions-host.ts';
import { startFunctionsHost } from '../../standins/functions-host/stand-in.ts';
import type { Snapshot } from '../../standins/gateway/snapshot.ts';
import { cases, homeOf, isOpenRoute, literalSettings, readSnapshot } from './cases.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const keys = {
  master: 'master-key',
  host: ['host-key'],
  functions: { 'http-handler1': ['open-key'], 'http-handler2': ['own-key'] },
};

const withKey = { headers: { 'x-functions-key': 'own-key' } };

/** Our host.json and the settings of the snapshot, before a handler that echoes what arrives. */
function startCase(snapshot: Snapshot): Promise<FunctionsHost> {
  const handler = 'AzureFunctionsJobHost__customHandler__description__arguments__0';
  return startFunctionsHost({
    appRoot: root,
    drainTimeoutMs: 0,
    enableAuth: keys,
    environment: {
      ...literalSettings(snapshot),
      [handler]: resolve(fixtureAppRoot, 'handler.mjs'),
    },
  });
}

/** Paths from the root up to which `..` climbs out of a path. */
const climb = (path: string, step: string) => step.repeat(path.split('/').length - 1);

/** Spellings of a keyed path that begin like an open one, or that are unusual in another way. */
function hostileSpellings(open: string, keyed: string): string[] {
  const rest = keyed.slice(1);
  return [
    keyed.toUpperCase(),
    `${keyed}/`,
    `${keyed}/x`,
    `/.${keyed}`,
    `/%2e${keyed}`,
    keyed.replace(/.$/, (last) => `%${last.charCodeAt(0).toString(16)}`),
    keyed.replace(/(?<=.)\//, '//'),
    `${keyed}?path=${open}`,
    `${keyed};${open}`,
    `${open}${climb(open, '/..')}/${rest}`,
    `${open}${climb(open, '/%2e%2e')}/${rest}`,
    `${open}${climb(open, '/.%2E')}/${rest}`,
    `${open}/x/..${climb(open, '/..')}/${rest}`,
    `${open}%2f..%2f..%2f${rest}`,
    `${open}%2F%2e%2e%2F${rest}`,
    `${open}%5c..%5c${rest}`,
    `${open}x`,
    `${open}-more`,
    `${open}%20`,
    `${open}.json`,
    `/x${open}`,
    open.replace(/^\//, '//'),
    `/${open.slice(1).replace('/', '%2f')}x`,
    '/Xwell-known/oauth-protected-resource',
    '/.well-known/oauth-protected-resourcex',
    '/.well-known/openid-configuration',
    '/healthzz',
  ];
}

describe.each(cases)('$name', ({ name, serversYaml, settings }) => {
  const snapshot = readSnapshot(name);
  const servers = snapshot.outputs.MCP_SERVERS as { path: string; auth: string }[];
  const isOpen = ({ auth }: { auth: string }) => isOpenRoute(auth, { settings });
  const { registry, serverCards } = parseConfig(serversYaml, 'servers.yaml').host;
  const published = [
    ...(registry ? ['/v0.1/servers'] : []),
    ...(serverCards ? ['/.well-known/ai-catalog.json', '/keyed/mcp/server-card'] : []),
  ];
  const open = ['/healthz', ...servers.filter(isOpen).map(({ path }) => path)];
  const documents = servers.map(({ path }) => `/.well-known/oauth-protected-resource${path}`);
  const keyed = servers.filter((server) => !isOpen(server)).map(({ path }) => path);
  const spellings = open.flatMap((one) => keyed.flatMap((other) => hostileSpellings(one, other)));
  let host: FunctionsHost;
  beforeAll(async () => {
    host = await startCase(snapshot);
  });
  afterAll(() => host.stop());

  test.each([...open, ...documents, ...published])(
    '%s needs no key, nor what is below it',
    async (path) => {
      for (const target of [path, `${path}/`, `${path}/x`, `${path}?code=nonsense`]) {
        expect((await echo(host.url, target)).url).toBe(target);
        const wrong = { headers: { 'x-functions-key': 'nonsense' } };
        expect((await echo(host.url, target, wrong)).url).toBe(target);
      }
    },
  );

  test.each([...open, ...documents])('%s with escaped letters is the same path', async (path) => {
    const escaped = path.replace(/.$/, (last) => `%${last.charCodeAt(0).toString(16)}`);
    expect((await echo(host.url, escaped)).url).toBe(path);
  });

  const shut = registry
    ? [
        '/v0/servers',
        '/v0.1',
        '/v0.1/serversx',
        '/opener/mcp/server-card',
        '/keyed/mcp/server-cards',
      ]
    : ['/v0.1/servers'];
  test.each([...keyed, ...shut, '/readyz', '/unknown/mcp'])('%s needs the key', async (path) => {
    const with401 = async (target: string, headers = {}) => {
      const answer = await send(host.url, target, { headers });
      expect(answer).toMatchObject({ status: 401, headers: { 'content-length': '0' } });
      expect(answer.headers).not.toHaveProperty('www-authenticate');
    };
    await with401(path);
    await with401(path, { 'x-functions-key': 'nonsense' });
    await with401(path, { 'x-functions-key': 'open-key' });
    await with401(path, { 'x-functions-key': ['nonsense', 'host-key'] });
    await with401(`${path}?code=nonsense`);
    for (const key of ['host-key', 'own-key', 'master-key']) {
      expect((await echo(host.url, path, { headers: { 'x-functions-key': key } })).url).toBe(path);
      expect((await echo(host.url, `${path}?code=${key}`)).url).toBe(`${path}?code=${key}`);
    }
  });

  const home = homeOf({ serversYaml, settings });
  test.each(['/', '/?a=b', '/x/..', '/%2e'])(`%s without a key: ${home.isOpen}`, async (target) => {
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) {
      const answer = await send(host.url, target, { method });
      // The handler answers `x` at its root.
      expect({ status: answer.status, body: answer.body.toString() }).toEqual(
        home.isOpen
          ? { status: 200, body: method === 'HEAD' ? '' : 'x' }
          : { status: 401, body: '' },
      );
    }
    expect((await send(host.url, target, withKey)).body.toString()).toBe('x');
  });

  test.each(['//', '//healthz', '/%20', '/%0a', '/%2f'])('%s is not the root', async (target) => {
    expect([401, 404]).toContain((await send(host.url, target)).status);
  });

  test.each([...new Set(spellings)])('%s never arrives without the key', async (target) => {
    // 400 and 404 are the Functions host's own: the handler does not see these targets.
    expect([400, 401, 404]).toContain((await send(host.url, target)).status);
  });

  test.runIf(registry)('the name of a server reaches the registry without a key', async () => {
    const version = '/versions/latest';
    const bare = `/v0.1/servers/net.azurewebsites.func-x/open${version}`;
    expect((await echo(host.url, bare)).url).toBe(bare);
    const escaped = `/v0.1/servers/net.azurewebsites.func-x%2Fopen${version}`;
    expect((await echo(host.url, escaped)).url).toBe(escaped.replace('%2F', '%252F'));
  });

  test('a line feed at the end passes the open route as it is: no server has such a path', async () => {
    expect((await echo(host.url, `${open.at(-1)}%0a`)).url).toBe(`${open.at(-1)}%0A`);
  });

  test('every server is tried', () => {
    expect(open.length + keyed.length).toBe(servers.length + 1);
    expect(keyed.length).toBeGreaterThan(0);
    expect(spellings.length).toBeGreaterThan(25);
  });
});
