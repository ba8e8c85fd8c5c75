// .NET TimeSpan text, as host.json writes durations.

const timeSpan = /^(?:(\d+)\.)?(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,7}))?$/;

/** Milliseconds of `[d.]hh:mm:ss[.fff]`; `Infinity` for `-1`; `undefined` for anything else. */
export function parseTimeSpanMs(text: string): number | undefined {
  if (text === '-1') return Number.POSITIVE_INFINITY;
  const match = timeSpan.exec(text);
  if (!match) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1, 5).map((part) => Number(part ?? 0));
  const wholeSeconds =
    (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0);
  return wholeSeconds * 1_000 + Number(`0.${match[5] ?? 0}`) * 1_000;
}
