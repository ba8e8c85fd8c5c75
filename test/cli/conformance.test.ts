// mcp-host conformance, as a person runs it: a good server, a broken one, and those that cannot be
// tested at all. Needs the official suite; without it the tests are skipped, except in CI.

import { execFile } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findNode } from '../../cli/conformance/installation.ts';
import type { ScenarioOutcome } from '../../cli/conformance/outcome.ts';
import { renderOutcomes } from '../../cli/conformance/report.ts';
import { type CliRun, cliScript, makeFolder, runCli, spawnCli } from './run-cli.ts';

/** `tools/list` gives a tool that has neither a description nor a schema. */
const brokenServer = `
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

export function createServer() {
  const info = { name: 'broken', version: '1.0.0' };
  const server = new Server(info, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [{ name: 'half a tool' }] }));
  return server;
}
`;

/** @param time the sample, as a path from the file's folder */
const serversFile = (time: string) => `servers:
  time: { module: ${JSON.stringify(time)} }
  broken: { module: ./broken.mjs, rateLimit: { max: 1000, windowSeconds: 60 } }
  gone: { module: ./gone.mjs }
  off: { module: ./off.mjs, enabled: false }
`;

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-conformance-test-')));

beforeAll(() => {
  const time = relative(folder, resolve('dist/servers/time/index.js'));
  writeFileSync(join(folder, 'servers.yaml'), serversFile(time));
  writeFileSync(join(folder, 'broken.mjs'), brokenServer);
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const missing = whatIsMissing();

function whatIsMissing(): string | undefined {
  try {
    findNode();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const variables = { MCP_SERVERS_FILE: join(folder, 'servers.yaml') };

/** Runs the compiled command from this repository, beside whatever else runs. */
function conformance(...args: readonly string[]): Promise<CliRun> {
  const env = { PATH: process.env.PATH, ...variables };
  return new Promise((done) => {
    execFile(
      process.execPath,
      [cliScript, 'conformance', ...args],
      { env },
      (error, stdout, stderr) =>
        done({
          code: error ? Number(error.code) : 0,
          out: stdout.trimEnd().split('\n'),
          err: stderr.trimEnd().split('\n'),
        }),
    );
  });
}

describe('conformance', () => {
  beforeEach(({ skip }) => skip(missing !== undefined && !process.env.CI, missing));

  describe('tests', { timeout: 120_000 }, () => {
    let runs: { time: CliRun; broken: CliRun };

    beforeAll(async () => {
      if (missing !== undefined) return;
      const [time, broken] = await Promise.all([
        conformance('time'),
        conformance('broken', '--era', '2025-11-25', '--json'),
      ]);
      runs = { time, broken };
    }, 120_000);

    test('a good server: exit code 0, and one table of what applies and what does not', () => {
      const { code, out, err } = runs.time;
      expect({ code, err }).toEqual({
        code: 0,
        err: [
          'host: serves time',
          expect.stringMatching(/^2025-11-25: 5 of 5|^2026-07-28: 7 of 7/),
          expect.stringMatching(/^2025-11-25: 5 of 5|^2026-07-28: 7 of 7/),
        ],
      });
      expect(out[0]).toMatch(/^SCENARIO +2025-11-25 +2026-07-28 +NEEDS$/);
      for (const row of [
        /^server-initialize +passed 3\/3 +-$/,
        /^tools-list +passed 3\/3 +passed 4\/4$/,
        /^server-stateless +- +passed 23\/23$/,
        /^caching +- +passed 4\/4$/,
        /^http-header-validation +- +passed 14\/14$/,
        /^prompts-list +not applicable +not applicable +prompts$/,
        /^sep-2164-resource-not-found +- +not applicable +resources$/,
        /^tools-call-error +not applicable +not applicable +fixture tool test_error_handling$/,
      ]) {
        expect(out).toContainEqual(expect.stringMatching(row));
      }
      expect(out).not.toContain('Failed:');
      const notes = out.slice(out.indexOf('Checks of tested scenarios that do not apply:'));
      expect(notes).toContain(
        '  server-stateless  2026-07-28  needs fixture tool test_logging_tool',
      );
      expect(notes).toContain('    sep-2575-server-no-log-without-loglevel');
      expect(out.at(-1)).toBe('12 scenarios passed, 0 failed, 71 are not applicable.');
    });

    test('a broken server: exit code 1, and what is wrong as JSON and for people', () => {
      const { code, out, err } = runs.broken;
      expect(code).toBe(1);
      expect(err[0]).toMatch(/^broken allows 1000 calls per 60 s \(rateLimit\)/);
      const report = JSON.parse(out.join('\n'));
      const scenarios: ScenarioOutcome[] = report.scenarios;
      expect(report).toMatchObject({ ok: false, server: 'broken' });
      const named = (name: string) => scenarios.find(({ scenario }) => scenario === name);
      expect(named('ping')).toMatchObject({ outcome: 'passed', needs: null });
      expect(named('prompts-list')).toEqual({
        scenario: 'prompts-list',
        era: '2025-11-25',
        outcome: 'not applicable',
        needs: 'prompts',
        checks: [],
      });
      expect(named('tools-list')).toMatchObject({ outcome: 'failed', needs: null });
      expect(named('tools-list')?.checks).toContainEqual({
        id: 'tools-list',
        outcome: 'failed',
        message: 'Tool 0: missing description; Tool 0: missing inputSchema',
      });

      const lines = renderOutcomes(['2025-11-25'], scenarios);
      expect(lines).toContainEqual(expect.stringMatching(/^tools-list +failed 0\/2$/));
      const failed = lines.slice(lines.indexOf('Failed:'));
      expect(failed.slice(1, 3)).toEqual([
        '  tools-list  2025-11-25  tools-list',
        '    Tool 0: missing description; Tool 0: missing inputSchema',
      ]);
      const recommended = lines.slice(
        lines.indexOf('Recommendations that the server does not follow:'),
      );
      expect(recommended[1]).toBe('  tools-list  2025-11-25  tools-name-format');
    });
  });

  test('says why a server is unavailable', async () => {
    const { code, out, err } = await conformance('gone');
    expect({ code, out }).toEqual({ code: 1, out: [''] });
    expect(err).toHaveLength(1);
    expect(err[0]).toMatch(/^mcp-host: gone is unavailable \(module-not-found\): .*gone\.mjs/);
  });
});

describe('conformance, before anything is started', () => {
  test.each([
    ['expected the name of a server, got none', []],
    ['expected the name of a server and nothing else, got "b"', ['time', 'b']],
    ['unknown server "tiem", did you mean "time"?', ['tiem']],
    ['unknown server "x": expected time, broken, gone, off', ['x']],
    ['--era: expected 2025-11-25 or 2026-07-28, got "2024"', ['time', '--era', '2024']],
  ])('%s', async (message, args) => {
    expect(await runCli(['conformance', ...args], { env: variables })).toEqual({
      code: 2,
      out: [],
      err: [`mcp-host: ${message}`, 'See: npx --no mcp-host help conformance'],
    });
  });

  test('says that a server is disabled', async () => {
    expect(await runCli(['conformance', 'off'], { env: variables })).toEqual({
      code: 1,
      out: [],
      err: ['mcp-host: off is disabled in servers.yaml. Fix: npx --no mcp-host enable off'],
    });
  });

  test('asks for the suite when it is not installed', () => {
    const other = makeFolder({ 'servers.yaml': 'servers:\n  a: { module: ./a.js }\n' });
    expect(spawnCli(['conformance', 'a'], { folder: other })).toEqual({
      code: 1,
      out: [],
      err: [
        'mcp-host: expected the official conformance suite in test/official-tools, but it is not installed. ' +
          'Fix: npm ci --prefix test/official-tools',
      ],
    });
  });
});
