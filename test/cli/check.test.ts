// mcp-host check: problems of servers.yaml, of the modules it names, of host.json and of the
// environment.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { goodServers, makeFolder, runCli } from './run-cli.ts';

const good = { 'servers.yaml': goodServers, 'notes.js': '', 'tasks.js': '' };

function check(
  files: Readonly<Record<string, string>>,
  args: string[] = [],
  env: NodeJS.ProcessEnv = {},
) {
  return runCli(['check', ...args], { folder: makeFolder(files), env });
}

/** Without warnings of each program that has no lock, and of each that is kept for nobody. */
const withoutAdvice = (lines: readonly string[]): string[] =>
  lines.filter((line) => !/a lock in servers\.lock\.json|a program of its own/.test(line));

describe('check', () => {
  test('says in one line that all is fine; the code of a disabled server is not needed', async () => {
    expect(await check(good)).toEqual({
      code: 0,
      out: ['servers.yaml is fine: 3 servers (notes, tasks, drafts).'],
      err: [],
    });
  });

  test('finds nothing wrong with this repository', async () => {
    expect(await runCli(['check', '--env'])).toMatchObject({ code: 0, err: [] });
  });

  test('tells all problems of the file at once', async () => {
    const { code, out, err } = await check({
      'servers.yaml':
        'servers:\n  a: { module: ./a.js, timeout: 3 }\n  b: { module: ./b.js, path: b }\n',
    });
    expect({ code, out }).toEqual({ code: 1, out: [] });
    expect(err).toEqual([
      'servers.yaml:2:24 servers.a.timeout: expected a known key, got "timeout". Fix: write "timeoutMs", in milliseconds',
      'servers.yaml:3:30 servers.b.path: expected a path of lower-case segments such as "/weather/mcp", got "b". Fix: write "/b"',
      '2 problems.',
    ]);
  });

  const crowded = `servers:\n  a: { module: ./a.js }\n${Array.from({ length: 20_000 }, (_, number) => `odd${number}: 1\n`).join('')}`;

  test('prints the first 100 of 20,000 problems, and counts the others', async () => {
    const { code, err } = await check({ 'servers.yaml': crowded });
    expect(code).toBe(1);
    expect(err).toHaveLength(102);
    expect(err[0]).toMatch(/^servers\.yaml:3:1 odd0: expected one of .*\. Fix: delete it$/);
    expect(err.slice(99)).toEqual([
      expect.stringMatching(/^servers\.yaml:102:1 odd99: /),
      '… and 19900 more.',
      '20000 problems.',
    ]);
    const folder = makeFolder({ 'servers.yaml': crowded });
    const other = await runCli(['list'], { folder });
    expect(other).toMatchObject({ code: 1, err: { length: 101, 100: '… and 19900 more.' } });
  });

  test('has the first 100 of 20,000 problems and their number with --json', async () => {
    const { out } = await check({ 'servers.yaml': crowded }, ['--json']);
    const { ok, problems, problemCount } = JSON.parse(out.join('\n'));
    expect({ ok, shown: problems.length, problemCount }).toEqual({
      ok: false,
      shown: 100,
      problemCount: 20_000,
    });
  });

  test('names a key of 50,000 characters in a short line, and compares it with no other', async () => {
    const before = process.cpuUsage();
    const { err } = await check({
      'servers.yaml': `${goodServers}\n? ${'k'.repeat(50_000)}\n: 1\n`,
    });
    // 4.8 s with the comparison.
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(2);
    expect(err[0]?.length).toBeLessThan(300);
    expect(err[0]).toContain(`"${'k'.repeat(60)}…": expected one of`);
  });

  test('tells a missing file, and reads the one that MCP_SERVERS_FILE names', async () => {
    expect((await check({})).err[0]).toBe(
      'servers.yaml:1:1: expected a file, got none. Fix: create it, or set MCP_SERVERS_FILE to its path',
    );
    const elsewhere = makeFolder(good);
    const env = { MCP_SERVERS_FILE: join(elsewhere, 'servers.yaml') };
    expect((await check({}, [], env)).code).toBe(0);
  });

  test('warns of web pages that may call but have no key, unless a gateway is in front', async () => {
    const files = {
      'servers.yaml':
        'servers:\n  a: { module: ./notes.js, allowedOrigins: [https://app.example.com] }\n' +
        '  b: { module: ./notes.js, auth: anonymous, allowedOrigins: [https://app.example.com] }\n' +
        '  c: { module: ./notes.js, enabled: false, allowedOrigins: [https://app.example.com] }\n',
      'notes.js': '',
    };
    const { code, out, err } = await check(files);
    expect({ code, lines: out.length }).toEqual({ code: 0, lines: 1 });
    expect(err).toEqual([
      'Warning: servers.yaml:2:44 servers.a.allowedOrigins: expected an "auth" other than "function", ' +
        'or API Management in front of the app (APIM_SKU), got "auth: function"; in Azure, preflight requests of web pages carry no key and are refused with 401. ' +
        'Fix: choose "entra", "jwt" or "anonymous", or add the gateway: azd env set APIM_SKU BasicV2',
    ]);
    expect((await check(files, ['--gateway'])).err).toEqual([]);
    const data = await check(files, ['--json']);
    expect(data.code).toBe(0);
    expect(JSON.parse(data.out.join('\n'))).toMatchObject({
      ok: true,
      problems: [],
      warnings: [{ line: 2, path: 'servers.a.allowedOrigins' }],
    });
  });

  test('warns where a program cannot be kept for its client', async () => {
    const program = (keys: string) => ({
      'servers.yaml': `servers:\n  a: { command: node, args: [./a.js]${keys} }\n`,
      'a.js': '',
    });
    const ownProgram = expect.stringContaining('starts a separate program for each request');
    const { code, err } = await check(program(''), ['--gateway']);
    expect(code).toBe(0);
    expect(err).toContainEqual(ownProgram);
    for (const keys of ['instance: shared', 'instance: per-request', 'auth: entra']) {
      expect((await check(program(`, ${keys}`), ['--gateway'])).err).not.toContainEqual(ownProgram);
    }
  });

  test('finds programs that are not there, and with --target azure those that only this machine has', async () => {
    const files = {
      'servers.yaml': [
        'servers:',
        '  package: { command: npx, args: ["-y", "none@1.2.3"], auth: entra }',
        '  file: { command: ./missing, auth: entra }',
        '  path: { command: no-such-program, auth: entra }',
        '  off: { command: no-such-program, enabled: false }',
        '',
      ].join('\n'),
    };
    const { code, err } = await check(files);
    expect(code).toBe(1);
    expect(withoutAdvice(err)).toEqual([
      expect.stringMatching(
        /^servers\.yaml:2:\d+ servers\.package\.args: .*npm install --save-exact none@1\.2\.3/,
      ),
      expect.stringMatching(/^servers\.yaml:3:\d+ servers\.file\.command: .*which does not exist/),
      expect.stringMatching(/^servers\.yaml:4:\d+ servers\.path\.command: .*not on PATH/),
      '3 problems.',
    ]);
  });

  test('--target azure refuses what only this machine has, and warns of state on one instance', async () => {
    const files = {
      'servers.yaml': [
        'servers:',
        '  shell: { command: sh, args: [x.sh], auth: entra }',
        '  script: { command: node, args: [./server.mjs], auth: entra }',
        '  pool: { command: node, args: [./server.mjs], instance: per-request }',
        '  elsewhere: { url: "https://crm.example.com/mcp" }',
        '  here: { url: "http://localhost:8080/mcp" }',
        '  maybe: { url: "https://${SERVER_HOST:-localhost}/mcp" }',
        '',
      ].join('\n'),
      'server.mjs': '',
    };
    const here = await check(files);
    expect([here.code, withoutAdvice(here.err)]).toEqual([0, []]);
    const azure = await check(files, ['--target', 'azure']);
    expect(azure.code).toBe(1);
    expect(withoutAdvice(azure.err)).toEqual([
      expect.stringMatching(
        /^Warning: servers\.yaml:3:\d+ servers\.script\.command: .*MAX_INSTANCES 1/,
      ),
      expect.stringMatching(
        /^servers\.yaml:2:\d+ servers\.shell\.command: .*"sh", which is a program of this machine.*"url"/,
      ),
      expect.stringMatching(/^servers\.yaml:6:\d+ servers\.here\.url: .*"localhost:8080"/),
      '2 problems.',
    ]);
    expect(await check(files, ['--target', 'aws'])).toMatchObject({ code: 2 });
  });

  test('prints problems as data with --json', async () => {
    const { code, out, err } = await check({ 'servers.yaml': 'servers:\n  a: {}\n' }, ['--json']);
    expect({ code, err }).toEqual({ code: 1, err: [] });
    expect(JSON.parse(out.join('\n'))).toEqual({
      ok: false,
      servers: [],
      host: null,
      problems: [
        {
          file: expect.stringMatching(/servers\.yaml$/),
          line: 2,
          column: 3,
          path: 'servers.a.module',
          message: 'expected "module" (or "command", "url" or "combine"), got nothing',
          fix: 'add one of them',
        },
      ],
      warnings: [],
      problemCount: 1,
      warningCount: 0,
    });
    const fine = await check(good, ['--json']);
    expect(fine.code).toBe(0);
    expect(JSON.parse(fine.out.join('\n'))).toEqual({
      ok: true,
      servers: ['notes', 'tasks', 'drafts'],
      host: expect.objectContaining({ pages: true, registry: false }),
      problems: [],
      warnings: [],
      problemCount: 0,
      warningCount: 0,
    });
  });
});

