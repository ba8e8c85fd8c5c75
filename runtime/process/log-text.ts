// The log for people: what was one JSON object becomes one short line that fits the terminal. A text
// that is longer, and the stack of an error, follow in indented lines.

import { printable } from '../../config/printable.ts';
import { cutEnd, widthOf } from '../../config/text-width.ts';
import { isServerError } from '../exchange/refusals.ts';
import type { Color, Paint, Screen } from '../exchange/screen.ts';

/** A record as the JSON line has it. */
export type LogRecord = Readonly<Record<string, unknown>>;

const INDENT = '    ';
/** Shown in a place of their own, or of use to programs only. */
const NO_FIELDS: readonly string[] = [
  ...['level', 'time', 'server', 'msg', 'reason', 'detail', 'err', 'stream'],
  ...['audit', 'caller', 'clientFrom', 'invocationId', 'trace_id', 'span_id'],
];
const LEVEL_COLORS: Readonly<Record<string, Color>> = {
  fatal: 'red',
  error: 'red',
  warn: 'yellow',
  debug: 'dim',
  trace: 'dim',
};
/** What the server itself answers when it failed. */
const ANSWERED_FAILURES = /^(tool-error$|error )/;
const MAX_CAUSES = 3;
const MIN_TARGET_WIDTH = 12;

/** @returns lines without their ends. */
export function textLines(record: LogRecord, screen: Pick<Screen, 'columns' | 'paint'>): string[] {
  const { columns = Number.POSITIVE_INFINITY, paint } = screen;
  const kind = record.stream === undefined ? record.msg : undefined;
  if (kind === 'request') return [requestLine(record, columns, paint)];
  if (kind === 'refused') return [refusedLine(record, columns, paint)];
  return messageLines(record, columns, paint);
}

function requestLine(record: LogRecord, columns: number, paint: Paint): string {
  const { server, method, target, outcome, durationMs, client } = record;
  const result = shown(outcome);
  return oneLine(
    {
      time: timeOf(record),
      what: joined([server, method, target]),
      // The name of a tool tells more than its method.
      brief: target === undefined ? undefined : joined([server, target]),
      result: joined([result, `${milliseconds(durationMs)} ms`]),
      color: colorOf(result),
      extra: shown(client),
    },
    columns,
    paint,
  );
}

function refusedLine(record: LogRecord, columns: number, paint: Paint): string {
  const { server, reason, status, path, detail } = record;
  return oneLine(
    {
      time: timeOf(record),
      what: joined([server, 'refused', path]),
      result: joined([reason, status]),
      color: Number(status) >= 500 ? 'red' : 'yellow',
      extra: shown(detail),
    },
    columns,
    paint,
  );
}

interface LineParts {
  readonly time: string;
  /** Its end is cut off where the line is too long. */
  readonly what: string;
  /** In place of `what` where little of its last word would be left. */
  readonly brief?: string | undefined;
  readonly result: string;
  readonly color: Color;
  /** Left out where the line is too long. */
  readonly extra: string;
}

function oneLine(parts: LineParts, columns: number, paint: Paint): string {
  const { time, color } = parts;
  const result = cutEnd(parts.result, columns - widthOf(time) - 1);
  const left = columns - widthOf(time) - widthOf(result) - 2;
  const needed = Math.min(widthOf(parts.what), parts.what.lastIndexOf(' ') + 1 + MIN_TARGET_WIDTH);
  const what = cutEnd(left < needed ? (parts.brief ?? parts.what) : parts.what, left);
  const extra = widthOf(what) + widthOf(parts.extra) + 1 <= left ? parts.extra : '';
  return [paint('dim', time), what, paint(color, result), extra && paint('dim', extra)]
    .filter((part) => part !== '')
    .join(' ');
}

