// Every query of infra/monitoring is read by Microsoft's own Kusto parser, with the tables
// declared, and asks only for dimensions and metrics that this host writes.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ATTRIBUTES, EVENTS, METRICS } from '../../runtime/telemetry/names.ts';
import { problemsOf } from './kusto.ts';

const FOLDER = 'infra/monitoring';

const queries = readdirSync(FOLDER).filter((file) => file.endsWith('.kql'));

test('there are queries, and the parser finds what is wrong in one', () => {
  expect(queries.length).toBeGreaterThan(0);
  expect(problemsOf('requests | where durration > 1')).toHaveLength(1);
  expect(problemsOf('request | take 1')).toHaveLength(1);
  expect(problemsOf('requests | where (')).not.toEqual([]);
});

describe.each(queries)('%s', (file) => {
  const query = readFileSync(`${FOLDER}/${file}`, 'utf8');

  test('is a good query, with a line that says what it is for', () => {
    expect(problemsOf(query)).toEqual([]);
    expect(query).toMatch(/^\/\/ .*\.$/m);
  });

  test('asks for dimensions and metrics that are written', () => {
    const dimensions = [...query.matchAll(/customDimensions\["([^"]+)"\]/g)].map(
      ([, name]) => name,
    );
    expect(dimensions).not.toEqual([]);
    expect(Object.values(ATTRIBUTES)).toEqual(expect.arrayContaining(dimensions));
    const metrics = [...query.matchAll(/"((?:mcp\.host|mcp\.server\.operation|nodejs)\.[^"]+)"/g)];
    expect(Object.values(METRICS)).toEqual(expect.arrayContaining(metrics.map(([, name]) => name)));
  });

  test('asks for events that are written', () => {
    const events = query.includes('customEvents') ? [...query.matchAll(/name == "([^"]+)"/g)] : [];
    expect(query.includes('customEvents')).toBe(events.length > 0);
    expect(Object.values(EVENTS)).toEqual(expect.arrayContaining(events.map(([, name]) => name)));
  });

  test('counts rows by `itemCount`, which knows of sampling', () => {
    expect(query).not.toMatch(/\bcount(if)?\(/);
  });
});
