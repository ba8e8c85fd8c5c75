// What servers print: lines of the log with their server, while standard output holds only the
// host's own lines.

import { expect, test } from 'vitest';
import { callTool } from './call-tool.ts';
import { type HostProcess, type LogLine, spawnHost } from './spawn-host.ts';

/** A server whose tool `print` runs statements that a test passes. */
const PRINTS = `
  import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
  import { z } from 'zod';
  const AsyncFunction = (async () => {}).constructor;
  export function createServer() {
    const server = new McpServer({ name: 'prints', version: '1.0.0' });
    server.registerTool('print', { inputSchema: { code: z.string() } }, async ({ code }) => {
      const value = await new AsyncFunction(code)();
      return { content: [{ type: 'text', text: JSON.stringify(value ?? null) }] };
    });
    return server;
  }
`;

const YAML = `
servers:
  loud: { module: ./loud.mjs, instance: shared }
  other: { module: ./other.mjs }
`;

async function spawn(atImport = '', env: Record<string, string> = {}): Promise<HostProcess> {
  const files = { 'loud.mjs': `${atImport}\n${PRINTS}`, 'other.mjs': PRINTS };
  return spawnHost({ yaml: YAML, files, env });
}

async function print(host: HostProcess, code: string, server = 'loud'): Promise<unknown> {
  const answer = await callTool(`${await host.url()}/${server}/mcp`, 'print', { code });
  return JSON.parse(String(answer.text));
}

const printedLines = (host: HostProcess): LogLine[] =>
  host.logs.filter(({ stream }) => stream === 'stdout');

const messages = (host: HostProcess): unknown[] => printedLines(host).map(({ msg }) => msg);

/** Each line that is not JSON of the host itself. */
const foreignLines = (host: HostProcess): LogLine[] =>
  host.logs.filter(({ level, time }) => level === undefined || time === undefined);

test('what a server prints while it is imported, in a handler and later is a line with its name', async () => {
  const host = await spawn(
    `console.log('at import'); console.info({ two: 'lines' }, '\\nsecond');`,
  );
  await print(host, `console.log('in %s', 'a handler');`);
  await print(host, `setTimeout(() => process.stdout.write('in a timer\\n'));`, 'other');
  await host.waitForLog({ msg: 'in a timer' });
  expect(printedLines(host)).toMatchObject([
    { level: 'info', server: 'loud', stream: 'stdout', msg: 'at import' },
    { server: 'loud', msg: "{ two: 'lines' } " },
    { server: 'loud', msg: 'second' },
    { server: 'loud', msg: 'in a handler' },
    { level: 'info', server: 'other', stream: 'stdout', msg: 'in a timer' },
  ]);
  expect(foreignLines(host)).toEqual([]);
});

test('JSON that a server prints stays a text, whatever it pretends to be', async () => {
  const host = await spawn();
  const line = JSON.stringify({ level: 'fatal', time: 'now', msg: 'listening', server: 'other' });
  await print(host, `console.log(${JSON.stringify(line)});`);
  const written = await host.waitForLog(({ stream }) => stream === 'stdout');
  expect(written).toMatchObject({ level: 'info', server: 'loud', msg: line });
});

test('write answers as a stream does: true, its callback, every kind of chunk, no broken character', async () => {
  const host = await spawn();
  const returned = await print(
    host,
    `
    const called = [];
    const out = process.stdout;
    const results = [
      out.write('text\\n', () => called.push('one')),
      out.write('aGV4Cg==', 'base64', () => called.push('two')),
      out.write('utf8\\n', 'utf8'),
      out.write(Buffer.from('buffer\\n')),
      out.write(new Uint8Array([98, 121, 116, 101, 115, 10])),
      out.write(Buffer.from([0xe2, 0x82])),
      out.write(Buffer.from([0xac, 10])),
    ];
    let refused;
    try { out.write(5); } catch (error) { refused = error.code; }
    await new Promise((resolve) => out.end('last\\n', resolve));
    await new Promise((resolve) => out.write('after the end\\n', resolve));
    return { results, called, refused };
    `,
  );
  expect(returned).toEqual({
    results: Array(7).fill(true),
    called: ['one', 'two'],
    refused: 'ERR_INVALID_ARG_TYPE',
  });
  await host.waitForLog({ msg: 'after the end' });
  expect(messages(host)).toEqual([
    'text',
    'hex',
    'utf8',
    'buffer',
    'bytes',
    '€',
    'last',
    'after the end',
  ]);
});

