// `--stats`: counts and latencies per server and tool, on a terminal and in a pipe.

import { expect, test } from 'vitest';
import { createCounts } from '../../../runtime/stats/counts.ts';
import { createLiveStats } from '../../../runtime/stats/live-stats.ts';
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
  expect(statsTable(counts)).not.toContain('\u001b');
});

test('percentiles come from the latest durations of a row', () => {
  const durationsMs = Array.from({ length: 100 }, (_, index) => index + 1);
  const row = { server: 'alpha', target: 'ping', calls: 100, failed: 0, durationsMs };
  const table = statsTable({ rows: () => [row], refused: () => 0, inFlight: () => 2 });
  expect(table).toBe(
    [
      '',
      '  server  message  calls  failed  p50 ms  p95 ms  max ms',
      '  alpha   ping       100       0    51.0    96.0   100.0',
      '  in flight: 2, refused: 0',
      '',
    ].join('\n'),
  );
});

test('on a terminal log lines go above the table, which is drawn once below them', async () => {
  let screen = '';
  const output = {
    isTTY: true,
    write(text: string) {
      screen += text;
      return true;
    },
  };
  const { observing, logDestination } = createLiveStats(output);
  const until = async (text: string): Promise<void> => {
    while (!rendered(screen).includes(text)) await new Promise(setImmediate);
  };
  observing.observer?.start('alpha', exchange('echo'), 0).end({ outcome: 'ok' });
  await until('tools/call echo');
  logDestination.write('a log line\n');
  observing.observer?.start('alpha', exchange('boom'), 0).end({ outcome: 'tool-error' });
  await until('tools/call boom');
  const lines = rendered(screen).split('\n');
  expect(lines[0]).toBe('a log line');
  expect(lines.filter((line) => line.includes('server'))).toHaveLength(1);
});

/** What a terminal shows: "up N lines" and "erase below" are all that is used. */
function rendered(written: string): string {
  const [first = '', ...parts] = written.split('\u001b[');
  let text = first;
  for (const part of parts) {
    const up = /^(\d+)A/.exec(part)?.[1];
    // The lines that it goes up, and the empty one in which it stands.
    if (up)
      text = text
        .split('\n')
        .slice(0, -1 - Number(up))
        .concat('')
        .join('\n');
    text += part.replace(/^(\d+A|J)/, '');
  }
  return text;
}
