// Runs the official suite against one endpoint in one era and reads the verdicts of its checks.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import type { Era } from './eras.ts';
import { suiteFolder } from './installation.ts';
import { copyWithScenarios } from './selection.ts';

/** One check as the suite writes it to `checks.json`. */
export interface Check {
  readonly id: string;
  readonly description?: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  readonly errorMessage?: string;
  /** Differs from check to check; for people. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface ScenarioChecks {
  readonly scenario: string;
  readonly checks: readonly Check[];
}

export interface ListedScenario {
  readonly scenario: string;
  /** Part of what the revision requires. */
  readonly isScored: boolean;
}

export interface SuiteRun {
  /** The endpoint; loopback, because the suite also tests rebinding. */
  readonly url: string;
  readonly era: Era;
  /** Only these. Default: all that the revision lists. */
  readonly scenarios?: readonly string[];
  /** Told each scenario as it starts. */
  readonly onScenario: (scenario: string) => void;
}

interface RequirementSet {
  readonly server: readonly string[];
  readonly not_scored: readonly { readonly scenario: string; readonly leg: string }[];
}

/** The server scenarios of a revision, scored ones first. */
export function listScenarios(era: Era): ListedScenario[] {
  const text = readFileSync(join(suiteFolder(), 'requirements', `${era}.yaml`), 'utf8');
  const { server, not_scored } = parse(text) as RequirementSet;
  const unscored = not_scored.filter(({ leg }) => leg === 'server');
  return [
    ...server.map((scenario) => ({ scenario, isScored: true })),
    ...unscored.map(({ scenario }) => ({ scenario, isScored: false })),
  ];
}

/**
 * @param node as of findNode
 * @throws Error with the suite's own words when it gave no results at all
 */
export async function runSuite(
  node: string,
  { url, era, scenarios, onScenario }: SuiteRun,
): Promise<ScenarioChecks[]> {
  const temporary = await mkdtemp(join(tmpdir(), 'mcp-conformance-'));
  try {
    const suite = scenarios ? await copyWithScenarios(temporary, era, scenarios) : suiteFolder();
    const output = join(temporary, 'results');
    const program = join(suite, 'dist/index.js');
    const errors = await execute(
      node,
      [program, 'server', '--url', url, '--requirements', era, '-o', output],
      onScenario,
    );
    const results = readResults(output);
    // The suite also complains of single scenarios; those have their verdict.
    if (results.size === 0)
      throw new Error(`The official conformance suite produced no results:\n${errors}`);
    return (scenarios ?? listScenarios(era).map(({ scenario }) => scenario)).map((scenario) => ({
      scenario,
      checks: results.get(scenario) ?? noResult(scenario),
    }));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Resolves with what was written to standard error. */
async function execute(
  node: string,
  args: readonly string[],
  onScenario: SuiteRun['onScenario'],
): Promise<string> {
  const child = spawn(node, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const started = /^=== Running scenario: (.+) ===$/.exec(line)?.[1];
    if (started) onScenario(started);
  });
  await once(child, 'close');
  return errors;
}

/** One folder per scenario: server-<scenario>-<time>/checks.json. */
function readResults(folder: string): Map<string, Check[]> {
  const results = new Map<string, Check[]>();
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const scenario = /^server-(.+?)-\d{4}-\d{2}-\d{2}T/.exec(name)?.[1];
    const file = join(folder, name, 'checks.json');
    if (scenario && existsSync(file)) results.set(scenario, JSON.parse(readFileSync(file, 'utf8')));
  }
  return results;
}

function noResult(scenario: string): Check[] {
  return [{ id: scenario, status: 'FAILURE', errorMessage: 'The suite produced no result.' }];
}
