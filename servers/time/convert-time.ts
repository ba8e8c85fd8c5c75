// Tool convert-time: one wall clock, read in one time zone, as another time zone shows it.

import type { CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import {
  type ClockChange,
  instantOf,
  openTimeZone,
  type TimeZone,
  wallClockAt,
} from './time-zone.ts';
import { describeZonedTime, zonedTime, zonedTimeSchema } from './zoned-time.ts';

// Years 1900 to 2999: time zones begin about there, and all years have four digits.
const TIME = /^(?:((?:19|2\d)\d\d-\d\d-\d\d)[T ])?(\d\d:\d\d(?::\d\d)?)$/;
const TIME_HINT = 'Expected a time such as "2026-07-01T14:30" or "14:30", without UTC offset';

// At module level, because the server is built for each request and schemas are what costs.
const TOOL = {
  title: 'Convert time',
  description:
    'Converts a date and time from one time zone to another. Works offline. A time that a clock ' +
    'change skips moves forward by the length of the gap. If a time occurs twice, the first one is used.',
  inputSchema: z.object({
    time: z
      .string()
      .regex(TIME, TIME_HINT)
      .describe('2026-07-01T14:30 or 2026-07-01T14:30:00, or 14:30 for today in fromTimeZone'),
    fromTimeZone: z.string().describe('IANA time zone of `time`, such as Europe/Paris'),
    toTimeZone: z.string().describe('IANA time zone to convert to, such as Asia/Tokyo'),
  }),
  outputSchema: z.object({
    from: zonedTimeSchema,
    to: zonedTimeSchema,
    clockChange: z
      .enum(['none', 'skipped', 'repeated'])
      .describe('Whether `time` does not exist, or exists twice, on that day in fromTimeZone'),
  }),
  annotations: { readOnlyHint: true, openWorldHint: false },
};

const NOTES: Readonly<Record<ClockChange, string>> = {
  none: '',
  skipped: ' The time asked for does not exist on that day: clocks move forward over it.',
  repeated: ' The time asked for occurs twice on that day: this is the first.',
};

/**
 * Adds the tool to `server`; `now` gives the instant that "today" means, in milliseconds of the
 * epoch.
 */
export function registerConvertTime(server: McpServer, now: () => number): void {
  // The SDK turns what is thrown in here into an `isError` result with its text.
  server.registerTool('convert-time', TOOL, (input): CallToolResult => {
    const fromZone = openTimeZone(input.fromTimeZone);
    const toZone = openTimeZone(input.toTimeZone);
    const wallClockMs = parseWallClock(input.time, fromZone, now());
    const { instantMs, clockChange } = instantOf(fromZone, wallClockMs);
    const from = zonedTime(fromZone, instantMs);
    const to = zonedTime(toZone, instantMs);
    const text = `${describeZonedTime(from)} is ${describeZonedTime(to)}.${NOTES[clockChange]}`;
    return { content: [{ type: 'text', text }], structuredContent: { from, to, clockChange } };
  });
}

/** @throws Error for a date or time that no calendar has, such as 30 February. */
function parseWallClock(time: string, zone: TimeZone, nowMs: number): number {
  const [, date, clock] = TIME.exec(time) ?? [];
  const today = new Date(wallClockAt(zone, nowMs)).toISOString().slice(0, 10);
  const text = `${date ?? today}T${clock}`;
  const wallClockMs = Date.parse(`${text}Z`);
  // Date.parse moves 30 February to March: what comes back differs from what went in.
  if (Number.isNaN(wallClockMs) || !new Date(wallClockMs).toISOString().startsWith(text)) {
    throw new Error(`No such date or time: ${text}.`);
  }
  return wallClockMs;
}
