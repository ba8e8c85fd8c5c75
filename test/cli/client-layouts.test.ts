// Files of clients in many layouts: comments in every gap, line ends, trailing commas, and values
// of another type than expected. Whatever --write makes of them is valid, holds our entries, and
// keeps everything else.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is what clients fill in.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ParseError, parse } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { goodServers, makeFolder, runCli } from './run-cli.ts';

const url = 'https://app.azurewebsites.net';
const remote = ['--target', 'remote', '--url', url];
const notes = {
  type: 'http',
  url: `${url}/notes/mcp`,
  headers: { 'x-functions-key': '${input:mcp-function-key}' },
};
const tasks = { type: 'http', url: `${url}/tasks/mcp` };
const theirs = { url: 'https://their.example/mcp' };
const gone = { type: 'http', url: `${url}/gone/mcp` };
const theirInput = { id: 'theirs', type: 'promptString' };
const keyInput = { id: 'mcp-function-key', type: 'command', command: 'ours' };

function start(client = 'vscode') {
  const folder = makeFolder({ 'servers.yaml': goodServers });
  const file = join(folder, 'file');
  const run = (...args: string[]) => runCli(['mcp-json', '--client', client, ...args], { folder });
  return {
    write: (text: string, ...args: string[]) => {
      writeFileSync(file, text);
      return run(...remote, '--write', 'file', ...args);
    },
    check: () => run(...remote, '--check', 'file'),
    read: () => readFileSync(file, 'utf8'),
  };
}

function parsed(text: string): unknown {
  const errors: ParseError[] = [];
  const value = parse(text, errors, { allowTrailingComma: true });
  expect({ text, errors }).toEqual({ text, errors: [] });
  return value;
}

const member = (name: string, value: unknown) => `"${name}": ${JSON.stringify(value)}`;
const oldNotes = { ...theirs, url: notes.url, mine: true };

/**
 * Texts that stand behind each other, with a gap in front of each. Our entries and the one that is
 * gone are whole.
 */
const documents: Readonly<Record<string, readonly string[]>> = {
  'ours and theirs': [
    ...['{', '"inputs"', ':', '[', JSON.stringify(theirInput), ']', ',', '"servers"', ':', '{'],
    ...[member('theirs', theirs), ',', member('notes', oldNotes), '}', ',', '"more"', ':', '1'],
    '}',
  ],
  'trailing commas': [
    ...['{', '"servers"', ':', '{', member('gone', gone), ',', member('theirs', theirs), ',', '}'],
    ...[',', '"inputs"', ':', '[', JSON.stringify(keyInput), ',', ']', ',', '}'],
  ],
  'one that is gone, at the end': [
    ...['{', '"servers"', ':', '{', member('theirs', theirs), ',', member('gone', gone), '}', '}'],
  ],
  'nothing but one that is gone': [
    ...['{', '"servers"', ':', '{', member('gone', gone), ',', '}', ',', '"inputs"', ':', '[', ']'],
    '}',
  ],
  'nothing yet': ['{', '}'],
};
const gaps: Readonly<Record<string, string>> = {
  'a block comment': ' /* comment */ ',
  'two block comments with what looks like code': '/* comment */ /* , } */',
  'a block comment of two lines': ' /* comment\n */ ',
  'a line comment': ' // comment, "x": {}\n  ',
  'a line end': '\n    ',
};

describe.each(Object.entries(documents))('%s', (_, parts) => {
  describe.each([
    ['one line', ' '],
    ['many lines', '\n  '],
    ['nothing between', ''],
  ])('%s', (_line, plain) => {
    test.each(Object.entries(gaps))('%s in each gap', async (_gap, gap) => {
      const { write, check, read } = start();
      for (const [index] of parts.entries()) {
        const text = parts.map((part, at) => (at === index ? gap : plain) + part).join('');
        const before = parsed(text) as Record<string, Record<string, object>>;
        const { code, err } = await write(text);
        expect({ text, code, err }).toEqual({ text, code: 0, err: [] });
        const { gone: _gone, notes: ours, ...others } = before.servers ?? {};
        const inputs = (before.inputs ?? []) as unknown as { id: string }[];
        const isAsked = inputs.some(({ id }) => id === 'mcp-function-key');
        expect(parsed(read()), text).toEqual({
          ...before,
          servers: { ...others, notes: { ...ours, ...notes }, tasks },
          inputs: isAsked ? inputs : [...inputs, expect.objectContaining({ password: true })],
        });
        expect(read(), text).toContain(gap.trim());
        expect(await check(), text).toMatchObject({ code: 0 });
      }
    });
  });
});

