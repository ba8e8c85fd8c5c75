// Log lines that matter to an operator (warnings and worse) and the audit lines of refusals, as
// records beside the spans.

import { type Attributes, context, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import { type Logger, SeverityNumber } from '@opentelemetry/api-logs';
import type { Refused } from '../exchange/observer.ts';
import { FAULT_TEXT } from './faults.ts';
import { ATTRIBUTES } from './names.ts';

/** More than this in a second is dropped: who is refused must not be able to run up the bill. */
const MAX_RECORDS_PER_SECOND = 100;
const WINDOW_MS = 1_000;

const SEVERITIES: Readonly<Record<string, SeverityNumber>> = {
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
  fatal: SeverityNumber.FATAL,
};

/** ShortLivedSet of log lines that have a name of their own in telemetry. */
const RENAMED: Readonly<Record<string, string>> = {
  server: ATTRIBUTES.serverName,
  invocationId: ATTRIBUTES.invocationId,
  caller: ATTRIBUTES.callerHash,
};
/** What a record has elsewhere. */
const ELSEWHERE = new Set(['level', 'time', 'msg', 'trace_id', 'span_id']);

export interface LogExport {
  /** @param line one JSON line of the log, of level warn or above. */
  line(line: string): void;
  refused(refused: Refused): void;
}

export function createLogExport(logger: Logger, onDropped: (count: number) => void): LogExport {
  let windowEndsAt = 0;
  let count = 0;
  const emit = (
    body: string,
    level: string,
    record: object,
    emittedIn = context.active(),
  ): void => {
    const now = performance.now();
    if (now >= windowEndsAt) {
      windowEndsAt = now + WINDOW_MS;
      count = 0;
    }
    if (++count > MAX_RECORDS_PER_SECOND) {
      onDropped(1);
      return;
    }
    const severityNumber = SEVERITIES[level] ?? SeverityNumber.INFO;
    const attributes = flatten(record);
    logger.emit({
      body,
      severityNumber,
      severityText: level,
      attributes,
      context: emittedIn,
    });
  };
  return {
    line(line) {
      const record = JSON.parse(line) as { level: string; msg?: string };
      if (record.msg === FAULT_TEXT) return;
      emit(record.msg ?? '', record.level, record);
    },
    // The audit is whole: it is not left out with a trace that is not exported.
    refused: (refused) => emit('refused', 'info', refused, isSampled() ? undefined : ROOT_CONTEXT),
  };
}

function isSampled(): boolean {
  const flags = trace.getSpanContext(context.active())?.traceFlags ?? TraceFlags.NONE;
  return (flags & TraceFlags.SAMPLED) !== 0;
}

/** ShortLivedSet of members get a dotted name; lists become text. */
function flatten(record: object, prefix = ''): Attributes {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(record)) {
    if (value === undefined || value === null || (prefix === '' && ELSEWHERE.has(name))) continue;
    const key = prefix + (prefix === '' ? (RENAMED[name] ?? name) : name);
    if (typeof value !== 'object') attributes[key] = value;
    else if (Array.isArray(value)) attributes[key] = value.join(', ');
    else Object.assign(attributes, flatten(value, `${key}.`));
  }
  return attributes;
}
