// Converts client settings around a server: disabled, time limits, allowed tools. Reports the
// settings that have no equivalent.

import { freeText } from '../../config/formats.ts';
import { CLIENT_ONLY, foreignKey } from '../../config/spelling.ts';
import type { Converted, EntryReader } from './entry.ts';
import type { Note } from './report.ts';

const MAX_TIMEOUT_MS = 210_000;
const MAX_START_TIMEOUT_MS = 120_000;
/** No client waits for less than a second: a smaller number is meant in seconds. */
const SMALLEST_MS = 1_000;

/** What most clients can set beside the server itself. */
export function readSettings(reader: EntryReader, note: (note: Note) => void): Converted {
  const isDisabled = reader.boolean('disabled');
  const isOff = reader.boolean('enabled') === false || isDisabled === true;
  const seconds = reader.number('tool_timeout_sec');
  const timeout = reader.number('timeout');
  const startSeconds = reader.number('startup_timeout_sec');
  const timeoutMs =
    seconds !== undefined
      ? seconds * 1_000
      : timeout !== undefined && timeout < SMALLEST_MS
        ? timeout * 1_000
        : timeout;
  const startTimeoutMs =
    startSeconds === undefined ? reader.number('startup_timeout_ms') : startSeconds * 1_000;
  const description = reader.find(['description'], isGoodDescription);
  const allow = [...reader.texts('enabled_tools'), ...reader.texts('includeTools', 'tools')];
  const deny = [
    ...reader.texts('disabled_tools'),
    ...reader.texts('excludeTools', 'disabledTools'),
  ];
  const isFiltered = allow.length > 0 && !allow.includes('*');
  const tools = { ...(isFiltered && { allow }), ...(deny.length > 0 && { deny }) };
  return {
    ...(isOff && { enabled: false }),
    ...(description !== undefined && { description }),
    ...limited('timeoutMs', timeoutMs, MAX_TIMEOUT_MS, note),
    ...limited('startTimeoutMs', startTimeoutMs, MAX_START_TIMEOUT_MS, note),
    ...(Object.keys(tools).length > 0 && { tools }),
  };
}

function isGoodDescription(value: unknown): value is string {
  return typeof value === 'string' && freeText(1_000).explain(value) === undefined;
}

function limited(
  key: string,
  value: number | undefined,
  max: number,
  note: (note: Note) => void,
): Converted {
  if (value === undefined) return {};
  if (value > max) {
    note({
      what: `${key}: ${value} ms was reduced to ${max} ms, the maximum in Azure`,
      fix: 'split longer work, for example into one tool that starts it and one tool that reads the result',
    });
  }
  return { [key]: Math.min(Math.round(value), max) };
}

/** Said on the way, or true of every server. */
const SILENT = /^(source|gallery|version|\$schema|startup_timeout_sec|startup_timeout_ms)$/;

export function remarkUnused(reader: EntryReader, note: (note: Note) => void): void {
  for (const key of reader.unused().filter((one) => !SILENT.test(one))) {
    const foreign = foreignKey(key, 'server');
    const fix = foreign?.fix ?? 'see docs/configuration.md for a key with the same meaning';
    const said =
      foreign === CLIENT_ONLY
        ? {
            what: `${key}: left out, because each client decides this`,
            fix: 'keep it in the configuration file of the client',
          }
        : { what: `${key}: left out`, fix: fix.replace(/^delete it(, and |; )?/, '') || 'nothing' };
    note(said);
  }
}
