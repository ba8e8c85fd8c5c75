// Install links: what each carries decodes to the entry of its client, byte for byte, and never has a key.

import { describe, expect, test } from 'vitest';
import type { Client } from '../../clients/client.ts';
import { type ClientEntry, KEY_INPUT, toFileEntry } from '../../clients/client-entries.ts';
import { fileWith, linksFor, whyNoLink } from '../../clients/client-print.ts';
import { clients } from '../../clients/clients.ts';

/** In base64, this address has a `+` and a `/`, which are not what they are in a query. */
const url = 'https://func-x.azurewebsites.net/a~~>>b??/mcp';
const entries: readonly ClientEntry[] = [
  { name: 'weather', url: 'http://127.0.0.1:3000/weather/mcp', needsKey: false },
  { name: 'weather', url, needsKey: false },
  { name: 'weather', url, needsKey: true },
  {
    name: 'people',
    url,
    needsKey: false,
    signIn: { clientId: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee', scopes: [`${url}/a b`, 'c+d'] },
  },
];
const linked = (Object.entries(clients) as [string, Client][]).filter(
  ([, { links }]) => links !== undefined,
);

/** Name and entry, as the client at the other end reads them. */
function read(link: string): { name: string; entry: unknown; inputs?: unknown } {
  const query = link.slice(link.indexOf('?') + 1);
  if (!query.includes('=')) {
    const { name, inputs, ...entry } = JSON.parse(decodeURIComponent(query));
    return { name, entry, ...(inputs && { inputs }) };
  }
  // Read as forms are: there a bare + is a blank.
  if (link.startsWith('goose://')) {
    const { url: uri, type, id, name } = Object.fromEntries(new URLSearchParams(query));
    expect(id).toBe(name);
    return { name: String(name), entry: { name, type, uri } };
  }
  const { name = '', config = '', inputs } = Object.fromEntries(new URLSearchParams(query));
  const text = config.startsWith('{') ? config : Buffer.from(config, 'base64').toString();
  if (!config.startsWith('{')) expect(Buffer.from(text).toString('base64')).toBe(config);
  return { name, entry: JSON.parse(text), ...(inputs && { inputs: JSON.parse(inputs) }) };
}

test('the clients with a link are those that are known to take one', () => {
  expect(linked.map(([id]) => id).sort()).toEqual(
    ['cursor', 'goose', 'kiro', 'lm-studio', 'visual-studio', 'vscode', 'vscode-insiders'].sort(),
  );
});

describe.each(linked)('%s', (_, client) => {
  test.each(entries)('a link decodes to the entry of $name at $url, key: $needsKey', (entry) => {
    const { lines, lacksKey } = linksFor(entry, client);
    const isRefused = client === clients.goose && (entry.needsKey || entry.signIn !== undefined);
    expect(lines).toHaveLength(isRefused ? 0 : (client.links?.length ?? 0));
    const sent = { ...entry, needsKey: entry.needsKey && !lacksKey };
    for (const link of lines) {
      expect(URL.canParse(link)).toBe(true);
      expect(read(link)).toEqual({
        name: entry.name,
        entry: toFileEntry(sent, client),
        ...(sent.needsKey && { inputs: [KEY_INPUT] }),
      });
    }
  });

  test('a link has no key, nor a place for one that stays open', () => {
    for (const entry of entries) {
      for (const link of linksFor(entry, client).lines) {
        expect(decodeURIComponent(link)).not.toMatch(/<key>|MCP_FUNCTION_KEY|\?code=|&code=/);
        expect(link).not.toContain('<');
        expect(link.length).toBeLessThan(2_000);
      }
    }
  });
});

test.each([
  [{ needsKey: false }, 1],
  [{ needsKey: true }, 0],
  [{ needsKey: false, needsToken: true }, 0],
])('goose has a link only for servers that need no key and no sign-in: %j', (needs, count) => {
  const { lines, lacksKey } = linksFor({ name: 'weather', url, ...needs }, clients.goose);
  expect({ count: lines.length, lacksKey }).toEqual({ count, lacksKey: false });
});

test('there is no link that is longer than a browser takes', () => {
  const scopes = Array.from({ length: 40 }, (_, index) => `${url}/scope.${index}`);
  const entry = { name: 'people', url, needsKey: false, signIn: { clientId: 'x', scopes } };
  expect(linksFor(entry, clients.cursor).lines).toEqual([]);
  expect(whyNoLink(entry, clients.cursor)).toBe('the link would have more than 2000 characters');
  // Its entry has no scopes.
  expect(linksFor(entry, clients['lm-studio']).lines).toHaveLength(2);
});

test('base64 of the address used here has the characters that need an encoding', () => {
  const [link = ''] = linksFor(entries[1] as ClientEntry, clients.cursor).lines;
  expect(link).toMatch(/%2B|%2F/);
});

test('a file of one entry asks for the key where the client can ask', () => {
  const entry = entries[2] as ClientEntry;
  expect(JSON.parse(fileWith(entry, clients.vscode))).toEqual({
    servers: { weather: toFileEntry(entry, clients.vscode) },
    inputs: [KEY_INPUT],
  });
  expect(fileWith(entry, clients.codex)).toContain('[mcp_servers.weather]');
});
