// Tool convert-time through an SDK v2 client, with a clock that stands still.

import type { Client } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectTime, textOf } from './connect.ts';

const NOW_MS = Date.parse('2026-07-01T23:30:15.987Z');

let client: Client;

beforeEach(async () => {
  client = await connectTime(() => NOW_MS);
});

afterEach(() => client.close());

const convert = (time: string, fromTimeZone: string, toTimeZone: string) =>
  client.callTool({ name: 'convert-time', arguments: { time, fromTimeZone, toTimeZone } });

test('returns both sides of a conversion as data and as text', async () => {
  const result = await convert('2026-07-01T14:30', 'Europe/Paris', 'Asia/Tokyo');

  expect(result.structuredContent).toEqual({
    from: {
      timeZone: 'Europe/Paris',
      dateTime: '2026-07-01T14:30:00+02:00',
      utc: '2026-07-01T12:30:00Z',
      utcOffset: '+02:00',
      dayOfWeek: 'Wednesday',
    },
    to: {
      timeZone: 'Asia/Tokyo',
      dateTime: '2026-07-01T21:30:00+09:00',
      utc: '2026-07-01T12:30:00Z',
      utcOffset: '+09:00',
      dayOfWeek: 'Wednesday',
    },
    clockChange: 'none',
  });
  expect(textOf(result)).toBe(
    'Wednesday, 2026-07-01 14:30:00 in Europe/Paris (UTC+02:00) is ' +
      'Wednesday, 2026-07-01 21:30:00 in Asia/Tokyo (UTC+09:00).',
  );
});

test.each([
  { time: '14:30', from: 'Asia/Tokyo', utc: '2026-07-02T05:30:00Z', why: 'today in Tokyo' },
  { time: '14:30', from: 'Etc/GMT+12', utc: '2026-07-02T02:30:00Z', why: 'today at UTC-12' },
  { time: '14:30:05', from: 'UTC', utc: '2026-07-01T14:30:05Z', why: 'with seconds' },
  { time: '2026-01-01 00:00', from: 'UTC', utc: '2026-01-01T00:00:00Z', why: 'with a blank' },
  { time: '2024-02-29T12:00', from: 'UTC', utc: '2024-02-29T12:00:00Z', why: 'a leap day' },
  { time: '1971-01-01T00:00', from: 'Africa/Monrovia', utc: '1971-01-01T00:44:30Z', why: 'LMT' },
  { time: '2999-12-31T23:59', from: 'UTC', utc: '2999-12-31T23:59:00Z', why: 'the last year' },
  { time: '1900-01-01T00:00', from: 'UTC', utc: '1900-01-01T00:00:00Z', why: 'the first year' },
])('reads $time in $from as $utc ($why)', async ({ time, from, utc }) => {
  const result = await convert(time, from, 'UTC');

  expect(result.structuredContent).toMatchObject({ from: { utc }, to: { utc } });
});

test('writes an offset that has seconds with its seconds', async () => {
  const result = await convert('1971-01-01T00:00', 'Africa/Monrovia', 'UTC');

  expect(result.structuredContent).toMatchObject({
    from: { dateTime: '1971-01-01T00:00:00-00:44:30' },
  });
});

// The expected moments are those of Temporal with disambiguation "compatible".
test.each([
  { zone: 'Europe/Berlin', time: '2026-03-29T01:59:59', utc: '00:59:59Z', change: 'none' },
  { zone: 'Europe/Berlin', time: '2026-03-29T02:00', utc: '01:00:00Z', change: 'skipped' },
  { zone: 'Europe/Berlin', time: '2026-03-29T02:30', utc: '01:30:00Z', change: 'skipped' },
  { zone: 'Europe/Berlin', time: '2026-03-29T03:00', utc: '01:00:00Z', change: 'none' },
  { zone: 'Europe/Berlin', time: '2026-10-25T01:59:59', utc: '23:59:59Z', change: 'none' },
  { zone: 'Europe/Berlin', time: '2026-10-25T02:00', utc: '00:00:00Z', change: 'repeated' },
  { zone: 'Europe/Berlin', time: '2026-10-25T02:59:59', utc: '00:59:59Z', change: 'repeated' },
  { zone: 'Europe/Berlin', time: '2026-10-25T03:00', utc: '02:00:00Z', change: 'none' },
  { zone: 'America/New_York', time: '2026-03-08T02:30', utc: '07:30:00Z', change: 'skipped' },
  { zone: 'America/New_York', time: '2026-11-01T01:30', utc: '05:30:00Z', change: 'repeated' },
  { zone: 'Australia/Lord_Howe', time: '2026-10-04T02:15', utc: '15:45:00Z', change: 'skipped' },
  { zone: 'Australia/Lord_Howe', time: '2026-04-05T01:45', utc: '14:45:00Z', change: 'repeated' },
  { zone: 'Pacific/Apia', time: '2011-12-30T12:00', utc: '22:00:00Z', change: 'skipped' },
])('reads $time in $zone, a time that is $change, as $utc', async ({ zone, time, utc, change }) => {
  const result = await convert(time, zone, 'UTC');

  expect(result.structuredContent).toMatchObject({
    from: { utc: expect.stringContaining(`T${utc}`) },
    clockChange: change,
  });
});

test.each([
  { time: '2026-03-29T02:30', shows: '03:30:00 in Europe/Berlin', says: /does not exist/ },
  { time: '2026-10-25T02:30', shows: '02:30:00 in Europe/Berlin', says: /occurs twice/ },
])('explains in its text what a clock change did to $time', async ({ time, shows, says }) => {
  const result = await convert(time, 'Europe/Berlin', 'UTC');

  expect(textOf(result)).toContain(shows);
  expect(textOf(result)).toMatch(says);
});

test.each(['2026-02-30T10:00', '2026-13-01T10:00', '2025-02-29T10:00', '24:00', '10:60'])(
  'refuses %s, which no calendar or clock has',
  async (time) => {
    const result = await convert(time, 'UTC', 'UTC');

    expect(result.isError).toBe(true);
    expect(textOf(result)).toMatch(/^No such date or time: /);
  },
);

test.each(['2026-07-01T14:30Z', '2026-07-01T14:30+02:00', '1899-01-01T00:00', 'noon', '2:30', ''])(
  'refuses %j and says how to write a time',
  async (time) => {
    const result = await convert(time, 'UTC', 'UTC');

    expect(result.isError).toBe(true);
    expect(textOf(result)).toContain('Expected a time such as "2026-07-01T14:30" or "14:30"');
  },
);

test.each([
  { from: 'Mars/Olympus', to: 'UTC' },
  { from: 'UTC', to: 'Mars/Olympus' },
])('names the zone that is unknown, from $from to $to', async ({ from, to }) => {
  const result = await convert('14:30', from, to);

  expect(result.isError).toBe(true);
  expect(textOf(result)).toContain('Unknown time zone "Mars/Olympus"');
});
