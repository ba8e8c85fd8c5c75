// mcp-host call: arguments by the schema of the tool, results for people and programs, and one line
// for every mistake.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../e2e/free-port.ts';
import { eventually } from '../../eventually.ts';
import { cliScript, makeFolder } from '../run-cli.ts';
import { useHost } from './called-host.ts';

const { run, env, process: host } = useHost();
const echo = ['call', 'typed', 'echo', 'text=x'];

describe('key=value', () => {
  test.each([
    ['a text that looks like a number', 'text=5', { text: '5' }],
    ['a text with = in it', 'text=a=b', { text: 'a=b' }],
    ['a number', 'number=-1.5', { number: -1.5 }],
    ['an integer', 'count=3', { count: 3 }],
    ['true', 'flag=true', { flag: true }],
    ['a list', 'list=["a","b"]', { list: ['a', 'b'] }],
    ['an object', 'object={"a":1}', { object: { a: 1 } }],
    ['a member of an object', 'object.a=1', { object: { a: 1 } }],
    ['a member of a member, by a reference', 'object.b.c=false', { object: { b: { c: false } } }],
    ['a word of an enumeration', 'unit=c', { unit: 'c' }],
    ['a number of an enumeration', 'unit=3', { unit: 3 }],
    ['a number where a text is allowed, too', 'either=3', { either: 3 }],
    ['a text where a number is allowed, too', 'either=three', { either: 'three' }],
    ['null', 'maybe=null', { maybe: null }],
    ['JSON where everything is allowed', 'any=[1]', { any: [1] }],
    ['text where everything is allowed', 'any=one', { any: 'one' }],
    ['a name with a dot', 'dotted.name=1', { 'dotted.name': 1 }],
    ['a text that begins with @', 'text=@@home', { text: '@home' }],
  ])('sends %s', async (_what, word, expected) => {
    const words = word.startsWith('text=') ? [word] : ['text=x', word];
    const { code, out, err } = await run(['call', 'typed', 'echo', ...words]);
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expect(JSON.parse(out.join('\n'))).toEqual({ text: 'x', ...expected });
  });

  test('takes the text of a file', async () => {
    const folder = makeFolder({ 'list.json': '["from", "file"]' });
    const { out } = await run([...echo, 'list=@list.json'], folder);
    expect(JSON.parse(out.join(''))).toEqual({ text: 'x', list: ['from', 'file'] });
  });

  test('sends names that every object inherits as names', async () => {
    const { out } = await run(['call', 'typed', 'open', '--json', '{"toString": 1}']);
    expect(JSON.parse(out.join(''))).toEqual({ toString: 1 });
  });

  test.each([
    [['number=abc'], 'number: expected number, got "abc"'],
    [['number=91'], 'number must be <= 90, got 91'],
    [['count=1.5'], 'count: expected integer, got "1.5"'],
    [['flag=yes'], 'flag: expected boolean, got "yes"'],
    [['list=a,b'], 'list: expected array of string as JSON, got "a,b"'],
    [['list=[1]'], 'list.0 must be string, got 1'],
    [['object.b.d=1'], 'unknown argument "object.b.d", did you mean "c"? (arguments: [c])'],
    [['unit=k'], 'unit: expected "c" or "f" or 3, got "k"'],
    [['text=y'], 'text is given twice'],
    [
      ['nmber=1'],
      /^unknown argument "nmber", did you mean "number"\? \(arguments: text \[number\]/,
    ],
    [['lonely'], /^expected key=value, got "lonely" \(arguments: text /],
    [['list=@none.json'], /^list: "none\.json" cannot be read \(ENOENT\)\. Fix: /],
  ])('%j is one line, and nothing is called', async (words, problem) => {
    const { code, out, err } = await run([...echo, ...words]);
    expect({ code, out }).toEqual({ code: 2, out: [] });
    const [line = ''] = err;
    if (typeof problem === 'string') expect(line).toBe(`mcp-host: ${problem}`);
    else expect(line.replace('mcp-host: ', '')).toMatch(problem);
    expect(err.slice(1)).toEqual(['See: npx --no mcp-host help call']);
  });

  test('a missing argument is named with its type', async () => {
    const { code, err } = await run(['call', 'typed', 'echo']);
    expect(code).toBe(2);
    expect(err[0]).toBe('mcp-host: missing argument: text (string)');
  });

  test('a schema that cannot be read leaves the decision to the server', async () => {
    expect(await run(['call', 'typed', 'odd', 'x=1'])).toMatchObject({
      code: 0,
      out: ['{"x":"1"}'],
    });
  });
});

describe('--json', () => {
  test('sends an object', async () => {
    const json = '{"text":"x","list":["a"]}';
    const { out } = await run(['call', 'typed', 'echo', '--json', json]);
    expect(out).toEqual([json]);
  });

  test('reads standard input', async () => {
    const args = [cliScript, 'call', 'typed', 'echo', '--json', '-'];
    const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH, ...env() } });
    child.stdin.end('{"text":"piped"}');
    const [out] = await once(child.stdout.setEncoding('utf8'), 'data');
    expect(out).toBe('{"text":"piped"}\n');
  });

  test.each([
    [['--json', '{"text":'], /--json: expected a JSON object, got text that is not JSON/],
    [['--json', '[1]'], /--json: expected a JSON object, got an array/],
    [['--json', '{"text":5}'], /text must be string, got 5/],
    [['--json', '{"number":1}'], /missing argument: text \(string\)/],
    [['--json', '{"text":"x","nmber":1}'], /unknown argument "nmber", did you mean "number"\?/],
    [['text=x', '--json', '{}'], /the arguments are given both as key=value and with --json/],
  ])('%j is one line', async (words, problem) => {
    const { code, err } = await run(['call', 'typed', 'echo', ...words]);
    expect(code).toBe(2);
    expect(err[0]).toMatch(problem);
  });
});

