// What Bicep reads from a servers.yaml is what the host reads from it: the same servers, paths,
// levels, scopes, limits and issuers, with the same defaults.

import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../config/load.ts';
import { resourcesOf } from '../../standins/gateway/snapshot.ts';
import { makeFolder, runCli } from '../cli/run-cli.ts';
import { cases, homeOf, isOpenRoute, literalSettings, readSnapshot } from './cases.ts';

type Listed = Readonly<Record<string, unknown>> & { name: string; path: string; auth: string };

/** Those with a path: the others are for nobody but their combinations. */
async function enabledServers(serversYaml: string): Promise<Listed[]> {
  const { out } = await runCli(['list', '--json'], {
    folder: makeFolder({ 'servers.yaml': serversYaml }),
  });
  const listed: Listed[] = JSON.parse(out.join('\n'));
  return listed
    .filter(({ enabled, path }) => enabled && path !== 'none')
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Bicep leaves a key out, or gives null, where `list --json` gives null. */
const written = (servers: object): unknown =>
  JSON.parse(JSON.stringify(servers, (_key, value) => value ?? undefined));

describe.each(cases)('$name', ({ name, serversYaml, settings }) => {
  const snapshot = readSnapshot(name);
  const understood = snapshot.outputs.MCP_SERVERS as Listed[];

  test('MCP_SERVERS has the enabled servers with a path, as mcp-host list --json shows them', async () => {
    const listed = await enabledServers(serversYaml);
    expect(listed.length).toBeGreaterThan(0);
    const keys = Object.keys(understood[0] ?? {});
    const picked = listed.map((server) =>
      Object.fromEntries(keys.map((key) => [key, server[key]])),
    );
    expect(written(understood)).toEqual(written(picked));
  });

  test('a sum of memoryMb above 70 % of an instance is a warning, of enabled servers only', async () => {
    const listed = await enabledServers(serversYaml);
    const declared = listed.reduce((sum, { memoryMb }) => sum + Number(memoryMb ?? 0), 0);
    const instance = Number(settings.INSTANCE_MEMORY_MB ?? 2048);
    const warning = String(snapshot.outputs.MEMORY_WARNING);
    expect(warning).toBe(
      declared > 0.7 * instance
        ? `The memoryMb of all servers is ${declared} MiB, more than 70 % of the ${instance} MB of an instance. Fix: azd env set INSTANCE_MEMORY_MB 4096, or lower memoryMb in servers.yaml`
        : '',
    );
  });

  test('the open route has the paths of servers that need no key, two more, and what is published', async () => {
    const listed = await enabledServers(serversYaml);
    const open = listed
      .filter(({ auth }) => isOpenRoute(auth, { settings }))
      .map(({ path }) => path.slice(1));
    const { registry, serverCards } = parseConfig(serversYaml, 'servers.yaml').host;
    const cards = listed
      .filter((one) => serverCards && one.auth === 'function' && one.registry !== false)
      .map(({ path }) => `${path.slice(1)}/server-card`);
    const published = [
      ...(registry ? ['v0\\.1/servers'] : []),
      ...(serverCards ? ['\\.well-known/ai-catalog\\.json'] : []),
      ...cards,
    ];
    const home = homeOf({ serversYaml, settings }).isOpen ? '=healthz' : '';
    const paths = ['healthz', '\\.well-known/oauth-protected-resource', ...published, ...open];
    expect(literalSettings(snapshot)).toMatchObject({
      AzureFunctionsJobHost__customHandler__http__routes__0__route: `{*path:regex(^(${paths.join('|')})(/.*)?$)${home}}`,
      AzureFunctionsJobHost__customHandler__http__routes__0__authorizationLevel: 'anonymous',
      AzureFunctionsJobHost__customHandler__http__routes__1__route: '{*path}',
      AzureFunctionsJobHost__customHandler__http__routes__1__authorizationLevel: 'function',
    });
  });

  test('the Entra apps are there when a server needs it, and not otherwise', async () => {
    const listed = await enabledServers(serversYaml);
    const needed = listed.some(({ auth }) => auth === 'entra') ? 2 : 0;
    expect(resourcesOf(snapshot, 'Microsoft.Graph/applications')).toHaveLength(needed);
    expect(resourcesOf(snapshot, 'Microsoft.Graph/servicePrincipals')).toHaveLength(needed);
    const [settings] = resourcesOf(snapshot, 'Microsoft.Web/sites/config');
    expect(String(settings?.properties).includes("'MCP_ENTRA_CLIENT_ID'")).toBe(needed > 0);
  });
});

test.each([
  ['a key that Bicep does not read', '    disabled: true', 'enabled'],
  ['a number that YAML 1.2 takes for text', '    timeoutMs: 1_000', '1000'],
  ['a whole number that Bicep takes for a fraction', '    timeoutMs: 5.0', 'write 5'],
  ['a merge key, which Bicep merges', '    <<: { auth: anonymous }', 'write out the keys'],
  ['a word that is no auth', '    auth: none', 'anonymous'],
])('what Bicep would read in another way is refused before: %s', (_, line, fix) => {
  const text = `servers:\n  a:\n    module: ./a.ts\n${line}\n`;
  expect(() => parseConfig(text, 'servers.yaml')).toThrow(fix);
});

test('a file of another program, in which Bicep would see no server, is refused before', () => {
  const text = 'mcpServers:\n  a:\n    module: ./a.ts\n';
  expect(() => parseConfig(text, 'servers.yaml')).toThrow('write "servers"');
});
