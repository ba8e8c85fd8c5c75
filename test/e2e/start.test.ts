// The beginning of the process: it starts wherever it may, and says in one line why not where it
// may not.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bundledNode } from '../../cli/conformance/installation.ts';
import { callTool } from './call-tool.ts';
import { freePort } from './free-port.ts';
import { type HostProcess, type SpawnOptions, spawnHost } from './spawn-host.ts';

const YAML = `
servers:
  weather: { module: ./fault-process.mjs, instance: shared }
  time: { module: ./fault-process.mjs }
`;

const spawn = (options: Partial<SpawnOptions> = {}): Promise<HostProcess> =>
  spawnHost({ yaml: YAML, ...options });

/** What many machines answer for localhost. */
const TWO_ADDRESSES = `
  import dns from 'node:dns';
  const { lookup } = dns;
  const both = [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }];
  dns.lookup = (host, options, callback) =>
    host === 'localhost' && options.all ? callback(null, both) : lookup(host, options, callback);
`;

/** As on a terminal. */
const ONE_OUTPUT = `
  import { writeSync } from 'node:fs';
  process.stderr.write = (text) => writeSync(1, text) > 0;
`;

/** The process ends with 1, and says nothing but lines that each match. */
async function expectRefused(host: HostProcess, lines: readonly RegExp[]): Promise<void> {
  expect(await host.exited).toEqual({ code: 1, signal: null });
  const told = host.stderr().trimEnd().split('\n');
  for (const [index, line] of lines.entries()) expect(told[index]).toMatch(line);
  expect(told).toHaveLength(lines.length);
  expect(host.stderr()).not.toMatch(/^\s+at /m);
  expect(host.logs.filter(({ text }) => text !== undefined)).toEqual([]);
}

async function usedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

/**
 * CI runs this on each Node line that is supported. A V8 flag that a line does not know is an error
 * text there.
 */
const NODES: readonly [which: string, node: string][] = [
  ['that runs the tests', process.execPath],
  ...(existsSync(bundledNode())
    ? [['of the official tools', bundledNode()] as [string, string]]
    : []),
];

it.each(NODES)(
  'on the Node %s, says where it listens in one JSON line, and nothing on standard error',
  async (_, node) => {
    const host = await spawn({ node });
    const url = await host.url();
    expect(new URL(url).hostname).toBe('127.0.0.1');
    const listening = await host.waitForLog({ msg: 'listening' });
    expect(listening.servers).toEqual(['/weather/mcp', '/time/mcp']);
    expect(await callTool(`${url}/time/mcp`, 'echo', { text: 'x' })).toMatchObject({ text: 'x' });
    host.signal('SIGTERM');
    expect(await host.exited).toEqual({ code: 0, signal: null });
    expect(host.stderr()).toBe('');
    expect(host.logs.filter(({ text }) => text !== undefined)).toEqual([]);
  },
);

it('listens on the port that the Functions host names, whatever PORT says', async () => {
  const port = await freePort();
  const env = { FUNCTIONS_CUSTOMHANDLER_PORT: String(port), PORT: 'not for us' };
  const host = await spawn({ env });
  expect(await host.url()).toBe(`http://127.0.0.1:${port}`);
});