/** Everything that is not a request. Words are never cut, so that commands and paths can be copied. */
function messageLines(record: LogRecord, columns: number, paint: Paint): string[] {
  const time = timeOf(record);
  const level = String(record.level);
  const color = LEVEL_COLORS[level];
  const text = joined([record.server, messageOf(record)]);
  const used = time.length + 1 + (color ? level.length + 1 : 0);
  const [first, ...further] = wrapped(text, columns, used);
  const start = [paint('dim', time), ...(color ? [paint(color, level)] : []), first].join(' ');
  const stack = record.err === undefined ? [] : faultLines(record.err);
  return [start, ...further, ...stack.map((line) => INDENT + line)];
}

function messageOf(record: LogRecord): string {
  const { msg, reason, detail } = record;
  const fields = Object.entries(record)
    .filter(([name]) => !NO_FIELDS.includes(name))
    .map(([name, value]) => `${printable(name)}=${fieldValue(value)}`);
  // What a server has printed: nothing of it may look like a line of the host.
  const isPrinted = record.stream !== undefined && fields.length === 0;
  if (isPrinted) return `| ${shown(msg)}`;
  const text = shown(msg);
  // Behind a fix it could be taken for a part of it.
  const isFix = text.includes('Fix: ');
  const title = reason === undefined || isFix ? text : `${text} (${shown(reason)})`;
  const said = detail === undefined ? title : `${title}: ${shown(detail)}`;
  return [said, ...(isFix && reason !== undefined ? [`reason=${shown(reason)}`] : []), ...fields]
    .filter((part) => part !== '')
    .join(' ');
}

function fieldValue(value: unknown): string {
  if (Array.isArray(value)) return value.map(fieldValue).join(',');
  const text = shown(value);
  return text === '' || /[\s",=]/.test(text) ? JSON.stringify(text) : text;
}

/** The stack has the name and the message of an error in its first lines. */
function faultLines(error: unknown, depth = 0): string[] {
  if (typeof error !== 'object' || error === null) return [shown(error)];
  const { type, message, stack, cause } = error as Record<string, unknown>;
  const text = typeof stack === 'string' ? stack : `${type}: ${message}`;
  const lines = text.split(/\r\n|[\n\r]/).map((line) => printable(line.replaceAll('\t', '  ')));
  if (cause === undefined || depth >= MAX_CAUSES) return lines;
  const [first, ...further] = faultLines(cause, depth + 1);
  return [...lines, `caused by: ${first}`, ...further];
}

/**
 * At blanks; further lines are indented. A word that is longer than a line stays whole.
 * @param used columns of the first line that have something else in them.
 */
function wrapped(text: string, columns: number, used: number): string[] {
  const [first = '', ...words] = text.split(' ');
  const lines: string[] = [];
  let line = first;
  let width = used + widthOf(first);
  for (const word of words) {
    const more = widthOf(word) + 1;
    if (width + more <= columns) {
      line += ` ${word}`;
      width += more;
    } else {
      lines.push(line);
      line = INDENT + word;
      width = INDENT.length + more - 1;
    }
  }
  return [...lines, line];
}

/** The time of day where the terminal is. */
function timeOf({ time }: LogRecord): string {
  return new Date(String(time)).toTimeString().slice(0, 8);
}

function milliseconds(durationMs: unknown): string {
  return Number(durationMs) < 100 ? String(durationMs) : String(Math.round(Number(durationMs)));
}

function colorOf(outcome: string): Color {
  if (outcome === 'ok') return 'green';
  // Other words say what a caller did, or what it is asked.
  return ANSWERED_FAILURES.test(outcome) || isServerError(outcome) ? 'red' : 'yellow';
}

function joined(parts: readonly unknown[]): string {
  return parts
    .map(shown)
    .filter((part) => part !== '')
    .join(' ');
}

/** Empty for what is absent. */
function shown(value: unknown): string {
  if (value === undefined || value === null) return '';
  return printable(typeof value === 'object' ? JSON.stringify(value) : String(value));
}
