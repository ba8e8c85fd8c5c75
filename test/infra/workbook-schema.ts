// The parts of a workbook that ours is made of, and no other keys: the portal says nothing about a
// misspelt one. After the published schema, which says next to nothing about queries
// (https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json),
// and after workbooks that the portal exported.

import { z } from 'zod';

const APPLICATION_INSIGHTS = z.literal('microsoft.insights/components');
const sizedItem = { name: z.string().min(1), customWidth: z.enum(['33', '50']).optional() };
const duration = z.strictObject({ durationMs: z.int().min(1) });

const markdownSchema = z.strictObject({
  type: z.literal(1),
  name: z.string(),
  content: z.strictObject({ json: z.string().startsWith('## ') }),
});

const parametersSchema = z.strictObject({
  type: z.literal(9),
  name: z.string(),
  content: z.strictObject({
    version: z.literal('KqlParameterItem/1.0'),
    style: z.literal('pills'),
    queryType: z.literal(0),
    resourceType: APPLICATION_INSIGHTS,
    parameters: z.tuple([
      z.strictObject({
        id: z.guid(),
        version: z.literal('KqlParameterItem/1.0'),
        name: z.literal('TimeRange'),
        label: z.string(),
        type: z.literal(4),
        isRequired: z.literal(true),
        value: duration,
        typeSettings: z.strictObject({
          selectableValues: z.array(duration),
          allowCustom: z.literal(true),
        }),
      }),
    ]),
  }),
});

const queryContent = {
  version: z.literal('KqlItem/1.0'),
  title: z.string().min(1),
  query: z.string().min(1),
  size: z.literal(0),
  queryType: z.literal(0),
  resourceType: APPLICATION_INSIGHTS,
  timeContext: z.strictObject({ durationMs: z.literal(0) }),
  timeContextFromParameter: z.literal('TimeRange'),
  noDataMessage: z.string(),
};

const tableSchema = z.strictObject({
  ...queryContent,
  visualization: z.literal('table'),
  gridSettings: z.strictObject({ rowLimit: z.int().max(10_000), filter: z.boolean() }),
});

const chartSchema = z.strictObject({
  ...queryContent,
  visualization: z.enum(['timechart', 'barchart']),
  chartSettings: z.strictObject({
    xAxis: z.string(),
    yAxis: z.tuple([z.string()]),
    group: z.string().optional(),
  }),
});

const querySchema = z.strictObject({
  ...sizedItem,
  type: z.literal(3),
  content: z.discriminatedUnion('visualization', [tableSchema, chartSchema]),
});

/** What `serializedData` of the workbook must be. */
export const workbookSchema = z.strictObject({
  version: z.literal('Notebook/1.0'),
  items: z.array(z.discriminatedUnion('type', [markdownSchema, parametersSchema, querySchema])),
  fallbackResourceIds: z.tuple([z.string()]),
  $schema: z.url(),
});
