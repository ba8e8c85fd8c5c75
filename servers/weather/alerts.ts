// Tool get-alerts: the active weather alerts of one US state or territory, most severe first.

import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { failureResult } from './failure.ts';
import type { NwsClient } from './nws.ts';
import type { AlertReply } from './nws-replies.ts';

const MAX_ALERTS_SHOWN = 25;
const SEVERITIES = ['Extreme', 'Severe', 'Moderate', 'Minor'];

const inputSchema = z.object({
  state: z
    .string()
    .regex(/^[A-Za-z]{2}$/, 'Expected the two letters of a US state or territory, such as CA')
    .toUpperCase()
    .describe('Two-letter code of a US state or territory, such as CA or NY'),
});

const alertSchema = z.object({
  event: z.string().nullable().describe('Kind of alert, such as "Flood Warning"'),
  severity: z.string().nullable().describe('Extreme, Severe, Moderate, Minor or Unknown'),
  urgency: z.string().nullable().describe('Immediate, Expected, Future, Past or Unknown'),
  status: z.string().nullable().describe('Actual, or Exercise, System, Test, Draft'),
  area: z.string().nullable().describe('Counties or zones it is for'),
  headline: z.string().nullable(),
  onset: z.string().nullable().describe('Expected begin, ISO 8601'),
  expires: z.string().nullable().describe('When the alert text expires, ISO 8601'),
});

const outputSchema = z.object({
  state: z.string(),
  total: z.number().int().min(0).describe('Number of active alerts'),
  alerts: z.array(alertSchema).max(MAX_ALERTS_SHOWN).describe('The most severe of them'),
});

type Alert = z.infer<typeof alertSchema>;

/** Adds the tool to `server`; `nws` answers its lookups. */
export function registerGetAlerts(server: McpServer, nws: NwsClient): void {
  server.registerTool(
    'get-alerts',
    {
      title: 'Get weather alerts',
      description:
        'Active weather alerts of the US National Weather Service for one state or territory, ' +
        `the ${MAX_ALERTS_SHOWN} most severe at most.`,
      inputSchema,
      outputSchema,
      annotations: { readOnlyHint: true, openWorldHint: true },
    },
    async ({ state }, { signal }) => {
      try {
        const replies = await nws.activeAlerts(state, signal);
        const alerts = replies.map(toAlert).sort(bySeverity).slice(0, MAX_ALERTS_SHOWN);
        const output = { state, total: replies.length, alerts };
        return {
          content: [{ type: 'text', text: describeAlerts(output) }],
          structuredContent: output,
        };
      } catch (error) {
        return failureResult(`the alerts of ${state}`, error, { 400: 'does not know this area' });
      }
    },
  );
}

function toAlert({ areaDesc, ...rest }: AlertReply): Alert {
  return { ...rest, area: areaDesc };
}

function bySeverity(a: Alert, b: Alert): number {
  return severityRank(a) - severityRank(b);
}

function severityRank({ severity }: Alert): number {
  const rank = SEVERITIES.indexOf(severity ?? '');
  return rank === -1 ? SEVERITIES.length : rank;
}

function describeAlerts({ state, total, alerts }: z.infer<typeof outputSchema>): string {
  if (total === 0) return `No active alerts in ${state}.`;
  const shown = total > alerts.length ? `; the ${alerts.length} most severe` : '';
  const heading = `${total} active ${total === 1 ? 'alert' : 'alerts'} in ${state}${shown}:`;
  return [heading, ...alerts.map(describeAlert)].join('\n\n');
}

function describeAlert(alert: Alert): string {
  return [
    `${alert.event ?? 'Unnamed alert'} (severity ${alert.severity ?? 'Unknown'})`,
    `Area: ${alert.area ?? 'not given'}`,
    `Status: ${alert.status ?? 'not given'}; expires: ${alert.expires ?? 'not given'}`,
    alert.headline ?? 'No headline',
  ].join('\n');
}
