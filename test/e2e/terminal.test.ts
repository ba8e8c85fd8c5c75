// What a person sees in a terminal: short lines, a banner that says what to do next, and a table of
// `--stats` that log lines pass.

import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { cliScript, spawnCli } from '../cli/run-cli.ts';
import { eventually } from '../eventually.ts';
import { callTool } from './call-tool.ts';
import { spawnHost } from './spawn-host.ts';
import { hasTerminal, spawnInTerminal, type TerminalHost } from './terminal-host.ts';

const SERVER = `
  import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
  export function createServer() {
    const server = new McpServer({ name: 'talking', version: '1.0.0' });
    const tool = (name, run) =>
      server.registerTool(name, {}, async () => ({ content: [{ type: 'text', text: run() }] }));
    tool('ping', () => 'pong');
    tool('complain', () => { console.error('to standard error'); return 'said'; });
    tool('a-name-that-is-too-long-for-one-line-of-most-terminals-but-not-for-a-tool', () => 'long');
    return server;
  }
`;
const LONG = 'a-name-that-is-too-long-for-one-line-of-most-terminals-but-not-for-a-tool';

const YAML = `
defaults: { auth: anonymous }
servers:
  talking: { module: ./talking.mjs, instance: shared }
  gone: { module: ./none.mjs }
`;
const files = { 'talking.mjs': SERVER };

const ESCAPE = '\u001b';
const TIME = String.raw`\d\d:\d\d:\d\d`;

async function expectNoWrappedRequest(host: TerminalHost): Promise<void> {
  const { lines } = await host.screen();
  const isRequest = new RegExp(`^${TIME} talking `);
  for (const [index, { isWrapped }] of lines.entries()) {
    if (isWrapped) expect(lines[index - 1]?.text).not.toMatch(isRequest);
  }
}

describe.runIf(hasTerminal)('the log on a terminal', () => {
  it.each([
    [80, `${TIME} talking tools/call ${LONG.slice(0, 20)}\\S*… ok \\S+ ms`],
    [40, `${TIME} talking a-name-\\S*… ok \\S+ ms`],
  ])('has one line per request, which fits %i columns', async (columns, shape) => {
    const host = await spawnInTerminal({ yaml: YAML, files, columns });
    const url = `${await host.url()}/talking/mcp`;
    await callTool(url, LONG);
    await callTool(url, `${ESCAPE}[2Jclear`);
    const lines = await host.linesWith(/talking .* ms\n.*talking .* ms/);
    expect(lines.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(new RegExp(`^${shape}$`)),
    );
    await expectNoWrappedRequest(host);
    // The name of a tool has cleared nothing.
    expect(lines[0]?.text).toMatch(/gone|^$/);
    expect(host.process.output()).not.toContain(`${ESCAPE}[2J`);
  });

  it('follows the width of the window', async () => {
    const host = await spawnInTerminal({ yaml: YAML, files, columns: 120 });
    const url = `${await host.url()}/talking/mcp`;
    await callTool(url, LONG);
    const [before] = (await host.linesWith(/ ok \S+ ms/)).filter(({ text }) => / ok /.test(text));
    expect(before?.text).toContain(LONG);
    host.resize(50);
    await callTool(url, LONG);
    await eventually(async () => {
      const shown = (await host.screen()).lines.filter(({ text }) => /… ok \S+ ms$/.test(text));
      expect(shown).toHaveLength(1);
      expect(shown[0]?.text.length).toBeLessThanOrEqual(50);
    });
  });

  it('tells why a server is unavailable, and how to repair it', async () => {
    const host = await spawnInTerminal({ yaml: YAML, files, columns: 200 });
    const lines = await host.linesWith('Ctrl-C stops');
    expect(lines.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(new RegExp(`^${TIME} error gone unavailable \\(module-not-found\\): `)),
    );
    expect(lines.map(({ text }) => text).join(' ')).toContain('Fix: ');
  });

  it.each([
    ['colors by outcome', {}, true],
    ['no colors with NO_COLOR', { NO_COLOR: '1' }, false],
    ['no colors where the terminal is dumb', { TERM: 'dumb' }, false],
  ])('has %s', async (_, env, isColored) => {
    const host = await spawnInTerminal({ yaml: YAML, files, columns: 80, env });
    await callTool(`${await host.url()}/talking/mcp`, 'ping');
    await host.linesWith(/talking tools\/call ping ok/);
    expect(host.process.output().includes(`${ESCAPE}[32mok`)).toBe(isColored);
    expect(host.process.output().includes(ESCAPE)).toBe(isColored);
  });

  it.each([
    ['LOG_FORMAT=json', { LOG_FORMAT: 'json' }],
    ['the Functions host', { LOG_FORMAT: 'text', behind: 'functions' }],
  ])('is JSON alone with %s', async (_, { behind, ...env }: Record<string, string>) => {
    const functions = behind ? { FUNCTIONS_CUSTOMHANDLER_PORT: '39117' } : {};
    const host = await spawnInTerminal({
      yaml: YAML,
      files,
      columns: 80,
      env: { ...env, ...functions },
    });
    await callTool(`${await host.url()}/talking/mcp`, 'ping');
    await eventually(() => expect(host.process.output()).toContain('"request"'));
    for (const line of host.process.output().trim().split('\r\n')) {
      expect(JSON.parse(line)).toHaveProperty('msg');
    }
  });
});