test.each([
  ['Windows line ends', (text: string) => text.replaceAll('\n', '\r\n')],
  ['a byte order mark', (text: string) => `\uFEFF${text}`],
])('%s in every document', async (_, change) => {
  const { write, read } = start();
  for (const parts of Object.values(documents)) {
    const text = change(parts.join('\n'));
    expect((await write(text)).code).toBe(0);
    expect(parsed(read())).toMatchObject({ servers: { notes, tasks } });
    if (text.includes('\r')) expect(read().replaceAll('\r\n', '')).not.toContain('\n');
  }
});

describe('a value of another type than expected', () => {
  const others: [unknown][] = [null, false, 1, 'abc', ['x'], [], '"}], /*'].map(
    (other): [unknown] => [other],
  );

  test.each<[unknown]>(others)(
    '%j in place of an entry or of its headers is replaced',
    async (other) => {
      const { write, read } = start();
      for (const ours of [other, { ...notes, headers: other, mine: 1 }]) {
        for (const space of [undefined, 2]) {
          const text = JSON.stringify({ servers: { notes: ours, theirs }, more: [1] }, null, space);
          expect((await write(text)).code).toBe(0);
          expect(parsed(read())).toEqual({
            servers: { notes: ours === other ? notes : { ...notes, mine: 1 }, theirs, tasks },
            more: [1],
            inputs: [expect.anything()],
          });
        }
      }
    },
  );

  test.each<[unknown]>([...others, [{ id: 'x' }]])(
    '%j in place of lists and maps is refused',
    async (other) => {
      const { write, read } = start();
      const cases = [
        ...(Array.isArray(other) ? [] : [['inputs', 'a list', '[]']]),
        ...(typeof other === 'object' && other !== null && !Array.isArray(other)
          ? []
          : [['servers', 'an object', '{}']]),
      ];
      expect(cases.length).toBeGreaterThan(0);
      for (const [key = '', what, fix] of cases) {
        const text = JSON.stringify({ servers: {}, [key]: other });
        const { code, err } = await write(text);
        expect({ code, err }).toEqual({
          code: 1,
          err: [
            `mcp-host: file: expected "${key}" to be ${what}; nothing was changed. Fix: write ${fix} in its place`,
          ],
        });
        expect(read()).toBe(text);
      }
    },
  );
});

test('what stands in "__proto__" is neither read nor lost', async () => {
  const { write, read } = start();
  const proto = `"__proto__":{"inputs":[${JSON.stringify(keyInput)}],"url":"${url}/gone/mcp"}`;
  expect((await write(`{${proto},"servers":{"theirs":{${proto}}}}`)).code).toBe(0);
  expect(JSON.parse(read()).inputs).toHaveLength(1);
  expect(JSON.parse(read()).inputs[0].password).toBe(true);
  expect(read()).toContain(`{${proto},"servers":{"theirs":{${proto}}`);
});

test.each([
  ['the map of entries', '{"servers":{},\n"servers":{}}', 'servers'],
  ['the inputs', '{"inputs":[],\n"inputs":[]}', 'inputs'],
  ['an entry of ours', '{"servers":{"notes":{},\n"notes":{}}}', 'notes'],
  [
    'an entry that is gone',
    `{"servers":{${member('gone', gone)},\n${member('gone', gone)}}}`,
    'gone',
  ],
  [
    'a header in an entry of ours',
    `{"servers":{"notes":{"headers":{"x-functions-key":"a",\n"x-functions-key":"b"}}}}`,
    'x-functions-key',
  ],
])('%s twice is refused with both lines', async (_, text, name) => {
  const { write, read } = start();
  expect(await write(text)).toEqual({
    code: 1,
    out: [],
    err: [
      `mcp-host: file: "${name}" is there twice (lines 1 and 2); nothing was changed. Fix: delete one of them, for example at line 1`,
    ],
  });
  expect(read()).toBe(text);
});

test('what is theirs may stand twice, and a server may be called like the map of entries', async () => {
  const folder = makeFolder({
    'servers.yaml': goodServers.replace('notes:', 'servers:').replace('tasks:', 'inputs:'),
    file: '{"more":1,"more":2,"servers":{"x":{},"x":{"a":1,"a":2}}}',
  });
  const args = ['mcp-json', ...remote, '--write', 'file'];
  expect((await runCli(args, { folder })).out).toEqual(['Wrote file: servers, inputs.']);
  expect((await runCli(args, { folder })).out).toEqual(['file is up to date.']);
  expect(readFileSync(join(folder, 'file'), 'utf8')).toContain(
    '{"more":1,"more":2,"servers":{"x":{},"x":{"a":1,"a":2}, "servers": {',
  );
});
