// Time zones through Intl alone: ICU carries the IANA data, so no network and no package is needed.
// A wall clock is held as the milliseconds of the epoch that it would be in UTC.

const DAY_MS = 86_400_000;
const MAX_ECHOED_CHARACTERS = 64;

/** A zone that Intl knows. */
export interface TimeZone {
  readonly name: string;
  readonly format: Intl.DateTimeFormat;
}

/**
 * How a wall clock fits its day: `skipped` and `repeated` happen where clocks move forward or back.
 */
export type ClockChange = 'none' | 'skipped' | 'repeated';

/**
 * @param name IANA name, in any case. Offsets such as "+02:00" are refused: only newer Nodes know
 * them.
 * @throws Error that names the zone (64 characters at most) and says how to write one.
 */
export function openTimeZone(name: string): TimeZone {
  try {
    if (!/^[A-Za-z]/.test(name)) throw new RangeError('not a name');
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    return { name, format };
  } catch (cause) {
    const echo = JSON.stringify(name.slice(0, MAX_ECHOED_CHARACTERS));
    throw new Error(
      `Unknown time zone ${echo}. Write an IANA name such as "Europe/Paris", "America/New_York" or "UTC".`,
      { cause },
    );
  }
}

/** The wall clock of `zone` at an instant, both in milliseconds, cut to the second. */
export function wallClockAt(zone: TimeZone, instantMs: number): number {
  const parts = zone.format.formatToParts(instantMs);
  const field = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(
    field('year'),
    field('month') - 1,
    field('day'),
    field('hour'),
    field('minute'),
    field('second'),
  );
}

/** How far the clocks of `zone` are ahead of UTC at an instant, both in milliseconds. */
export function offsetAt(zone: TimeZone, instantMs: number): number {
  return wallClockAt(zone, instantMs) - Math.floor(instantMs / 1000) * 1000;
}

/**
 * The instant at which the clocks of `zone` show a wall clock, both in milliseconds. As Temporal's
 * "compatible": a skipped time moves forward by the length of the gap; of a repeated time the first
 * counts.
 */
export function instantOf(
  zone: TimeZone,
  wallClockMs: number,
): { instantMs: number; clockChange: ClockChange } {
  // A day to each side is beyond any offset (at most 14 hours) and within one clock change.
  const byOffsetBefore = wallClockMs - offsetAt(zone, wallClockMs - DAY_MS);
  const byOffsetAfter = wallClockMs - offsetAt(zone, wallClockMs + DAY_MS);
  const fitsBefore = wallClockAt(zone, byOffsetBefore) === wallClockMs;
  const fitsAfter = wallClockAt(zone, byOffsetAfter) === wallClockMs;
  if (fitsAfter && !fitsBefore) return { instantMs: byOffsetAfter, clockChange: 'none' };
  const isRepeated = fitsBefore && fitsAfter && byOffsetBefore !== byOffsetAfter;
  const clockChange = isRepeated ? 'repeated' : fitsBefore ? 'none' : 'skipped';
  return { instantMs: byOffsetBefore, clockChange };
}
