// Merging entries into a client's file: what is ours changes, everything else stays as its owner
// wrote it.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is what clients fill in.

import { describe, expect, test } from 'vitest';
import { applyChanges, findChanges } from '../../cli/client-file.ts';
import type { WantedEntries } from '../../cli/wanted-entries.ts';
import type { ClientEntry } from '../../clients/client-entries.ts';
import { clients } from '../../clients/clients.ts';

const base = 'https://app.example';
const open: ClientEntry = { name: 'a-remote', url: `${base}/a/mcp`, needsKey: false };
const keyed: ClientEntry = { name: 'b-remote', url: `${base}/b/mcp`, needsKey: true };

function wanted(
  entries: readonly ClientEntry[],
  client: WantedEntries['client'] = clients.vscode,
): WantedEntries {
  return { client, entries, bases: [{ target: 'remote', baseUrl: base }], replaces: false };
}

function merge(text: string, want: WantedEntries): string {
  const merged = applyChanges(text, findChanges(text, want));
  expect(findChanges(merged, want), 'a merged file has no drift left').toEqual([]);
  return merged;
}

describe('merging', () => {
  test('keeps foreign entries, comments, order, indentation and a trailing comma', () => {
    const text = `{
    // mine
    "inputs": [
        { "id": "other", "type": "promptString" }, // keep
    ],
    "servers": {
        /* the one I use */
        "github": { "url":"https://api.githubcopilot.com/mcp/" },
    },
    "sandbox": true
}
`;
    expect(merge(text, wanted([keyed]))).toBe(`{
    // mine
    "inputs": [
        { "id": "other", "type": "promptString" }, // keep
        {
            "type": "promptString",
            "id": "mcp-function-key",
            "description": "Key of the Functions app (azd or the portal shows it)",
            "password": true
        },
    ],
    "servers": {
        /* the one I use */
        "github": { "url":"https://api.githubcopilot.com/mcp/" },
        "b-remote": {
            "type": "http",
            "url": "https://app.example/b/mcp",
            "headers": {
                "x-functions-key": "\${input:mcp-function-key}"
            }
        },
    },
    "sandbox": true
}
`);
  });

  test.each([
    [
      '{"servers":{"x":{}}}',
      '{"servers":{"x":{}, "a-remote": {"type":"http","url":"https://app.example/a/mcp"}}}',
    ],
    [
      '{\n  "servers": {\n    "x": {} // the last one\n  }\n}',
      '{\n  "servers": {\n    "x": {}, // the last one\n    "a-remote": {\n      "type": "http",\n      "url": "https://app.example/a/mcp"\n    }\n  }\n}',
    ],
    [
      '{\n  "servers": {\n    // none yet\n  }\n}\n',
      '{\n  "servers": {\n    // none yet\n    "a-remote": {\n      "type": "http",\n      "url": "https://app.example/a/mcp"\n    }\n  }\n}\n',
    ],
    [
      '{}',
      '{\n  "servers": {\n    "a-remote": {\n      "type": "http",\n      "url": "https://app.example/a/mcp"\n    }\n  }\n}',
    ],
  ])('adds lines only to %j', (text, merged) => {
    expect(merge(text, wanted([open]))).toBe(merged);
  });

  test('keeps tabs and Windows line ends', () => {
    const text = '{\r\n\t"servers": {\r\n\t\t"x": {}\r\n\t}\r\n}\r\n';
    const merged = merge(text, wanted([open]));
    expect(merged).toContain('\r\n\t\t"a-remote": {\r\n\t\t\t"type": "http"');
    expect(merged.replaceAll('\r\n', '')).not.toContain('\n');
  });

  test('updates only what is ours in an entry of ours', () => {
    const text = JSON.stringify({
      servers: {
        'a-remote': {
          type: 'sse',
          url: 'https://old.example/a/mcp',
          headers: { 'x-functions-key': '${input:mcp-function-key}', 'x-team': 'blue' },
          dev: { watch: 'x' },
        },
      },
    });
    expect(JSON.parse(merge(text, { ...wanted([open]), replaces: true }))).toEqual({
      servers: {
        'a-remote': {
          type: 'http',
          url: open.url,
          headers: { 'x-team': 'blue' },
          dev: { watch: 'x' },
        },
      },
    });
  });

  test('adds the key where a server begins to need it, and takes it out with its last header', () => {
    const without = JSON.stringify({ servers: { 'b-remote': { type: 'http', url: keyed.url } } });
    const withKey = merge(without, wanted([keyed]));
    expect(JSON.parse(withKey).servers['b-remote'].headers).toEqual({
      'x-functions-key': '${input:mcp-function-key}',
    });
    const again = merge(withKey, wanted([{ ...keyed, needsKey: false }]));
    expect(JSON.parse(again).servers['b-remote']).toEqual({ type: 'http', url: keyed.url });
  });

  test('leaves a key that someone typed in where none is needed, and never repeats one', () => {
    const file = (key: string) =>
      JSON.stringify({
        servers: {
          'b-remote': { type: 'http', url: keyed.url, headers: { 'x-functions-key': key } },
        },
      });
    expect(findChanges(file('hunter2'), wanted([{ ...keyed, needsKey: false }]))).toEqual([]);
    const [change] = findChanges(file('hunter2'), wanted([keyed]));
    expect(change?.drift).toBe(
      'b-remote: expected "${input:mcp-function-key}" as headers.x-functions-key',
    );
  });

  test('takes out entries of servers that are gone, but only at our address and by our name', () => {
    const text = JSON.stringify({
      servers: {
        'gone-remote': { type: 'http', url: `${base}/gone/mcp` },
        'gone-local': { type: 'http', url: `${base}/gone/mcp` },
        'their-remote': { type: 'http', url: 'https://app.example.org/x' },
        mine: { type: 'http', url: `${base}/gone/mcp` },
      },
    });
    expect(findChanges(text, wanted([])).map(({ drift }) => drift)).toEqual([
      'gone-remote belongs to no enabled server',
    ]);
    expect(Object.keys(JSON.parse(merge(text, wanted([]))).servers)).toEqual([
      'gone-local',
      'their-remote',
      'mine',
    ]);
  });

  test('uses the key of the form, and no inputs in the mcpServers form', () => {
    const merged = JSON.parse(merge('{"mcpServers":{"x":{}}}', wanted([keyed], clients.other)));
    expect(Object.keys(merged)).toEqual(['mcpServers']);
    expect(Object.keys(merged.mcpServers)).toEqual(['x', 'b-remote']);
  });

  test('keeps an input of its id as its owner wrote it', () => {
    const input = { id: 'mcp-function-key', type: 'command', command: 'fetch-key' };
    const merged = merge(JSON.stringify({ inputs: [input] }), wanted([keyed]));
    expect(JSON.parse(merged).inputs).toEqual([input]);
  });

  test('replaces an entry of our name that is no object', () => {
    const merged = merge('{"servers":{"a-remote":null}}', wanted([open]));
    expect(JSON.parse(merged).servers['a-remote']).toEqual({ type: 'http', url: open.url });
  });

  test.each([
    ['[]', 'expected a JSON object; nothing was changed'],
    ['{"servers": []}', 'expected "servers" to be an object; nothing was changed'],
    [
      '{\n"servers": }',
      'expected JSON, got ValueExpected at line 2; nothing was changed. Fix: correct that line',
    ],
  ])('refuses %j', (text, message) => {
    expect(() => findChanges(text, wanted([open]))).toThrow(message);
  });

  test.each([
    ['{"a":"text"}', ['a', 'b']],
    ['{"a":null}', ['a', 'b']],
    ['{"a":false}', ['a', 'b', 'c']],
    ['{"a":1,"a":2}', ['a']],
  ])('refuses changes of %j whose edits would not give the wanted values', (text, path) => {
    expect(() => applyChanges(text, [{ path, value: 1, drift: '' }])).toThrow(
      'the changes cannot be merged safely; nothing was changed. Fix: print the entries',
    );
  });
});