describe('the log in a pipe', () => {
  it('is JSON, and with LOG_FORMAT=text lines for people, colored only on demand', async () => {
    const json = await spawnHost({ yaml: YAML, files });
    await json.url();
    const text = await spawnHost({ yaml: YAML, files, env: { LOG_FORMAT: 'text' } });
    await text.waitForLog({ text: '  Ctrl-C stops.' });
    expect(text.output()).not.toContain(ESCAPE);
    const [, url] = /(http:\/\/127\.0\.0\.1:\d+)\/talking/.exec(text.output()) ?? [];
    await callTool(`${url}/talking/mcp`, LONG);
    await text.waitForLog(({ text: line }) => String(line).includes(`${LONG} ok`));
  });

  it('refuses another LOG_FORMAT with its fix', async () => {
    const host = await spawnHost({ yaml: YAML, files, env: { LOG_FORMAT: 'pretty' } });
    expect(await host.exited).toMatchObject({ code: 1 });
    expect(host.stderr()).toBe(
      'error: LOG_FORMAT: expected json or text, got "pretty". Fix: unset it, or set LOG_FORMAT=json or LOG_FORMAT=text\n',
    );
  });
});

describe.runIf(hasTerminal)('the banner', () => {
  it('shows the page, commands that work as they are, and how to stop', async () => {
    const host = await spawnInTerminal({ yaml: YAML, files, columns: 120 });
    const url = await host.url();
    const lines = (await host.linesWith('Ctrl-C stops')).map(({ text }) => text);
    expect(lines).toContainEqual(`  talking  ${url}/talking/mcp  serving`);
    expect(lines).toContainEqual(`  gone     ${url}/gone/mcp     unavailable: module-not-found`);
    expect(lines).toContainEqual(`  Open ${url}/ in a browser.`);
    const page = await fetch(`${url}/`, { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type')).toContain('text/html');
    const shown = lines.flatMap((line) => /: npx --no mcp-host (.*)$/.exec(line)?.[1] ?? []);
    expect(shown).toHaveLength(2);
    const [listed, called] = shown.map((command) =>
      spawnCli(command.split(' '), { folder: host.process.directory }),
    );
    expect(listed?.out.join('\n')).toContain('ping');
    expect(called).toMatchObject({ code: 0, out: ['pong'] });
    expect(await host.interrupt()).toBe(0);
  });

  it('names no page where there is none, and wraps no address in 40 columns', async () => {
    const yaml = `host: { pages: false }\n${YAML}`;
    const host = await spawnInTerminal({ yaml, files, columns: 40 });
    const url = await host.url();
    const lines = await host.linesWith('Ctrl-C stops');
    expect(lines.map(({ text }) => text)).toContain(`    ${url}/talking/mcp`);
    expect(lines.some(({ text }) => text.includes('browser'))).toBe(false);
  });
});

describe.runIf(hasTerminal)('npm run dev', () => {
  it('has the same lines beside those of the compiler, and follows the width', async () => {
    const host = await spawnInTerminal({
      yaml: YAML,
      files: {
        ...files,
        'dev.mjs': `await import(${JSON.stringify(pathToFileURL(cliScript).href)});`,
      },
      prepare: withFakeCompiler,
      main: 'dev.mjs',
      arguments: ['dev'],
      columns: 120,
    });
    const url = `${await host.url()}/talking/mcp`;
    await callTool(url, LONG);
    await host.linesWith(new RegExp(`${LONG} ok`));
    host.resize(50);
    await eventually(async () => {
      await callTool(url, LONG);
      expect((await host.screen()).text).toMatch(/… ok \S+ ms/);
    });
    const { lines } = await host.screen();
    expect(lines.map(({ text }) => text)).toContain('compiled without errors');
    expect(await host.interrupt()).toBe(0);
    expect((await host.screen()).text).toMatch(new RegExp(`${TIME} draining`));
  });
});

/** TypeScript's own would compile this repository. */
function withFakeCompiler(folder: string): void {
  symlinkSync(resolve('dist'), join(folder, 'dist'));
  const compiler = join(folder, 'node_modules/typescript');
  rmSync(compiler);
  mkdirSync(join(compiler, 'bin'), { recursive: true });
  const source = `console.log('compiled without errors'); setInterval(() => {}, 1_000);`;
  writeFileSync(join(compiler, 'bin/tsc'), source);
}

/** Lines of the table at the bottom of the screen. */
const headings = (lines: readonly { readonly text: string }[]): number =>
  lines.filter(({ text }) => /^ {2}server +message/.test(text)).length;

describe.runIf(hasTerminal)('the table of --stats', () => {
  it.each([80, 40])('stays below the log lines, once, in %i columns', async (columns) => {
    const host = await spawnInTerminal({ yaml: YAML, files, columns, arguments: ['--stats'] });
    const url = `${await host.url()}/talking/mcp`;
    for (let call = 0; call < 5; call += 1) await callTool(url, 'ping');
    await host.linesWith(/ping +5 +0/);
    // The table stands where this is written.
    await callTool(url, 'complain');
    await host.linesWith(/complain +1 +0/);
    await callTool(url, 'ping');
    const lines = await host.linesWith(/ping +6 +0/);
    const texts = lines.map(({ text }) => text);
    const requests = texts.filter((text) => new RegExp(`^${TIME} talking .* ms$`).test(text));
    expect(requests).toHaveLength(7);
    expect(texts).toContain('to standard error');
    expect(headings(lines)).toBe(1);
    // Nothing stands below the table but the cursor.
    expect(texts.at(-2)).toBe('  in flight: 0, refused: 0');
    expect(texts.at(-1)).toBe('');
    expect(texts.findLastIndex((text) => text.startsWith('  server'))).toBeGreaterThan(
      texts.findLastIndex((text) => new RegExp(`^${TIME}`).test(text)),
    );
    await expectNoWrappedRequest(host);
    expect(await host.interrupt()).toBe(0);
    const { lines: last, cursorColumn } = await host.screen();
    expect(last.map(({ text }) => text)).toContainEqual(expect.stringMatching(/draining/));
    expect(headings(last)).toBe(1);
    expect(last.at(-2)?.text).toBe('  in flight: 0, refused: 0');
    expect(cursorColumn).toBe(0);
    // Nothing that would have to be given back: the cursor was never hidden.
    expect(host.process.output()).not.toContain(`${ESCAPE}[?`);
  });

  it.each([
    [100, 50],
    [50, 100],
  ])('leaves no remains when the window gets %i and then %i columns wide', async (first, then) => {
    const host = await spawnInTerminal({
      yaml: YAML,
      files,
      columns: first,
      arguments: ['--stats'],
    });
    const url = `${await host.url()}/talking/mcp`;
    await callTool(url, LONG);
    await callTool(url, 'ping');
    await host.linesWith(/ping +1 +0/);
    host.resize(then);
    await callTool(url, 'ping');
    const lines = await host.linesWith(/ping +2 +0/);
    expect(headings(lines)).toBe(1);
    expect(lines.filter(({ text }) => text.includes('in flight'))).toHaveLength(1);
    expect(lines.filter(({ text }) => /^\d\d:.* ok /.test(text))).toHaveLength(
      then > first ? 3 : 2,
    );
  });

  it('is drawn on standard error where the log goes into a file', async () => {
    const host = await spawnInTerminal({
      yaml: YAML,
      files,
      columns: 80,
      arguments: ['--stats'],
      redirect: '> log.txt',
    });
    const url = await eventually(() => {
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(host.read('log.txt')) ?? [];
      expect(found).toBeDefined();
      return found as string;
    });
    for (let call = 0; call < 3; call += 1) await callTool(`${url}/talking/mcp`, 'complain');
    const lines = await host.linesWith(/complain +3 +0/);
    expect(headings(lines)).toBe(1);
    expect(lines.filter(({ text }) => text === 'to standard error')).toHaveLength(3);
    expect(await host.interrupt()).toBe(0);
    for (const line of host.read('log.txt').trim().split('\n')) {
      expect(JSON.parse(line)).toHaveProperty('msg');
    }
  });
});
