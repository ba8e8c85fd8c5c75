// The result for people: one table, then everything that was not expected.

import { firstLineOf } from '../../cli/conformance/report.ts';
import type { Finding, Verdict } from './judge.ts';
import { type Count, countChecks, countScenarios, type Run } from './results.ts';

const HEADINGS = ['server', 'SDK', 'instance', 'era', 'scenarios', 'checks', 'wanted'];

export function formatTable(runs: readonly Run[]): string {
  const rows = runs.map((run) => [
    run.mount.name,
    run.mount.sdk,
    run.mount.instance,
    run.era,
    fraction(countScenarios(run)),
    fraction(countChecks(run, 'scored')),
    fraction(countChecks(run, 'wanted')),
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => (row[column] as string).length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] as number))
      .join('  ')
      .trimEnd();
  return [HEADINGS, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('\n');
}

export function formatVerdict({ unexpected, expected, stale }: Verdict): string {
  return [
    section('Failed, and not in test/conformance/expected-failures.ts:', unexpected),
    section('Stale: passes now, so delete it from test/conformance/expected-failures.ts:', stale),
    `${expected.length} failed checks are expected, ${unexpected.length} are not; ${stale.length} stale entries.`,
  ]
    .filter(Boolean)
    .join('\n\n');
}

function section(title: string, findings: readonly Finding[]): string {
  if (findings.length === 0) return '';
  const lines = findings.map(
    ({ mount, era, target, message }) =>
      `  ${mount}  ${era}  ${target}\n    ${firstLineOf(message)}`,
  );
  return [title, ...lines].join('\n');
}

function fraction({ passed, all }: Count): string {
  return all === 0 ? '-' : `${passed}/${all}`;
}
