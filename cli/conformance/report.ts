// The result for people: one table of all scenarios, and under it what failed, what is only
// recommended, and which checks of a tested scenario did not apply.

import { renderTable } from '../table.ts';
import { bold, green } from '../terminal.ts';
import type { Era } from './eras.ts';
import type { CheckOutcome, ScenarioOutcome } from './outcome.ts';

const LONGEST_MESSAGE = 300;

/** One line of what a check says: it may repeat a whole answer. */
export function firstLineOf(message: string): string {
  const [line = ''] = message.split('\n');
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE)}…` : line;
}

/** Tested scenarios come first, the others with what they need. */
export function renderOutcomes(
  eras: readonly Era[],
  outcomes: readonly ScenarioOutcome[],
): string[] {
  return [
    ...renderTable(['SCENARIO', ...eras, 'NEEDS'], rows(eras, outcomes)),
    ...section('Failed:', findings(outcomes, 'failed')),
    ...section('Recommendations that the server does not follow:', findings(outcomes, 'warning')),
    ...section('Checks of tested scenarios that do not apply:', unmetNeeds(outcomes)),
    '',
    summary(outcomes),
  ];
}

function rows(eras: readonly Era[], outcomes: readonly ScenarioOutcome[]): string[][] {
  const names = [...new Set(outcomes.map(({ scenario }) => scenario))];
  const isTested = (name: string): boolean =>
    outcomes.some(({ scenario, needs }) => scenario === name && needs === null);
  const ordered = [...names.filter(isTested), ...names.filter((name) => !isTested(name))];
  return ordered.map((name) => {
    const found = eras.map((era) =>
      outcomes.find((outcome) => outcome.scenario === name && outcome.era === era),
    );
    const needs = new Set(found.flatMap((outcome) => outcome?.needs ?? []));
    return [name, ...found.map(cell), [...needs].join('; ')];
  });
}

/** An era that does not have the scenario has a dash. */
function cell(outcome: ScenarioOutcome | undefined): string {
  if (!outcome) return '-';
  if (outcome.outcome === 'not applicable') return outcome.outcome;
  const passed = outcome.checks.filter((check) => check.outcome === 'passed').length;
  const failed = outcome.checks.filter((check) => check.outcome === 'failed').length;
  return `${outcome.outcome} ${passed}/${passed + failed}`;
}

function findings(outcomes: readonly ScenarioOutcome[], wanted: CheckOutcome['outcome']): string[] {
  return outcomes.flatMap(({ scenario, era, checks }) =>
    checks
      .filter(({ outcome }) => outcome === wanted)
      .flatMap(({ id, message }) => [
        `  ${scenario}  ${era}  ${id}`,
        `    ${firstLineOf(message ?? '')}`,
      ]),
  );
}

/** Each need once, with the checks that have it. */
function unmetNeeds(outcomes: readonly ScenarioOutcome[]): string[] {
  return outcomes.flatMap(({ scenario, era, checks }) => {
    const unmet = checks.filter(({ outcome }) => outcome === 'not applicable');
    const messages = [...new Set(unmet.map(({ message }) => message))];
    return messages.flatMap((message) => {
      const ids = unmet.filter((check) => check.message === message).map(({ id }) => id);
      return [`  ${scenario}  ${era}  ${firstLineOf(message ?? '')}`, `    ${ids.join(', ')}`];
    });
  });
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function summary(outcomes: readonly ScenarioOutcome[]): string {
  const count = (wanted: ScenarioOutcome['outcome']): number =>
    outcomes.filter(({ outcome }) => outcome === wanted).length;
  const failed = count('failed');
  const text =
    `${count('passed')} scenarios passed, ${failed} failed, ` +
    `${count('not applicable')} are not applicable.`;
  return failed === 0 ? green(text) : bold(text);
}
