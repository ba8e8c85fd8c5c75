// mcp-host tools, resources and prompts: tables that fit the terminal, JSON for programs, one thing
// alone, and servers that cannot be asked beside those that can.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderOverview } from '../../../cli/calling/overview.ts';
import { makeFolder } from '../run-cli.ts';
import { useHost } from './called-host.ts';

const { run } = useHost();

describe('tools', () => {
  test('of one server are a table with arguments and the first line of the description', async () => {
    const { code, out, err } = await run(['tools', 'typed']);
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expect(out[0]).toMatch(/^SERVER +TOOL +ARGUMENTS +WHAT IT DOES$/);
    expect(out[1]).toMatch(
      /^typed +echo +text \[number\] \[count\] .* +Answers with its arguments\.$/,
    );
    expect(out[2]).toMatch(/^typed +open +none +Takes everything\.$/);
  });

  test('have no control characters of servers', async () => {
    const { out } = await run(['tools', 'typed']);
    expect(out.at(-1)).toMatch(/evil\\u001b\[31m .*red \\u001b\[2Jwiped\\u0007\\u202e$/);
    const one = await run(['tools', 'typed', '--long']);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for.
    expect([...out, ...one.out].join('\n')).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202e]/);
  });

  test('of all servers name those that cannot be asked, and the exit code is 1', async () => {
    const { code, out, err } = await run(['tools']);
    expect(code).toBe(1);
    const servers = new Set(out.slice(1).map((line) => line.split(' ')[0]));
    expect([...servers]).toEqual(['typed', 'content', 'questions']);
    expect(err).toHaveLength(1);
    expect(err[0]).toMatch(/^gone: /);
  });

  test.each([['--json'], ['--output', 'json']])('are JSON with %s', async (...option) => {
    const { code, out } = await run(['tools', ...option.filter((word) => word !== undefined)]);
    expect(code).toBe(1);
    const { servers } = JSON.parse(out.join('\n'));
    expect(servers.map(({ name }: { name: string }) => name)).toEqual([
      'typed',
      'content',
      'questions',
      'gone',
    ]);
    expect(servers[0].tools[0]).toMatchObject({
      name: 'echo',
      inputSchema: { required: ['text'] },
    });
    expect(servers[3]).toEqual({ name: 'gone', error: expect.stringMatching(/^gone: /) });
  });

  test('of one server that cannot be asked are an error for people and JSON for programs', async () => {
    const people = await run(['tools', 'gone']);
    expect(people).toMatchObject({ code: 1, out: [] });
    expect(people.err[0]).toMatch(/^mcp-host: gone: /);
    const programs = await run(['tools', 'gone', '--json']);
    expect(programs).toMatchObject({ code: 1, err: [] });
    expect(JSON.parse(programs.out.join(''))).toEqual({
      servers: [{ name: 'gone', error: expect.stringMatching(/^gone: /) }],
    });
  });

  test('one of them is shown with what each argument may be', async () => {
    const { out } = await run(['tools', 'typed', 'echo']);
    expect(out.slice(0, 3)).toEqual(['echo', 'Answers with its arguments.', 'Second line.']);
    const rows = out.map((line) => line.replaceAll(/ {2,}/g, ' | '));
    expect(rows).toContain('text | string | yes | 1 characters or more');
    expect(rows).toContain('number | number | no | -90 to 90');
    expect(rows).toContain('list | array of string | no');
    expect(rows).toContain('unit | "c" or "f" or 3 | no');
    expect(rows).toContain('either | string or number | no');
    expect(out.at(-1)).toBe('Call it: npx --no mcp-host call typed echo text=…');
  });

  test('an unknown one is a line with the nearest name', async () => {
    const { code, err } = await run(['tools', 'typed', 'ehco']);
    expect(code).toBe(2);
    expect(err[0]).toBe('mcp-host: unknown tool "ehco", did you mean "echo"?');
  });
});

describe('resources', () => {
  test('are a table, templates among them', async () => {
    const { out } = await run(['resources', 'content']);
    const rows = out.map((line) => line.replaceAll(/ {2,}/g, ' | '));
    expect(rows).toContain('content | test://static-text | text/plain | A text that never changes');
    expect(rows).toContain('content | test://template/{id}/data | application/json | Data by id');
  });

  test('one of them is read: text is printed, bytes become a file', async () => {
    const folder = makeFolder({});
    const text = await run(['resources', 'content', 'test://static-text'], folder);
    expect(text.out).toEqual(['This is the content of the static text resource.']);
    const bytes = await run(['resources', 'content', 'test://static-binary'], folder);
    expect(bytes.out[0]).toMatch(/^Saved resource \(image\/png, \d+ bytes\): test-static-binary-1/);
    expect(readFileSync(join(folder, 'test-static-binary-1.png')).subarray(1, 4).toString()).toBe(
      'PNG',
    );
  });

  test('an unknown one is a line', async () => {
    const { code, err } = await run(['resources', 'content', 'test://none']);
    expect(code).toBe(1);
    expect(err).toHaveLength(1);
    expect(err[0]).toMatch(/^mcp-host: content: .*test:\/\/none/);
  });

  test('of a server without any are none', async () => {
    expect(await run(['resources', 'typed'])).toEqual({ code: 0, out: [], err: ['No resources.'] });
    const { out } = await run(['resources', 'typed', '--json']);
    expect(JSON.parse(out.join(''))).toEqual({
      servers: [{ name: 'typed', resources: [], resourceTemplates: [] }],
    });
  });
});

describe('prompts', () => {
  test('are a table with their arguments', async () => {
    const { out } = await run(['prompts', 'content']);
    expect(out.map((line) => line.replaceAll(/ {2,}/g, ' | '))).toContain(
      'content | test_prompt_with_arguments | arg1 arg2 | A prompt with two arguments',
    );
  });

  test('one of them is printed', async () => {
    const name = 'test_prompt_with_arguments';
    const { out } = await run(['prompts', 'content', name, 'arg1=1', 'arg2=b=c']);
    expect(out).toEqual(['user:', "Prompt with arguments: arg1='1', arg2='b=c'"]);
    const json = await run(['prompts', 'content', name, 'arg1=1', 'arg2=2', '--json']);
    expect(JSON.parse(json.out.join('\n')).messages).toHaveLength(1);
  });

  test.each([
    [['test_prompt_with_arguments', 'arg1=x'], 'missing argument: arg2 (string)'],
    [['test_simple_prompt', 'x=1'], 'unknown argument "x" (arguments: none)'],
    [
      ['test_simple_promt'],
      'unknown prompt "test_simple_promt", did you mean "test_simple_prompt"?',
    ],
  ])('%j is one line', async (words, problem) => {
    const { code, err } = await run(['prompts', 'content', ...words]);
    expect(code).toBe(2);
    expect(err[0]).toBe(`mcp-host: ${problem}`);
  });
});

describe('a table', () => {
  const header = ['SERVER', 'TOOL', 'WHAT IT DOES'];
  const rows = [['time', 'get-current-time', 'The current date and time in a time zone.']];

  test.each([
    [
      undefined,
      [
        'SERVER  TOOL              WHAT IT DOES',
        'time    get-current-time  The current date and time in a time zone.',
      ],
    ],
    [
      60,
      [
        'SERVER  TOOL              WHAT IT DOES',
        'time    get-current-time  The current date and time in a ti…',
      ],
    ],
    [40, ['time', '  get-current-time', '  The current date and time in a time z…']],
  ])('fits %s columns', (width, expected) => {
    expect(renderOverview(header, rows, width)).toEqual(expected);
  });
});
