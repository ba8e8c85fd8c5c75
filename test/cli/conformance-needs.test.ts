// What the official suite needs from a server that is no fixture, and what its verdicts then mean.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkNeeds, knownIds, scenarioNeeds } from '../../cli/conformance/applicability.ts';
import { ERAS } from '../../cli/conformance/eras.ts';
import { suiteFolder } from '../../cli/conformance/installation.ts';
import type { OfferedTool } from '../../cli/conformance/offer.ts';
import { judge } from '../../cli/conformance/outcome.ts';
import type { Check } from '../../cli/conformance/suite.ts';
import { listScenarios } from '../../cli/conformance/suite.ts';

const offer = (names: readonly string[], tool?: Partial<OfferedTool>) => ({
  capabilities: Object.fromEntries(names.map((name) => [name, {}])),
  ...(tool && { firstTool: { name: 'x', isReadOnly: false, needsArguments: false, ...tool } }),
});

describe.skipIf(!existsSync(suiteFolder()) && !process.env.CI)('the table of needs', () => {
  test('knows exactly the scenarios of the installed suite', () => {
    const listed = ERAS.flatMap((era) => listScenarios(era).map(({ scenario }) => scenario));
    expect([...knownIds.scenarios].sort()).toEqual([...new Set(listed)].sort());
  });

  test('names only checks that the installed suite has', () => {
    const source = readFileSync(join(suiteFolder(), 'dist/index.js'), 'utf8');
    expect(knownIds.checks.filter((id) => !source.includes(`\`${id}\``))).toEqual([]);
  });
});

test('lists are tested when they are offered, caching when any is', () => {
  expect(scenarioNeeds('prompts-list', offer(['tools']))).toBe('prompts');
  expect(scenarioNeeds('prompts-list', offer(['prompts']))).toBeUndefined();
  expect(scenarioNeeds('caching', offer([]))).toBe('tools or prompts or resources');
  expect(scenarioNeeds('caching', offer(['resources']))).toBeUndefined();
  expect(checkNeeds('sep-2549-tools-list-caching-hints', offer(['resources']))).toBe('tools');
});

test('the first tool is called only when that cannot do harm', () => {
  const needs = (tool?: Partial<OfferedTool>) =>
    scenarioNeeds('http-header-validation', offer(['tools'], tool));
  expect(needs()).toBe('a tool');
  expect(needs({})).toMatch(/^a first tool with required arguments or readOnlyHint: true/);
  expect(needs({ isReadOnly: true })).toBeUndefined();
  expect(needs({ needsArguments: true })).toBeUndefined();
  const whitespace = 'sep-2243-server-accepts-whitespace-header-value';
  expect(checkNeeds(whitespace, offer(['tools'], { isReadOnly: true }))).toBeUndefined();
  expect(checkNeeds(whitespace, offer(['tools'], { needsArguments: true }))).toMatch(/^a first/);
});

test('a scenario that this version does not know is not run', () => {
  expect(scenarioNeeds('brand-new', offer(['tools']))).toMatch(/newer mcp-host/);
});

test('a scenario fails by an applicable check only; recommendations fail nothing', () => {
  const outcomeOf = (...checks: readonly Check[]) =>
    judge('server-stateless', '2026-07-28', checks, offer(['tools']));
  const success: Check = { id: 'a', status: 'SUCCESS' };
  const fixture: Check = {
    id: 'sep-2575-server-no-log-without-loglevel',
    status: 'FAILURE',
    errorMessage: 'Not testable',
  };
  expect(outcomeOf(success, fixture)).toMatchObject({
    outcome: 'passed',
    checks: [
      { outcome: 'passed', message: null },
      { outcome: 'not applicable', message: 'needs fixture tool test_logging_tool' },
    ],
  });
  const warning: Check = { id: 'b', status: 'WARNING', errorMessage: 'should' };
  expect(outcomeOf(warning)).toMatchObject({
    outcome: 'passed',
    checks: [{ id: 'b', outcome: 'warning', message: 'should' }],
  });
  const failure: Check = { id: 'c', status: 'FAILURE', description: 'Does c' };
  expect(outcomeOf(success, failure)).toMatchObject({
    outcome: 'failed',
    checks: [{ outcome: 'passed' }, { outcome: 'failed', message: 'Does c' }],
  });
  const skipped: Check = { id: 'd', status: 'SKIPPED', details: { note: 'not declared' } };
  const information: Check = { id: 'e', status: 'INFO' };
  expect(outcomeOf(skipped, information)).toMatchObject({
    outcome: 'not applicable',
    checks: [{ id: 'd', outcome: 'not applicable', message: 'not declared' }],
  });
});
