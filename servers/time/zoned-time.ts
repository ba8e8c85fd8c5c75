// A moment as the clocks of one time zone show it: the shape both tools answer with, and its text.

import { z } from 'zod';
import { offsetAt, type TimeZone, wallClockAt } from './time-zone.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** A moment as one zone shows it, to the second. */
export const zonedTimeSchema = z.object({
  timeZone: z.string().describe('The IANA zone, as asked for'),
  dateTime: z.string().describe('ISO 8601 with offset, such as 2026-07-01T14:30:00+02:00'),
  utc: z.string().describe('The same moment in UTC, such as 2026-07-01T12:30:00Z'),
  utcOffset: z.string().describe('Such as +02:00'),
  dayOfWeek: z.string().describe('Such as Wednesday'),
});

/** A moment as one zone shows it, to the second. */
export type ZonedTime = z.infer<typeof zonedTimeSchema>;

/** What the clocks of `zone` show at an instant, in milliseconds of the epoch. */
export function zonedTime(zone: TimeZone, instantMs: number): ZonedTime {
  const wallClockMs = wallClockAt(zone, instantMs);
  const utcOffset = formatOffset(offsetAt(zone, instantMs));
  return {
    timeZone: zone.name,
    dateTime: formatSeconds(wallClockMs) + utcOffset,
    utc: `${formatSeconds(instantMs)}Z`,
    utcOffset,
    dayOfWeek: DAYS[new Date(wallClockMs).getUTCDay()] as string,
  };
}

/** One line for people, such as "Wednesday, 2026-07-01 14:30:00 in Europe/Paris (UTC+02:00)". */
export function describeZonedTime(time: ZonedTime): string {
  const clock = time.dateTime.slice(0, 19).replace('T', ' ');
  return `${time.dayOfWeek}, ${clock} in ${time.timeZone} (UTC${time.utcOffset})`;
}

function formatSeconds(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}

/** ±hh:mm, and seconds where history had them, as Temporal writes it. */
function formatOffset(offsetMs: number): string {
  const clock = new Date(Math.abs(offsetMs)).toISOString().slice(11, 19);
  return (offsetMs < 0 ? '-' : '+') + clock.replace(/:00$/, '');
}
