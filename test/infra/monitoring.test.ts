// The workbook and the alert rules: made of the queries of infra/monitoring, each used once, and
// what a chart or a rule looks at is a column of its query.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { resourcesOf } from '../../standins/gateway/snapshot.ts';
import { tableRows } from '../docs/markdown.ts';
import { cases, readSnapshot } from './cases.ts';
import { columnsOf } from './kusto.ts';
import { workbookSchema } from './workbook-schema.ts';

const RULES = 'Microsoft.Insights/scheduledQueryRules';
const ACTION_GROUPS = 'Microsoft.Insights/actionGroups';
const ruleSchema = z.object({
  enabled: z.boolean(),
  scopes: z.tuple([z.string()]),
  criteria: z.object({
    allOf: z.tuple([
      z.object({
        query: z.string(),
        metricMeasureColumn: z.string(),
        operator: z.literal('GreaterThanOrEqual'),
        threshold: z.number(),
        dimensions: z.tuple([z.object({ name: z.string() })]),
      }),
    ]),
  }),
  actions: z.object({ actionGroups: z.tuple([z.string()]) }),
});

function workbookOf(name: string) {
  const found = resourcesOf(readSnapshot(name), 'Microsoft.Insights/workbooks');
  expect(found).toHaveLength(1);
  const properties = found[0]?.properties;
  return { properties, ...workbookSchema.parse(JSON.parse(properties.serializedData)) };
}

function rulesOf(name: string) {
  return resourcesOf(readSnapshot(name), RULES).map((rule) => ({
    name: String(rule.name),
    ...ruleSchema.parse(rule.properties),
  }));
}

const tiles = workbookOf('sample').items.filter((item) => item.type === 3);
const rules = rulesOf('alerts');

test('each file of infra/monitoring is the query of one tile or one alert rule, word for word', () => {
  const files = readdirSync('infra/monitoring').filter((file) => file.endsWith('.kql'));
  const texts = files.map((file) => readFileSync(`infra/monitoring/${file}`, 'utf8'));
  const used = [
    ...tiles.map(({ content }) => content.query),
    ...rules.map(({ criteria }) => criteria.allOf[0].query),
  ];
  expect(used.toSorted()).toEqual(texts.toSorted());
  const ofAlerts = files.filter((file) => file.startsWith('alert-'));
  expect(ofAlerts).toHaveLength(rules.length);
});

describe('the workbook', () => {
  test.each(cases)('is the same in every deployment: $name', ({ name }) => {
    const { properties, items, fallbackResourceIds } = workbookOf(name);
    const [insights] = resourcesOf(readSnapshot(name), 'Microsoft.Insights/components');
    expect(properties).toMatchObject({ category: 'workbook', sourceId: insights?.id });
    expect(fallbackResourceIds).toEqual([insights?.id]);
    expect(items).toEqual(workbookOf('sample').items);
  });

  test('has the parts that docs/monitoring.md lists', () => {
    const headings = workbookOf('sample').items.flatMap((item) =>
      item.type === 1 ? [/^## (.*)$/m.exec(item.content.json)?.[1]] : [],
    );
    expect(headings).toEqual(tableRows('docs/monitoring.md', 'part').map(([part]) => part));
  });

  test('each tile has a name of its own, below the heading that it begins with', () => {
    const names = workbookOf('sample').items.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    let heading = '';
    for (const item of workbookOf('sample').items) {
      if (item.type === 1) heading = item.name;
      if (item.type === 3) expect(item.name).toBe(`${heading}: ${item.content.title}`);
    }
  });

  const charts = tiles.flatMap(({ name, content }) =>
    content.visualization === 'table' ? [] : [{ name, ...content }],
  );

  test.each(charts)('draws columns of the query: $name', ({ query, chartSettings }) => {
    const columns = columnsOf(query);
    const { xAxis, yAxis, group } = chartSettings;
    expect(columns[xAxis]).toBe('datetime');
    expect(columns[yAxis[0]]).toMatch(/^(long|real)$/);
    if (group !== undefined) expect(columns[group]).toBe('string');
    expect(Object.keys(columns)).toHaveLength(group === undefined ? 2 : 3);
  });

  test.each(tiles)(
    'orders the rows, so that a limit keeps the right ones: $name',
    ({ content }) => {
      expect(content.query).toMatch(/^\| order by /m);
      expect(content.query).not.toContain('ago(');
    },
  );
});

describe('the alert rules', () => {
  test.each(cases)(
    'are there when there is an address, and in force when they are enabled: $name',
    ({ name, settings }) => {
      const snapshot = readSnapshot(name);
      const groups = resourcesOf(snapshot, ACTION_GROUPS);
      const isThere = settings.ALERT_EMAIL !== undefined;
      expect(groups).toHaveLength(isThere ? 1 : 0);
      expect(rulesOf(name)).toHaveLength(isThere ? 4 : 0);
      for (const { enabled, actions } of rulesOf(name)) {
        expect(enabled).toBe(settings.ALERTS_ENABLED === 'true');
        expect(actions.actionGroups).toEqual([groups[0]?.id]);
      }
      for (const { properties } of groups) {
        expect(properties).toMatchObject({
          enabled: true,
          emailReceivers: [{ emailAddress: settings.ALERT_EMAIL }],
        });
        expect(properties.groupShortName.length).toBeLessThanOrEqual(12);
      }
    },
  );

  test('are tried in all three states', () => {
    const states = cases.map(({ name }) => rulesOf(name)[0]?.enabled);
    expect(new Set(states)).toEqual(new Set([undefined, false, true]));
  });

  test('are those that docs/monitoring.md lists', () => {
    const documented = tableRows('docs/monitoring.md', 'rule').map(([name]) => name);
    expect(rules.map(({ name }) => name)).toEqual(documented);
  });

  test('have the thresholds that are set, and those of the documentation otherwise', () => {
    const thresholds = (name: string) =>
      Object.fromEntries(
        rulesOf(name).map((rule) => [rule.name, rule.criteria.allOf[0].threshold]),
      );
    expect(thresholds('alerts')).toEqual({
      'mcp-failures': 25,
      'mcp-latency': 2500,
      'mcp-unavailable': 1,
      'mcp-refusals': 7,
    });
    expect(thresholds('network')).toEqual({
      'mcp-failures': 10,
      'mcp-latency': 10_000,
      'mcp-unavailable': 1,
      'mcp-refusals': 100,
    });
  });

  test.each(rules)('$name measures a column of its query, once for each server', (rule) => {
    const [{ query, metricMeasureColumn, dimensions }] = rule.criteria.allOf;
    const columns = columnsOf(query);
    expect(Object.keys(columns).toSorted()).toEqual(['server', metricMeasureColumn].toSorted());
    expect(columns[metricMeasureColumn]).toMatch(/^(long|real)$/);
    expect(dimensions[0].name).toBe('server');
  });

  test.each(rules)('$name looks at the Application Insights of its deployment', ({ scopes }) => {
    const [insights] = resourcesOf(readSnapshot('alerts'), 'Microsoft.Insights/components');
    expect(scopes).toEqual([insights?.id]);
  });
});
