// The time server as a whole and its tool get-current-time, through an SDK v2 client.

import type { Client } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectTime, textOf } from './connect.ts';

const NOW_MS = Date.parse('2026-07-01T23:30:15.987Z');

let client: Client;

beforeEach(async () => {
  client = await connectTime(() => NOW_MS);
});

afterEach(() => client.close());

const currentTime = (args: Record<string, unknown>) =>
  client.callTool({ name: 'get-current-time', arguments: args });

test('lists two read-only tools with titles and schemas for what goes in and comes out', async () => {
  const { tools } = await client.listTools();

  expect(tools.map((tool) => tool.name)).toEqual(['get-current-time', 'convert-time']);
  for (const tool of tools) {
    expect(tool).toMatchObject({
      title: expect.any(String),
      description: expect.any(String),
      annotations: { readOnlyHint: true, openWorldHint: false },
      outputSchema: { type: 'object' },
    });
    for (const input of Object.values(tool.inputSchema.properties ?? {})) {
      expect(input).toHaveProperty('description');
    }
  }
});

test('says that its tools never change, so that clients hold no stream open', () => {
  expect(client.getServerCapabilities()).toEqual({ tools: { listChanged: false } });
});

test('reads the real clock unless given another', async () => {
  const other = await connectTime();

  const before = Math.floor(Date.now() / 1000) * 1000;
  const result = await other.callTool({ name: 'get-current-time', arguments: {} });

  const { utc } = result.structuredContent as { utc: string };
  expect(Date.parse(utc)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(utc)).toBeLessThanOrEqual(Date.now());
  await other.close();
});

test('returns the time in UTC when no zone is named, as data and as text', async () => {
  const result = await currentTime({});

  expect(result.isError).toBeUndefined();
  expect(result.structuredContent).toEqual({
    timeZone: 'UTC',
    dateTime: '2026-07-01T23:30:15+00:00',
    utc: '2026-07-01T23:30:15Z',
    utcOffset: '+00:00',
    dayOfWeek: 'Wednesday',
  });
  expect(textOf(result)).toBe('Wednesday, 2026-07-01 23:30:15 in UTC (UTC+00:00)');
});

test.each([
  { timeZone: 'Europe/Paris', dateTime: '2026-07-02T01:30:15+02:00', dayOfWeek: 'Thursday' },
  { timeZone: 'America/New_York', dateTime: '2026-07-01T19:30:15-04:00', dayOfWeek: 'Wednesday' },
  { timeZone: 'Asia/Kolkata', dateTime: '2026-07-02T05:00:15+05:30', dayOfWeek: 'Thursday' },
  { timeZone: 'Pacific/Chatham', dateTime: '2026-07-02T12:15:15+12:45', dayOfWeek: 'Thursday' },
  { timeZone: 'America/St_Johns', dateTime: '2026-07-01T21:00:15-02:30', dayOfWeek: 'Wednesday' },
  { timeZone: 'europe/paris', dateTime: '2026-07-02T01:30:15+02:00', dayOfWeek: 'Thursday' },
])('shows $timeZone at $dateTime', async ({ timeZone, dateTime, dayOfWeek }) => {
  const result = await currentTime({ timeZone });

  expect(result.structuredContent).toMatchObject({
    timeZone,
    dateTime,
    dayOfWeek,
    utc: '2026-07-01T23:30:15Z',
  });
});

test.each(['Mars/Olympus', '', '+02:00', 'UTC+2', 'Europe/Paris ', '../etc', 'a"b'])(
  'names the unknown zone %j and says how to write one',
  async (timeZone) => {
    const result = await currentTime({ timeZone });

    expect(result.isError).toBe(true);
    expect(textOf(result)).toBe(
      `Unknown time zone ${JSON.stringify(timeZone)}. ` +
        'Write an IANA name such as "Europe/Paris", "America/New_York" or "UTC".',
    );
  },
);

test('repeats at most 64 characters of an unknown zone', async () => {
  const result = await currentTime({ timeZone: 'x'.repeat(100_000) });

  expect(result.isError).toBe(true);
  expect(textOf(result)).toContain(`Unknown time zone "${'x'.repeat(64)}".`);
});
