// mcp-json --azd: the fields for sign-in at Entra in each client's own form, and what stays of them
// when `auth` changes.

import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import type { Client } from '../../clients/client.ts';
import { clients } from '../../clients/clients.ts';
import { goodServers, makeFolder, runCli } from './run-cli.ts';

const url = 'https://app.azurewebsites.net';
const all = Object.entries(clients) as [string, Client][];

describe.skipIf(process.platform === 'win32')('sign-in at Entra', () => {
  const outputs = { SERVICE_MCP_URI: url, MCP_CLIENT_ID: 'the-client' };
  function startAzd(client: string, values: Readonly<Record<string, string>>) {
    const cases = Object.entries(values).map(([name, value]) => `${name}) echo '${value}';;`);
    const script = `#!/bin/sh\ncase "$3" in ${cases.join(' ')} *) exit 1;; esac\n`;
    const folder = makeFolder({ 'servers.yaml': goodServers, 'bin/azd': script });
    chmodSync(join(folder, 'bin/azd'), 0o755);
    const args = ['mcp-json', '--client', client, '--azd'];
    const env = { PATH: join(folder, 'bin') };
    return { folder, run: (...more: string[]) => runCli([...args, ...more], { folder, env }) };
  }
  async function entryOf(client: string, values: Readonly<Record<string, string>>) {
    const { out, err } = await startAzd(client, values).run('--format', 'entry');
    const text = out.join('\n');
    const file = client === 'codex' ? parseToml(text).mcp_servers : JSON.parse(text);
    return { entry: file.tasks, err };
  }
  const scope = `${url}/tasks/mcp/mcp.tasks`;

  test.each([
    ['claude-code', { oauth: { clientId: 'the-client', scopes: scope } }],
    ['cursor', { auth: { CLIENT_ID: 'the-client', scopes: [scope] } }],
    ['codex', { scopes: [scope], oauth: { client_id: 'the-client' } }],
    ['gemini-cli', { oauth: { enabled: true, clientId: 'the-client', scopes: [scope] } }],
    ['copilot-cli', { oauthClientId: 'the-client', oauthPublicClient: true, oauthScopes: [scope] }],
    ['opencode', { oauth: { clientId: 'the-client', scope } }],
  ])('%s gets client id and scopes in its own fields', async (client, fields) => {
    expect((await entryOf(client, outputs)).entry).toMatchObject(fields);
  });

  test.each([
    ['claude-code', 'the scopes', '--client-id the-client'],
    ['codex', 'the scopes', '--oauth-client-id the-client'],
    ['gemini-cli', 'the client id and the scopes', ''],
    ['copilot-cli', 'the client id and the scopes', ''],
    ['opencode', 'the client id and the scopes', ''],
    ['mcp-remote', undefined, `'{"client_id":"the-client"}'`],
    ['mcp-remote', undefined, `'{"scope":"${scope}"}'`],
    ['vscode', undefined, ''],
  ])('the command of %s lacks %s, and says so', async (client, lacking, word) => {
    const { out, err } = await startAzd(client, outputs).run('--format', 'command');
    expect(out[1]).toContain(word);
    const said = err.filter((line) => line.includes(' needs to sign in at '));
    expect(said).toEqual(
      lacking === undefined
        ? []
        : [
            `The output does not contain ${lacking} that ${clients[client as keyof typeof clients].title} needs to sign in at tasks. Fix: use --write or --format file`,
          ],
    );
    const without = await startAzd(client, { SERVICE_MCP_URI: url }).run('--format', 'command');
    expect(without.err.join('\n')).not.toContain(' needs to sign in at ');
  });

  test('VS Code gets none: it brings a client id of its own', async () => {
    expect((await entryOf('vscode', outputs)).entry).toEqual({
      type: 'http',
      url: `${url}/tasks/mcp`,
    });
  });

  test.each([
    [
      'the list of servers',
      { MCP_SERVERS: '[{"name":"tasks","scopes":["x/mcp.other"]}]' },
      'x/mcp.other',
    ],
    ['a list it cannot read', { MCP_SERVERS: 'nonsense' }, scope],
    [
      'a directory that refuses addresses',
      { ENTRA_SERVER_URIS: 'none', ENTRA_CLIENT_ID: 'app' },
      'app/mcp.tasks',
    ],
  ])('the scopes follow %s', async (_, more, expected) => {
    const { entry } = await entryOf('claude-code', { ...outputs, ...more });
    expect(entry.oauth.scopes).toBe(expected);
  });

  const auths = ['anonymous', 'function', 'jwt', 'entra'];
  const jwt = '\n    jwt: { issuer: "https://issuer.example", audience: "x" }';
  const servers = (auth: string) =>
    `servers:\n  tasks:\n    module: ./tasks.js\n    auth: ${auth}${auth === 'jwt' ? jwt : ''}\n`;
  const changes = auths.flatMap((from) =>
    auths.filter((to) => to !== from).map((to): [string, string] => [from, to]),
  );
  const written = all.filter(
    ([, { format, keyPlaceholder, unverified }]) =>
      format === 'json' && keyPlaceholder !== undefined && unverified === undefined,
  );

  describe.each(written)('%s', (client, { root }) => {
    test.each(changes)('auth %s that becomes %s leaves nothing behind', async (from, to) => {
      const { folder, run } = startAzd(client, outputs);
      const entry = () => JSON.parse(readFileSync(join(folder, 'file'), 'utf8'))[root].tasks;
      writeFileSync(join(folder, 'servers.yaml'), servers(to));
      await run('--write', 'file');
      const fresh = entry();
      rmSync(join(folder, 'file'));
      writeFileSync(join(folder, 'servers.yaml'), servers(from));
      await run('--write', 'file');
      writeFileSync(join(folder, 'servers.yaml'), servers(to));
      const isSame = isDeepStrictEqual(entry(), fresh);
      expect((await run('--check', 'file')).code).toBe(isSame ? 0 : 1);
      expect((await run('--write', 'file')).code).toBe(0);
      expect(entry()).toEqual(fresh);
      expect((await run('--check', 'file')).code).toBe(0);
    });
  });

  test('a client id and members of the owner stay when sign-in goes', async () => {
    const { folder, run } = startAzd('claude-code', outputs);
    const oauth = { clientId: 'theirs', scopes: 'x' };
    const entries = {
      tasks: { type: 'http', url: `${url}/tasks/mcp`, oauth: { ...oauth, callbackPort: 1 } },
      notes: { url: `${url}/notes/mcp`, oauth: { clientId: 'the-client', callbackPort: 1 } },
    };
    writeFileSync(
      join(folder, 'servers.yaml'),
      goodServers
        .replace('entra', 'anonymous')
        .replace('./notes.js', './n.js\n    auth: anonymous'),
    );
    writeFileSync(join(folder, 'file'), JSON.stringify({ mcpServers: entries }));
    expect((await run('--write', 'file')).code).toBe(0);
    const { mcpServers } = JSON.parse(readFileSync(join(folder, 'file'), 'utf8'));
    expect(mcpServers.tasks).toEqual(entries.tasks);
    expect(mcpServers.notes.oauth).toEqual({ callbackPort: 1 });
  });

  test('a TOML entry with the sign-in of an earlier auth is named, and stays', async () => {
    const { folder, run } = startAzd('codex', outputs);
    writeFileSync(join(folder, 'servers.yaml'), servers('entra'));
    await run('--write', 'file');
    const text = readFileSync(join(folder, 'file'), 'utf8');
    writeFileSync(join(folder, 'servers.yaml'), servers('anonymous'));
    expect((await run('--check', 'file')).err[0]).toBe('file: tasks has other content');
    expect((await run('--write', 'file')).err[0]).toContain('delete or rename those tables');
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe(text);
  });

  test('without the id of the app that scopes begin with there is one note, and no scope', async () => {
    const { entry, err } = await entryOf('cursor', { ...outputs, ENTRA_SERVER_URIS: 'none' });
    expect(entry).toEqual({ url: `${url}/tasks/mcp` });
    expect(err.filter((line) => line.includes('no ENTRA_CLIENT_ID'))).toHaveLength(1);
  });

  test('without the output there is no oauth field, and one note', async () => {
    const { entry, err } = await entryOf('cursor', { SERVICE_MCP_URI: url });
    expect(entry).toEqual({ url: `${url}/tasks/mcp` });
    expect(err.filter((line) => line.includes('MCP_CLIENT_ID'))).toHaveLength(1);
  });
});
