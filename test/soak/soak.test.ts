// The soak cannot pass in silence: against hosts with known faults it finds each of them.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { treeOf } from '../../bench/process-usage.ts';
import { eventually } from '../eventually.ts';

/** Beside dist/, which other tests are using. */
const OUT_FOLDER = '.cache/soak-test';
const RUN = join(OUT_FOLDER, 'test/soak/run.js');
const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name);

/** Each side of 20 pairs, and a tenth of them. */
const CALLS = 40;
const SPOILED = CALLS / 5;
const SHORT = ['--only', 'equal-ids', '--minutes', '0.05'];

interface Result {
  readonly isAllMet: boolean;
  readonly results: readonly { readonly rows: readonly ResultRow[] }[];
}

interface ResultRow {
  readonly name: string;
  readonly tally: Readonly<Record<'requests' | 'answered' | 'failed' | 'lost' | 'crossed', number>>;
  readonly missed: readonly { readonly what: string }[];
}

function start(...options: string[]): ChildProcess {
  return spawn(process.execPath, [RUN, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function run(...options: string[]) {
  const child = start(...options);
  const said = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    said.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    said.stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code, ...said };
}

async function rowsOf(host: string) {
  const { code, stdout, stderr } = await run(...SHORT, '--host', fixture(host), '--json');
  expect(stdout, stderr).not.toBe('');
  const { isAllMet, results } = JSON.parse(stdout) as Result;
  return { code, isAllMet, rows: results.flatMap(({ rows }) => rows) };
}

describe.runIf(process.platform === 'linux')('npm run soak', { timeout: 60_000 }, () => {
  beforeAll(() => {
    const tsc = resolve('node_modules/typescript/bin/tsc');
    const { status } = spawnSync(
      process.execPath,
      [tsc, '-p', 'test/soak/tsconfig.json', '--outDir', OUT_FOLDER],
      { stdio: 'inherit' },
    );
    expect(status).toBe(0);
  }, 60_000);

  it('passes a host that gives every answer to its own caller', async () => {
    const { code, isAllMet, rows } = await rowsOf('honest-host.mjs');
    expect(rows.flatMap(({ missed }) => missed)).toEqual([]);
    expect({ code, isAllMet }).toEqual({ code: 0, isAllMet: true });
    expect(rows).toHaveLength(13);
  });

  it('fails a host that crosses, loses or spoils answers, and counts each under its word', async () => {
    const { code, isAllMet, rows } = await rowsOf('faulty-host.mjs');
    expect({ code, isAllMet }).toEqual({ code: 1, isAllMet: false });
    const counts = Object.fromEntries(
      rows.map(({ name, tally: { failed, lost, crossed } }) => [name, { failed, lost, crossed }]),
    );
    const none = { failed: 0, lost: 0, crossed: 0 };
    expect(counts).toEqual({
      'module, shared, SDK v1': { ...none, crossed: SPOILED },
      'module, shared, SDK v2': { ...none, lost: SPOILED },
      'module, per-request, SDK v1': { ...none, lost: SPOILED },
      'module, per-request, SDK v2': { ...none, crossed: SPOILED },
      'thread, shared': { ...none, failed: SPOILED },
      'thread, per-request': { ...none, lost: SPOILED },
      'command, shared': { ...none, crossed: SPOILED },
      'command, per-session': none,
      'command, per-request (a tenth)': none,
      'command with url, shared': { ...none, failed: SPOILED },
      'url, shared': { ...none, crossed: SPOILED },
      'url, per-session': { ...none, failed: SPOILED },
      combine: none,
    });
  });

  it('fails when the host does not start, and shows its last words and exit code', async () => {
    const { code, stdout } = await run(...SHORT, '--host', fixture('ending-host.mjs'));
    expect(code).toBe(1);
    expect(stdout).toContain('MISSED: runs to its end');
    expect(stdout).toContain('exit code 7');
    expect(stdout).toContain('the last word');
  });

  it('ends everything that it has started when Ctrl+C ends it', async () => {
    const child = start('--only', 'equal-ids', '--host', fixture('honest-host.mjs'));
    const pid = child.pid as number;
    const started = await eventually(() => {
      const pids = treeOf(pid).slice(1);
      // Two servers elsewhere and the host.
      expect(pids).toHaveLength(3);
      return pids;
    });
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(code).toBe(130);
    await eventually(() => expect(started.filter((one) => existsSync(`/proc/${one}`))).toEqual([]));
  });

  it('names every scenario when it is asked for help', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    for (const file of readdirSync(join(import.meta.dirname, 'scenarios'))) {
      expect(stdout).toContain(`  ${file.replace('.ts', '')} `);
    }
  });

  it.each([
    [['--only', 'nothing'], 'No scenario is called nothing.'],
    [['--minutes', '0'], '--minutes: expected more than 0'],
    [['--seed', 'x'], '--seed: expected a whole number'],
    [['--what'], "Unknown option '--what'"],
  ])('says what is wrong with %j, and how it is used', async (options, problem) => {
    const { code, stderr } = await run(...options);
    expect(code).toBe(1);
    expect(stderr).toContain(problem);
    expect(stderr).toContain('Usage: npm run soak');
  });
});