it('listens on one address for localhost, so that its drain sees every connection', async () => {
  const host = await spawn({
    files: { 'two-addresses.mjs': TWO_ADDRESSES },
    nodeArguments: ['--import', './two-addresses.mjs'],
    env: { HOST: 'localhost' },
  });
  const { hostname, port } = new URL(await host.url());
  expect(hostname).toBe('127.0.0.1');
  const other = callTool(`http://[::1]:${port}/time/mcp`, 'echo', { text: 'x' });
  await expect(other).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

it('refuses a port that is in use in one line', async () => {
  const port = await usedPort();
  const host = await spawn({ env: { PORT: String(port) } });
  await expectRefused(host, [new RegExp(`^PORT: .*${port}.*in use.*Fix: `)]);
});

describe('HOST beyond loopback', () => {
  it.each(['0.0.0.0', '::'])(
    '%s is refused while a server relies on a function key',
    async (HOST) => {
      const host = await spawn({ env: { HOST } });
      await expectRefused(host, [/^HOST: .*auth: function.*weather, time.*Fix: /]);
    },
  );

  it('is served when every enabled server may be called by anybody', async () => {
    const host = await spawn({
      env: { HOST: '0.0.0.0' },
      yaml: `
servers:
  weather: { module: ./fault-process.mjs, auth: anonymous }
  time: { module: ./fault-process.mjs, enabled: false }
`,
    });
    const { port } = new URL(await host.url());
    const answer = await callTool(`http://127.0.0.1:${port}/weather/mcp`, 'echo', { text: 'x' });
    expect(answer).toMatchObject({ status: 200, text: 'x' });
  });
});

const server = 'servers:\n  a:\n    module: ./x.mjs\n';
/** How many problems each file has, and so how many lines it is refused with. */
const BAD_FILES: readonly [what: string, yaml: string, problems: number][] = [
  ['empty', '', 1],
  ['indented by tabs', 'servers:\n\ta:\n\t\tmodule: ./x.mjs\n', 1],
  ['with a key twice', `${server}    module: ./y.mjs\n`, 1],
  ['of two documents', `${server}---\n${server}`, 1],
  ['with a bomb of aliases', aliasBomb(), 1],
  ['nested 5,000 deep', `servers: ${'['.repeat(5_000)}${']'.repeat(5_000)}`, 1],
  ['with an unknown key', `${server}    timeout: 5\n`, 1],
  ['with three problems', `${server}    timeout: 5\n    path: x\n    maxConcurrent: 0\n`, 3],
  ['with a reserved path', `${server}    path: /admin/x\n`, 1],
  ['with one path twice', `${server}    path: /p\n  b:\n    module: ./y.mjs\n    path: /p\n`, 1],
];

function aliasBomb(): string {
  const levels = Array.from({ length: 12 }, (_, level) => {
    const item = level === 0 ? 'x' : `*l${level - 1}`;
    return `l${level}: &l${level} [${Array(10).fill(item).join(', ')}]`;
  });
  return `${levels.join('\n')}\n${server}`;
}

it.each(BAD_FILES)(
  'refuses a servers.yaml %s with one line per problem',
  async (_, yaml, count) => {
    const host = await spawn({ yaml });
    await expectRefused(host, Array(count).fill(/^servers\.yaml:\d+:\d+\b.*expected .*Fix: /));
  },
);

it('refuses a servers.yaml that is not there, and faulty variables', async () => {
  const missing = await spawn({ env: { MCP_SERVERS_FILE: '/nowhere/servers.yaml' } });
  await expectRefused(missing, [/servers\.yaml.*Fix: /]);
  const faulty = await spawn({ env: { PORT: 'x', LOG_LEVEL: 'loud' } });
  await expectRefused(faulty, [/PORT: expected .*Fix: /, /LOG_LEVEL: expected .*Fix: /]);
});

describe('a server that cannot be loaded', () => {
  const yaml = `
servers:
  good: { module: ./fault-process.mjs }
  bad: { module: ./fault-process.mjs, env: { SOME_KEY: "\${MISSING_VARIABLE}" } }
`;

  it('does not keep the others from being served', async () => {
    const host = await spawn({ yaml });
    const url = await host.url();
    expect(await callTool(`${url}/good/mcp`, 'echo', { text: 'x' })).toMatchObject({ text: 'x' });
    const refused = await callTool(`${url}/bad/mcp`, 'echo', { text: 'x' });
    expect(refused).toMatchObject({ status: 503, reason: 'unavailable' });
  });

  it('keeps the host from starting when it is strict', async () => {
    const host = await spawn({ yaml: `host: { strict: true }\n${yaml}` });
    await expectRefused(host, [/^servers\.bad: missing-variable$/, /^host\.strict .*Fix: /]);
  });

  it('is logged before the host says that it is strict, and points to the log', async () => {
    const host = await spawn({
      yaml: 'host: { strict: true }\nservers: { bad: { module: ./none.mjs } }',
      files: { 'one-output.mjs': ONE_OUTPUT },
      nodeArguments: ['--import', './one-output.mjs'],
    });
    await host.exited;
    expect(host.logs).toMatchObject([
      { msg: 'unavailable', server: 'bad' },
      { text: 'servers.bad: module-not-found' },
      { text: expect.stringContaining('log lines above') },
    ]);
  });
});

describe('a poor environment', () => {
  const PERMISSION = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  const NO_NETWORK = `
    import net from 'node:net';
    net.Socket.prototype.connect = () => { throw new Error('There is no network.'); };
  `;

  it('is enough: nothing can be written, there is no home, no network', async () => {
    const host = await spawn({
      files: { 'no-network.mjs': NO_NETWORK },
      nodeArguments: [PERMISSION, '--allow-fs-read=*', '--import', './no-network.mjs'],
      env: { HOME: undefined, TMPDIR: '/nowhere', NODE_NO_WARNINGS: '1' },
    });
    const url = await host.url();
    for (const name of ['weather', 'time']) {
      const answer = await callTool(`${url}/${name}/mcp`, 'echo', { text: 'x' });
      expect(answer).toMatchObject({ status: 200, text: 'x' });
    }
    expect(host.stderr()).toBe('');
  });

  /** Ends the process where something can be written after all. */
  const NO_WRITING = `
    import { writeFileSync } from 'node:fs';
    import { tmpdir } from 'node:os';
    for (const folder of ['.', tmpdir()]) {
      let isWritten = true;
      try { writeFileSync(folder + '/written', ''); } catch { isWritten = false; }
      if (isWritten) throw new Error('It can be written to: ' + folder);
    }
  `;

  const PROGRAM = readFileSync(join(import.meta.dirname, '../fixtures/programs/mcp.mjs'), 'utf8');

  /** As an ordinary user, whom the system keeps from writing: it keeps root from nothing. */
  const AS_USER =
    process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];

  /** Its own view of the file systems, in which nobody can write to any of them, not even root. */
  const ON_READ_ONLY = [
    ...['unshare', '--map-root-user', '--mount', 'sh', '-ec'],
    'mount -o remount,bind,ro / && mount --bind . . && mount -o remount,bind,ro . && cd "$PWD" && exec "$@"',
    'sh',
  ];
  // Not every system lets a process have its own view.
  const [unshare = '', ...unshareArguments] = ON_READ_ONLY;
  const hasReadOnly =
    spawnSync(unshare, [...unshareArguments, 'true'], { cwd: tmpdir() }).status === 0;

  const POOR: readonly [how: string, isSkipped: boolean, command: readonly string[]][] = [
    ['no folder can be written to', process.platform === 'win32', AS_USER],
    ['the file system is read-only', !hasReadOnly, ON_READ_ONLY],
  ];

  describe.each(POOR)('where %s', (_how, isSkipped, command) => {
    it.skipIf(isSkipped)(
      'is enough for modules, threads and programs, with no home and no network',
      async () => {
        const host = await spawn({
          yaml: `
defaults: { auth: anonymous }
servers:
  module: { module: ./fault-process.mjs }
  thread: { module: ./fault-process.mjs, isolation: thread }
  program: { command: node, args: [./program.mjs] }
`,
          files: { 'poor.mjs': NO_NETWORK + NO_WRITING, 'program.mjs': PROGRAM },
          prepare: (folder) => chmodSync(folder, 0o555),
          ...(command.length > 0 && { node: command[0] as string }),
          nodeArguments: [
            ...(command.length > 0 ? [...command.slice(1), process.execPath] : []),
            ...['--import', './poor.mjs'],
          ],
          env: { HOME: undefined, TMPDIR: '.' },
        });
        onTestFinished(() => chmodSync(host.directory, 0o755));
        const url = await host.url();
        for (const name of ['module', 'thread', 'program']) {
          const args = { text: 'x', value: 'x' };
          const answer = await callTool(`${url}/${name}/mcp`, 'echo', args);
          expect(answer).toMatchObject({ status: 200, text: 'x' });
        }
        expect(host.stderr()).toBe('');
      },
    );
  });
});