describe('a result', () => {
  test('of text and the same as a value is printed once', async () => {
    expect(await run(['call', 'typed', 'both'])).toEqual({ code: 0, out: ['a: 1'], err: [] });
  });

  test('is the whole answer for programs', async () => {
    const { out } = await run(['call', 'typed', 'both', '--output', 'json']);
    expect(JSON.parse(out.join('\n'))).toEqual({
      content: [{ type: 'text', text: '{"a": 1}' }],
      structuredContent: { a: 1 },
    });
  });

  test('for programs has no control characters, and is the same text', async () => {
    const { out } = await run(['call', 'typed', 'csi', '--output', 'json']);
    expect(out.join('\n')).toContain('\\u009b2J\\u202e');
    expect(JSON.parse(out.join('\n')).content[0].text).toBe('\u009b2J\u202e');
  });

  test('that is an error is printed without what terminals obey, and the exit code is 1', async () => {
    expect(await run(['call', 'typed', 'fails'])).toEqual({
      code: 1,
      out: ['no such \\u001b[31mcity'],
      err: [],
    });
  });

  test('with pictures and sounds becomes files that overwrite nothing', async () => {
    const folder = makeFolder({ 'test-image-content-1.png': 'mine' });
    const first = await run(['call', 'content', 'test_image_content'], folder);
    expect(first.out).toEqual(['Saved image (image/png, 69 bytes): test-image-content-2.png']);
    await run(['call', 'content', 'test_audio_content', '--save', 'deep/er'], folder);
    expect(readFileSync(join(folder, 'test-image-content-1.png'), 'utf8')).toBe('mine');
    const png = readFileSync(join(folder, 'test-image-content-2.png'));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(readdirSync(join(folder, 'deep/er'))).toEqual(['test-audio-content-1.wav']);
  });

  test('for programs makes no files', async () => {
    const folder = makeFolder({});
    await run(['call', 'content', 'test_image_content', '--output', 'json'], folder);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('that cannot be saved is one line', async () => {
    const folder = makeFolder({ file: '' });
    const { code, err } = await run(
      ['call', 'content', 'test_image_content', '--save', 'file'],
      folder,
    );
    expect(code).toBe(1);
    expect(err[0]).toMatch(
      /^mcp-host: file.* cannot be written \(\w+\)\. Fix: choose another folder/,
    );
  });

  test('with an embedded resource is its text', async () => {
    const { out } = await run(['call', 'content', 'test_embedded_resource']);
    expect(out).toEqual(['This is an embedded resource content.']);
  });
});

test('log messages of a tool go to standard error', async () => {
  const { out, err } = await run(['call', 'content', 'test_tool_with_logging']);
  expect(out).toEqual(['Logged three messages']);
  expect(err).toContain('content (info): Tool processing data');
});

test('roots are the folders that were given', async () => {
  const folder = makeFolder({});
  const { out } = await run(
    ['call', 'questions', 'roots', '--root', '.', '--root', 'file:///b'],
    folder,
  );
  expect(out[0]).toMatch(/^file:\/\/\/.*mcp-cli-\S+ file:\/\/\/b$/);
});

test('sampling is refused', async () => {
  const { code, out } = await run(['call', 'questions', 'sample']);
  expect(code).toBe(1);
  expect(out.join('')).toMatch(/client did not declare the capability/);
});

test('a question without a terminal is declined, and that is said', async () => {
  const { out, err } = await run(['call', 'questions', 'form']);
  expect(out).toEqual(['decline']);
  expect(err).toEqual([
    'questions asks: Your name?',
    'There is no terminal to answer on, so the question is declined.',
  ]);
});

describe('what cannot be called', () => {
  test.each([
    [['typd', 'echo'], 2, 'unknown server "typd", did you mean "typed"?'],
    [['x', 'echo'], 2, 'unknown server "x": expected typed, content, questions, gone, off'],
    [['off', 'echo'], 1, 'off is disabled in servers.yaml. Fix: npx --no mcp-host enable off'],
    [['typed', 'ecko'], 2, 'unknown tool "ecko", did you mean "echo"?'],
    [['typed'], 2, 'expected the name of a tool, got none'],
    [[], 2, 'expected the names of a server and a tool, such as: call time get-current-time'],
    [['typed', 'echo', '--timeout', '0'], 2, /--timeout: expected seconds, at most 86400, got "0"/],
    [['typed', 'echo', '--output', 'xml'], 2, '--output: expected json or text, got "xml"'],
    [
      ['typed', 'echo', '--token-env', 'NONE'],
      2,
      '--token-env: the environment variable "NONE" is not set',
    ],
    [['typed', 'echo', '--url', 'http://example.com'], 2, /--url: expected an https address/],
    [['typed', 'echo', '--url', 'https://a.example', '--azd'], 2, /--url and --azd cannot be used/],
    [['gone', 'x'], 1, /^gone: .*unavailable.*\(HTTP 503\)/i],
  ])('%j is one line', async (words, code, problem) => {
    const run_ = await run(['call', ...words]);
    expect(run_.code).toBe(code);
    const line = (run_.err[0] ?? '').replace('mcp-host: ', '');
    if (typeof problem === 'string') expect(line).toBe(problem);
    else expect(line).toMatch(problem);
  });

  test('an address where nobody listens is named', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, err } = await run(['call', 'typed', 'echo', 'text=x', '--url', url]);
    expect(code).toBe(1);
    expect(err).toEqual([
      `mcp-host: typed: nothing is listening at ${url}. Fix: start the host (npm start), or correct --url`,
    ]);
  });

  test('a tool that does not answer in time is cancelled', async () => {
    const { code, err } = await run(['call', 'typed', 'slow', '--timeout', '0.5']);
    expect(code).toBe(1);
    expect(err).toEqual(['mcp-host: typed: no answer within 0.5 s. Fix: set a longer --timeout']);
    await eventually(() =>
      expect(
        host().logs.some(({ text, msg }) => `${text} ${msg}`.includes('slow was cancelled')) ||
          host().stderr().includes('slow was cancelled'),
      ).toBe(true),
    );
  });
});

test('--url of one server needs no name', async () => {
  const url = `http://127.0.0.1:${env().PORT}/typed/mcp`;
  const { out } = await run(['call', 'echo', 'text=x', '--url', url]);
  expect(out).toEqual(['{"text":"x"}']);
  const tools = await run(['tools', 'echo', '--url', url]);
  expect(tools.out.at(-1)).toBe(`Call it: npx --no mcp-host call --url ${url} echo text=…`);
});

test('--url of a host works without servers.yaml', async () => {
  const folder = makeFolder({});
  const url = `http://127.0.0.1:${env().PORT}`;
  const before = env().MCP_SERVERS_FILE;
  env().MCP_SERVERS_FILE = join(folder, 'none.yaml');
  try {
    const { out } = await run(['call', 'typed', 'echo', 'text=x', '--url', url]);
    expect(out).toEqual(['{"text":"x"}']);
  } finally {
    env().MCP_SERVERS_FILE = before as string;
  }
  expect(existsSync(join(folder, 'none.yaml'))).toBe(false);
});
