// Installs the published servers of packages.json as `mcp-host check` says, mounts each by the entry
// of its README, and lists its tools with the official clients of both eras. It needs the registry,
// so no other test runs it: `npm run packages`.

import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { z } from 'zod';
import { withHost } from '../../cli/host-process.ts';
import { Progress } from '../../cli/progress.ts';
import { renderTable } from '../../cli/table.ts';
import { processTerminal } from '../../cli/terminal.ts';

const run = promisify(execFile);

const CLI_SCRIPT = resolve('cli/mcp-host.js');

/** A first start may take long on a busy machine; an entry of a user would have the default. */
const START_TIMEOUT_MS = 120_000;
const REQUEST_OPTIONS = { timeout: START_TIMEOUT_MS };
const INSTALL_TIMEOUT_MS = 900_000;
const MODERN = '2026-07-28';
const information = { name: 'packages', version: '1.0.0' };

const published = z.object({
  package: z.string(),
  version: z.string(),
  args: z.array(z.string()),
  env: z.record(z.string(), z.string()).optional(),
  /** `serves`, or why it cannot. */
  expected: z.string(),
});
type Published = z.infer<typeof published>;

/** What became of one package. */
interface Row {
  readonly name: string;
  readonly version: string;
  /** Tools as a client of each era lists them; undefined when it got none. */
  readonly legacy: number | undefined;
  readonly modern: number | undefined;
  readonly expected: string;
  /** What `check` or the log says of one that does not serve. */
  readonly reason: string;
}

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const { json } = values;
const folder = mkdtempSync(join(tmpdir(), 'mcp-packages-'));
try {
  process.exitCode = (await main()) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<boolean> {
  const text = readFileSync(resolve('test/packages/packages.json'), 'utf8');
  const all = z.object({ packages: z.array(published) }).parse(JSON.parse(text)).packages;
  const isWanted = (each: Published) => positionals.includes(each.package);
  const packages = positionals.length > 0 ? all.filter(isWanted) : all;
  if (packages.length === 0) throw new Error('None of these packages is in packages.json.');
  const progress = new Progress(processTerminal.remark);
  writeEntries(packages);
  await install(progress);
  const rows = await listTools(packages, progress);
  const serving = rows.filter(({ legacy, modern }) => legacy && modern);
  const wanted = rows.filter(({ expected }) => expected === 'serves');
  const failed = wanted.filter((row) => !serving.includes(row));
  if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else {
    const header = [
      'PACKAGE',
      'VERSION',
      'TOOLS 2025-11-25',
      `TOOLS ${MODERN}`,
      'EXPECTED',
      'REASON',
    ];
    const cells = rows.map(({ name, version, legacy, modern, expected, reason }) => [
      name,
      version,
      String(legacy ?? '-'),
      String(modern ?? '-'),
      expected,
      reason,
    ]);
    for (const line of renderTable(header, cells)) process.stdout.write(`${line}\n`);
    process.stdout.write(
      `\n${serving.length} of ${rows.length} list their tools in both eras; ${failed.length} that should do not.\n`,
    );
  }
  return failed.length === 0;
}

/** Names of servers are those of packages, without what a name may not have. */
function nameOf({ package: name }: Published): string {
  return name.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
}

/** The entries as they would be pasted, with a version as `check` asks for. */
function writeEntries(packages: readonly Published[]): void {
  const servers = Object.fromEntries(
    packages.map((each) => {
      const args = ['-y', `${each.package}@${each.version}`, ...each.args];
      return [nameOf(each), { command: 'npx', args, ...(each.env && { env: each.env }) }];
    }),
  );
  const defaults = { auth: 'anonymous', startTimeoutMs: START_TIMEOUT_MS, timeoutMs: 180_000 };
  writeFileSync(join(folder, 'servers.yaml'), JSON.stringify({ defaults, servers }));
  writeFileSync(join(folder, 'package.json'), '{ "name": "packages", "private": true }');
  copyFileSync('.npmrc', join(folder, '.npmrc'));
  copyFileSync('host.json', join(folder, 'host.json'));
}

/** Runs the commands that `check` gives, until it gives none. */
async function install(progress: Progress): Promise<void> {
  const fixes = (await checked()).flatMap(({ fix }) => /npm install (.*)$/.exec(fix)?.[1] ?? []);
  const words = new Set(fixes.flatMap((fix) => fix.split(' ')));
  const task = `npm install of ${words.size} packages`;
  progress.update(task, 'running');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  await run(npm, ['install', '--no-audit', '--no-fund', '--loglevel=error', ...words], {
    cwd: folder,
    timeout: INSTALL_TIMEOUT_MS,
    shell: process.platform === 'win32',
  });
  progress.finish(task, 'done');
}

interface Problem {
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}

async function checked(): Promise<readonly Problem[]> {
  const env = { ...process.env, MCP_SERVERS_FILE: join(folder, 'servers.yaml') };
  const options = { cwd: folder, env };
  const { stdout } = await run(process.execPath, [CLI_SCRIPT, 'check', '--json'], options).catch(
    (error: { stdout: string }) => error,
  );
  return (JSON.parse(stdout) as { problems: readonly Problem[] }).problems;
}

async function listTools(packages: readonly Published[], progress: Progress): Promise<Row[]> {
  const problems = await checked();
  return withHost(join(folder, 'servers.yaml'), async ({ url }) => {
    const rows: Row[] = [];
    for (const each of packages) {
      const name = nameOf(each);
      const task = `${rows.length + 1} of ${packages.length}: ${each.package}`;
      progress.update(task, 'listing tools');
      const place = `${url}/${name}/mcp`;
      const legacy = await attempt(() => countLegacy(place));
      const modern = await attempt(() => countModern(place));
      const problem = problems.find(({ path }) => path.startsWith(`servers.${name}.`));
      rows.push({
        name: each.package,
        version: each.version,
        legacy,
        modern,
        expected: each.expected,
        reason: legacy && modern ? '' : (problem?.message ?? (await reasonOf(url, name))),
      });
      progress.finish(task, legacy && modern ? `${legacy} tools` : 'no tools');
    }
    return rows;
  });
}

async function attempt(count: () => Promise<number>): Promise<number | undefined> {
  try {
    return await count();
  } catch {
    return undefined;
  }
}

async function countLegacy(url: string): Promise<number> {
  const client = new ClientV1(information);
  try {
    await client.connect(new TransportV1(new URL(url)), REQUEST_OPTIONS);
    return (await client.listTools(undefined, REQUEST_OPTIONS)).tools.length;
  } finally {
    await client.close();
  }
}

async function countModern(url: string): Promise<number> {
  const client = new ClientV2(information, { versionNegotiation: { mode: { pin: MODERN } } });
  try {
    await client.connect(new TransportV2(new URL(url)), REQUEST_OPTIONS);
    return (await client.listTools(undefined, REQUEST_OPTIONS)).tools.length;
  } finally {
    await client.close();
  }
}

/** The word by which the host says why the server is unavailable. */
async function reasonOf(hostUrl: string, name: string): Promise<string> {
  const answer = (await (await fetch(`${hostUrl}/readyz`)).json()) as {
    readonly servers: readonly { readonly name: string; readonly reason?: string }[];
  };
  return answer.servers.find((each) => each.name === name)?.reason ?? 'no answer';
}