const CUT_JSON = '{';

/** Its words differ between versions of Node. */
function faultOf(json: string): string {
  try {
    JSON.parse(json);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

describe('check of modules', () => {
  test.each([
    [
      './none.ts',
      'expected a file or folder, got "./none.ts", which does not exist. Fix: correct the path; it is relative to the folder of servers.yaml',
    ],
    [
      './code/a.js',
      'expected a file or folder, got "./code/a.js", which does not exist. Fix: write "./code/a.ts"',
    ],
    [
      './empty',
      'expected a folder with package.json or index.ts or index.js or index.mjs, got "./empty", which has none of them. Fix: name the file itself',
    ],
    [
      './code/notes.md',
      'expected a .ts, .js or .mjs file, got "./code/notes.md". Fix: name the file that exports createServer',
    ],
    [
      './gone',
      'expected a folder whose entry exists, got "./gone", whose "lib/a.ts" does not exist. Fix: correct "main" or "exports" in its package.json, or name the file itself',
    ],
    [
      './broken',
      `expected a folder with package.json or index.ts or index.js or index.mjs, got "./broken", whose package.json is not valid JSON (${faultOf(CUT_JSON)}). Fix: correct its package.json, or name the file itself`,
    ],
    [
      './code/a.d.ts',
      'expected a .ts, .js or .mjs file, got "./code/a.d.ts". Fix: name the file that exports createServer',
    ],
    [
      'code/server',
      'expected an installed package, got "code/server", which is not installed. Fix: write "./code/server"',
    ],
    [
      '"@acme/mcp/server"',
      'expected an installed package, got "@acme/mcp/server", which is not installed. Fix: npm install @acme/mcp, or write a path that starts with ./',
    ],
    [
      'fs',
      'expected an installed package, got "fs". Fix: name a package or a file; this is a built-in module of Node',
    ],
    [
      'installed/hidden',
      'expected a package that you can import, got "installed/hidden", which is installed, but exports only "installed". Fix: write "installed", if it exports a server',
    ],
  ])('refuses %s', async (module, text) => {
    const { code, err } = await check({
      'servers.yaml': `servers:\n  a:\n    module: ${module}\n`,
      'code/a.ts': '',
      'code/notes.md': '',
      'code/server/index.ts': '',
      'empty/readme.txt': '',
      'code/a.d.ts': '',
      'gone/package.json': '{ "main": "./lib/a.ts" }',
      'gone/index.ts': '',
      'broken/package.json': CUT_JSON,
      'node_modules/installed/package.json': '{ "exports": "./index.js" }',
      'node_modules/installed/index.js': '',
    });
    expect(code).toBe(1);
    expect(err).toEqual([`servers.yaml:3:13 servers.a.module: ${text}`, '1 problem.']);
  });

  test.each(['./code/a.ts', './code', './code/', './workspace', '../a.js', 'installed'])(
    'accepts %s',
    async (module) => {
      const folder = makeFolder({
        'app/servers.yaml': `servers:\n  a:\n    module: ${module}\n`,
        'app/code/a.ts': '',
        'app/code/index.ts': '',
        'app/workspace/package.json': '{ "main": "lib/a.ts" }',
        'app/workspace/lib/a.ts': '',
        'a.js': '',
        'node_modules/installed/package.json': '{ "exports": { "import": "./index.js" } }',
        'node_modules/installed/index.js': '',
      });
      expect((await runCli(['check'], { folder: join(folder, 'app') })).err).toEqual([]);
    },
  );
});

describe('check --env', () => {
  const servers = [
    'defaults:',
    '  env: { SHARED: "${SHARED_KEY}" }',
    'servers:',
    '  a: { module: ./a.js }',
    '  b:',
    '    module: ./a.js',
    '    env:',
    '      SHARED: ${SHARED_KEY}',
    '      URL: https://${HOST_NAME}/${PATH_PART:-x}',
    '',
  ].join('\n');
  const files = { 'servers.yaml': servers, 'a.js': '' };

  test('names each variable that is missing, at its place', async () => {
    expect(await check(files, ['--env'])).toMatchObject({
      code: 1,
      err: [
        'servers.yaml:4:3 servers.a.env.SHARED: expected the variable SHARED_KEY to be set, got none. Fix: set SHARED_KEY, or write a default: ${SHARED_KEY:-…}',
        'servers.yaml:8:15 servers.b.env.SHARED: expected the variable SHARED_KEY to be set, got none. Fix: set SHARED_KEY, or write a default: ${SHARED_KEY:-…}',
        'servers.yaml:9:12 servers.b.env.URL: expected the variable HOST_NAME to be set, got none. Fix: set HOST_NAME, or write a default: ${HOST_NAME:-…}',
        '3 problems.',
      ],
    });
  });

  test('names what `auth: entra` lacks, at each server that says so', async () => {
    const servers =
      'defaults:\n  auth: entra\nservers:\n  a:\n    module: ./notes.js\n  b:\n    module: ./notes.js\n    auth: entra\n  c:\n    module: ./notes.js\n    auth: function\n';
    const files = { ...good, 'servers.yaml': servers };
    const env = { MCP_ENTRA_CLIENT_ID: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee' };
    expect((await check(files, ['--env'], env)).err).toEqual([
      'servers.yaml:4:3 servers.a.auth: expected the variable MCP_ENTRA_TENANT_ID to be set, got none. Fix: set MCP_ENTRA_TENANT_ID; the host compares Entra tokens with it',
      'servers.yaml:8:11 servers.b.auth: expected the variable MCP_ENTRA_TENANT_ID to be set, got none. Fix: set MCP_ENTRA_TENANT_ID; the host compares Entra tokens with it',
      '2 problems.',
    ]);
    expect((await check(files)).code).toBe(0);
  });

  test('is content when they are set, and not needed for a check of the file alone', async () => {
    const env = { SHARED_KEY: 'k', HOST_NAME: 'h' };
    expect(await check(files, ['--env'], env)).toMatchObject({
      code: 0,
      out: ['servers.yaml is fine: 2 servers (a, b), all variables are set.'],
    });
    expect((await check(files)).code).toBe(0);
  });
});

describe('check of host.json', () => {
  const withHostJson = (text: string) => check({ ...good, 'host.json': text });

  test.each([
    ['no functionTimeout', '{ "version": "2.0" }'],
    ['enough time', '{ "functionTimeout": "00:05:00" }'],
    ['days', '{ "functionTimeout": "1.00:00:00" }'],
    ['no limit', '{ "functionTimeout": "-1" }'],
    ['a comment and a byte order mark', '\uFEFF{ // why\n "version": "2.0" }'],
  ])('accepts %s', async (_, text) => {
    expect(await withHostJson(text)).toMatchObject({ code: 0, err: [] });
  });

  test('refuses a functionTimeout that ends before timeoutMs, once for each server that runs', async () => {
    expect(await withHostJson('{\n  "functionTimeout": "00:01:00"\n}')).toMatchObject({
      code: 1,
      err: [
        'host.json:2:22 functionTimeout: expected more than 60000 ms, which is timeoutMs of servers.notes, got "00:01:00" (60000 ms). Fix: increase this limit, or decrease timeoutMs in servers.yaml',
        'host.json:2:22 functionTimeout: expected more than 60000 ms, which is timeoutMs of servers.tasks, got "00:01:00" (60000 ms). Fix: increase this limit, or decrease timeoutMs in servers.yaml',
        '2 problems.',
      ],
    });
  });

  test.each([
    [
      '{ "functionTimeout": "5m" }',
      'host.json:1:22 functionTimeout: expected a time such as "00:05:00" (or "-1" for no limit), got "5m". Fix: write hours:minutes:seconds',
    ],
    [
      '{ "version": ',
      'host.json:1:14: expected a JSON object, got ValueExpected. Fix: correct the JSON',
    ],
    ['[]', 'host.json:1:1: expected a JSON object, got something else. Fix: correct the JSON'],
    ['', 'host.json:1:1: expected a JSON object, got ValueExpected. Fix: correct the JSON'],
  ])('refuses %s', async (text, line) => {
    expect(await withHostJson(text)).toMatchObject({ code: 1, err: [line, '1 problem.'] });
  });
});

describe('host.blockedTimeoutMs', () => {
  const found = (ms: number) =>
    check({
      'servers.yaml': `host: { blockedTimeoutMs: ${ms} }\nservers: { a: { module: ./s.js } }\n`,
      's.js': '',
    });

  test('that a burst of requests may reach is a warning', async () => {
    const { code, err } = await found(2_999);
    expect(code).toBe(0);
    expect(err).toContainEqual(
      expect.stringMatching(
        /^Warning: servers\.yaml:1:27 host\.blockedTimeoutMs: expected at least 3000 milliseconds, got 2999; .* Fix: write 3000 or more/,
      ),
    );
  });

  test('of 3 s is none', async () => {
    const { code, err } = await found(3_000);
    expect(code).toBe(0);
    expect(err.filter((line) => line.includes('blockedTimeoutMs'))).toEqual([]);
  });
});

describe('host.registry', () => {
  const yaml = (host: string, ...entries: string[]) =>
    `host: { registry: ${host} }\nservers:\n${entries.map((entry, at) => `  s${at}: { module: ./s.js, ${entry} }\n`).join('')}`;
  const warnings = async (text: string) =>
    (await check({ 'servers.yaml': text, 's.js': '' })).err.filter((line) => /registry/.test(line));

  test('warns once of the names that it publishes', async () => {
    const text = yaml('true', 'auth: function', 'auth: anonymous', 'auth: entra');
    expect(await warnings(text)).toEqual([
      'Warning: servers.yaml:1:19 host.registry: expected that everybody may know the names and descriptions of all servers, got true, which also publishes those of servers that require a key or a token (s0, s2). Fix: in the entry of each of these servers, write "registry: false" to leave it out, or "registry: true" if everybody may know it',
    ]);
    expect((await check({ 'servers.yaml': text, 's.js': '' })).code).toBe(0);
  });

  test('warns of the names that server cards publish, too', async () => {
    const text = yaml('false', 'auth: function', 'auth: entra').replace('registry', 'serverCards');
    expect(await warnings(text)).toEqual([]);
    const on = yaml('true', 'auth: entra').replace('registry', 'serverCards');
    expect(await warnings(on)).toEqual([expect.stringContaining('host.serverCards: expected')]);
  });

  test.each([
    yaml('false', 'auth: function'),
    yaml('true', 'auth: anonymous', 'auth: function, registry: false'),
    yaml('true', 'auth: function, registry: true', 'auth: function, enabled: false'),
    `defaults: { registry: true }\n${yaml('true', 'auth: function')}`,
  ])('is silent: %s', async (text) => {
    expect((await check({ 'servers.yaml': text, 's.js': '' })).code).toBe(0);
    expect(await warnings(text)).toEqual([]);
  });

  test.each(['/v0.1/servers', '/v0.1/a'])('no server can take its path: %s', async (path) => {
    const { code, err } = await check({
      'servers.yaml': yaml('true', `path: "${path}"`),
      's.js': '',
    });
    expect(code).toBe(1);
    expect(err[0]).toContain('expected a path of lower-case segments');
  });
});