test('a piped stream, a Console of its own and a worker end in the log as well', async () => {
  const host = await spawn();
  await print(
    host,
    `
    const { Readable } = await import('node:stream');
    const { Console } = await import('node:console');
    const { Worker } = await import('node:worker_threads');
    const { stdout } = await import('node:process');
    Readable.from(['piped\\n']).pipe(stdout);
    new Console(stdout).log('own console');
    new Worker('console.log("from a worker")', { eval: true });
    `,
  );
  for (const msg of ['piped', 'own console', 'from a worker']) await host.waitForLog({ msg });
  expect(foreignLines(host)).toEqual([]);
});

test('a line without an end is written after a while, and at the exit of the process', async () => {
  const host = await spawn();
  await print(host, `process.stdout.write('half '); process.stdout.write('a line');`);
  await host.waitForLog({ msg: 'half a line' });
  await print(host, `process.stdout.write('the other half');`);
  host.signal('SIGTERM');
  expect(await host.exited).toEqual({ code: 0, signal: null });
  expect(messages(host)).toEqual(['half a line', 'the other half']);
});

test('parts of lines of two servers are not mixed', async () => {
  const host = await spawn();
  await print(host, `process.stdout.write('one ');`);
  await print(host, `process.stdout.write('two ');`, 'other');
  await print(host, `process.stdout.write('first\\n');`);
  await print(host, `process.stdout.write('second\\n');`, 'other');
  await host.waitForLog({ msg: 'two second' });
  const pairs = printedLines(host).map(({ server, msg }) => [server, msg]);
  expect(pairs).toEqual([
    ['loud', 'one first'],
    ['other', 'two second'],
  ]);
});

test('a long line is cut, and of very many lines one says how many are missing', async () => {
  const host = await spawn();
  await print(host, `console.log('x'.repeat(1_000_000));`);
  const long = await host.waitForLog(({ msg }) => String(msg).startsWith('xxx'));
  expect(String(long.msg)).toMatch(/^x{8192}… \(1000000 characters\)$/);
  await print(host, `for (let i = 0; i < 100_000; i += 1) process.stdout.write(i + '\\n');`);
  const told = await host.waitForLog(({ dropped }) => dropped !== undefined);
  expect(told).toMatchObject({ level: 'warn', stream: 'stdout' });
  await print(host, `console.log('quiet');`, 'other');
  await host.waitForLog({ msg: 'quiet', server: 'other' });
  host.signal('SIGTERM');
  await host.exited;
  const numbers = printedLines(host).filter(({ msg }) => /^\d+$/.test(String(msg)));
  const dropped = host.logs.reduce((sum, line) => sum + Number(line.dropped ?? 0), 0);
  expect(numbers.length).toBeLessThan(1_000);
  expect(numbers.length + dropped).toBe(100_000);
});

test('without the level info nothing is printed but the table of servers, and writes still succeed', async () => {
  const host = await spawn(
    `const [wrote] = [process.stdout.write('not shown\\n')]; if (!wrote) throw new Error('refused');`,
    { LOG_LEVEL: 'warn', FUNCTIONS_CORETOOLS_ENVIRONMENT: 'true' },
  );
  await host.waitForLog(({ text }) => /other.*serving/.test(String(text)));
  const lines = host.logs.map(({ text }) => String(text)).filter((text) => text !== '');
  expect(lines).toEqual([
    expect.stringMatching(/^ {2}loud .*\/loud\/mcp .*serving$/),
    expect.stringMatching(/^ {2}other .*\/other\/mcp .*serving$/),
  ]);
});

test('the table of --stats is drawn, and what servers print is in the log above it', async () => {
  const host = await spawnHost({
    yaml: YAML,
    files: { 'loud.mjs': PRINTS, 'other.mjs': PRINTS },
    arguments: ['--stats'],
  });
  await print(host, `console.log('printed');`);
  await host.waitForLog({ msg: 'printed', server: 'loud' });
  await host.waitForLog(({ text }) => /^\s*loud\b/.test(String(text)));
});

test('standard error stays as it is', async () => {
  const host = await spawn();
  await print(host, `console.error('to standard error');`);
  host.signal('SIGTERM');
  await host.exited;
  expect(host.stderr()).toBe('to standard error\n');
  expect(printedLines(host)).toEqual([]);
});
