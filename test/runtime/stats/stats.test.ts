// `--stats`: counts and latencies per server and tool. test/e2e/terminal.test.ts has the terminal.

import { describe, expect, test } from 'vitest';
import { createCounts, type Row } from '../../../runtime/stats/counts.ts';
import { statsTable } from '../../../runtime/stats/table.ts';
import { spawnHost } from '../../e2e/spawn-host.ts';
import { post } from '../post.ts';

const YAML = `
defaults: { auth: anonymous }
servers:
  alpha: { module: ./observed.mjs, instance: shared }
  beta: { module: ./observed.mjs }
`;

const call = (name: string, args: object = {}) => ({
  jsonrpc: '2.0' as const,
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args },
});

/** Cells of the line of `server` and `message`. */
function cells(table: string, server: string, message: string): string[] {
  const line = table
    .split('\n')
    .findLast((text) => text.includes(`${server} `) && text.includes(message));
  return line?.trim().split(/ {2,}/) ?? [];
}

test('the process shows calls, failures and latencies per server and tool', async () => {
  const host = await spawnHost({ yaml: YAML, arguments: ['--stats'] });
  const url = await host.url();
  for (const text of ['a', 'b', 'c']) await post(`${url}/alpha/mcp`, call('echo', { text }));
  await post(`${url}/alpha/mcp`, call('boom'));
  await post(`${url}/beta/mcp`, call('echo', { text: 'd' }));
  await post(`${url}/beta/mcp`, []);
  await host.waitForLog(({ text }) => String(text).includes('refused: 1'));
  const shown = host.logs.map(({ text }) => text ?? '').join('\n');
  expect(cells(shown, 'alpha', 'tools/call echo').slice(2, 4)).toEqual(['3', '0']);
  expect(cells(shown, 'alpha', 'tools/call boom').slice(2, 4)).toEqual(['1', '1']);
  expect(cells(shown, 'beta', 'tools/call echo').slice(2, 4)).toEqual(['1', '0']);
  for (const cell of cells(shown, 'alpha', 'tools/call echo').slice(4)) {
    expect(cell).toMatch(/^\d+\.\d$/);
  }
});

test('another argument ends the start with its fix', async () => {
  const host = await spawnHost({ yaml: YAML, arguments: ['--statistics'] });
  expect(await host.exited).toMatchObject({ code: 1 });
  expect(host.stderr()).toBe(
    'Arguments: expected --stats or none, got "--statistics". Fix: npm start -- --stats\n',
  );
});

const exchange = (name: string) =>
  ({ request: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } } }) as never;

test('10,000 made-up names are 101 rows, and nothing in them moves a cursor', () => {
  const counts = createCounts(() => {});
  for (let number = 0; number < 10_000; number += 1) {
    const observation = counts.observer.start('alpha', exchange(`\u001b[2J${number}`), 0);
    observation.end({ outcome: 'ok' });
  }
  expect(counts.rows()).toHaveLength(101);
  expect(counts.inFlight()).toBe(0);
  expect(statsTable(counts).join('\n')).not.toContain('\u001b');
});

test('percentiles come from the latest durations of a row', () => {
  const durationsMs = Array.from({ length: 100 }, (_, index) => 100 - index);
  const row = { server: 'alpha', target: 'ping', calls: 100, failed: 0, durationsMs };
  const table = statsTable({ rows: () => [row], refused: () => 0, inFlight: () => 2 });
  expect(table).toEqual([
    '',
    '  server  message  calls  failed  p50 ms  p95 ms  max ms',
    '  alpha   ping       100       0    51.0    96.0   100.0',
    '  in flight: 2, refused: 0',
  ]);
});

describe('a table that does not fit the terminal', () => {
  const rowOf = (target: string, calls = 3) => ({
    ...{ server: 'forecasts', target, calls, failed: 1 },
    durationsMs: [1, 2, 3],
  });
  const counts = (rows: readonly Row[]) => ({
    rows: () => rows,
    refused: () => 0,
    inFlight: () => 0,
  });
  const rows = [rowOf('tools/call get-current-weather-of-many-places')];

  test.each([
    [
      'cuts the beginning of long names first',
      80,
      [
        '  server     message                       calls  failed  p50 ms  p95 ms  max ms',
        '  forecasts  …rent-weather-of-many-places      3       1     2.0     3.0     3.0',
      ],
    ],
    [
      'then leaves out numbers, but never the failures',
      40,
      ['  server     message       calls  failed', '  forecasts  …many-places      3       1'],
    ],
  ])('%s', (_, columns, expected) => {
    const lines = statsTable(counts(rows), { columns, rows: 24 });
    expect(lines.slice(1, 3)).toEqual(expected);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
  });

  test.each([1, 5, 10, 20])('is never wider than %i columns', (columns) => {
    for (const line of statsTable(counts(rows), { columns })) {
      expect(line.length).toBeLessThanOrEqual(columns);
    }
  });

  test('shows the rows with most calls and counts the others', () => {
    const many = Array.from({ length: 30 }, (_, index) => rowOf(`call-${index}`, index));
    const lines = statsTable(counts(many), { columns: 80, rows: 12 });
    expect(lines).toHaveLength(11);
    expect(lines.filter((line) => / call-2[3-9] /.test(line))).toHaveLength(7);
    expect(lines.at(-2)).toBe('  and 23 with fewer calls');
  });
});
