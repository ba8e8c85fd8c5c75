// Log lines that matter to an operator (warnings and worse), the audit lines of refusals and the
// records of tool calls, as records beside the spans.

import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { type Logger, SeverityNumber } from '@opentelemetry/api-logs';
import type { CallRecord, Refused } from '../exchange/observer.ts';
import { FAULT_TEXT } from './faults.ts';
import { ATTRIBUTES, CUSTOM_EVENT_NAME, EVENTS } from './names.ts';

/** More than this in a second is dropped: who is refused must not be able to run up the bill. */
const MAX_RECORDS_PER_SECOND = 100;
/** Less than the queues of the exporters hold. */
const MAX_CALLS_PER_SECOND = 1_500;
const WINDOW_MS = 1_000;
const CONTROL = /\p{Cc}/gu;

const SEVERITIES: Readonly<Record<string, SeverityNumber>> = {
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
  fatal: SeverityNumber.FATAL,
};

/** Members of log lines that have a name of their own in telemetry. */
const RENAMED: Readonly<Record<string, string>> = {
  server: ATTRIBUTES.serverName,
  invocationId: ATTRIBUTES.invocationId,
  caller: ATTRIBUTES.caller,
};
/** What a record has elsewhere. */
const ELSEWHERE = new Set(['level', 'time', 'msg', 'trace_id', 'span_id']);

export interface LogExport {
  /** @param line one JSON line of the log, of level warn or above. */
  line(line: string): void;
  refused(refused: Refused): void;
  /** @returns false when there are too many: the record must be kept elsewhere. */
  called(record: CallRecord): boolean;
}

export function createLogExport(logger: Logger, onDropped: (count: number) => void): LogExport {
  const mayRecord = createAllowance(MAX_RECORDS_PER_SECOND, onDropped);
  const mayCall = createAllowance(MAX_CALLS_PER_SECOND, onDropped);
  const emit = (
    body: string,
    level: string,
    record: object,
    emittedIn = context.active(),
  ): void => {
    if (!mayRecord()) return;
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
    refused: (refused) => emit('refused', 'info', refused, unsampledContext()),
    called(record) {
      if (!mayCall()) return false;
      logger.emit({
        eventName: EVENTS.toolCall,
        body: 'tool call',
        severityNumber: SeverityNumber.INFO,
        severityText: 'info',
        attributes: eventOf(record),
        context: unsampledContext(),
      });
      return true;
    },
  };
}

/** @returns a question that is answered with true so many times in a second. */
function createAllowance(perSecond: number, onDropped: (count: number) => void): () => boolean {
  let windowEndsAt = 0;
  let count = 0;
  return () => {
    const now = performance.now();
    if (now >= windowEndsAt) {
      windowEndsAt = now + WINDOW_MS;
      count = 0;
    }
    if (++count <= perSecond) return true;
    onDropped(1);
    return false;
  };
}

/** Named one by one: what a record gets one day is not exported by itself. */
function eventOf(record: CallRecord): Attributes {
  const texts = {
    [ATTRIBUTES.serverName]: record.server,
    [ATTRIBUTES.toolName]: record.target,
    [ATTRIBUTES.outcome]: record.outcome,
    [ATTRIBUTES.caller]: record.caller,
    [ATTRIBUTES.client]: record.client,
    [ATTRIBUTES.clientFrom]: record.clientFrom,
    [ATTRIBUTES.invocationId]: record.invocationId,
  };
  const attributes: Attributes = {
    [CUSTOM_EVENT_NAME]: EVENTS.toolCall,
    [ATTRIBUTES.durationMs]: record.durationMs,
  };
  for (const [name, text] of Object.entries(texts)) {
    // What JSON would escape in a line of the log.
    if (text !== undefined) attributes[name] = text.replace(CONTROL, '\ufffd');
  }
  return attributes;
}

/**
 * The audit is whole: it is not left out with a trace that is not exported, and then belongs to
 * none.
 */
function unsampledContext(): Context {
  return isSampled() ? context.active() : ROOT_CONTEXT;
}

function isSampled(): boolean {
  const flags = trace.getSpanContext(context.active())?.traceFlags ?? TraceFlags.NONE;
  return (flags & TraceFlags.SAMPLED) !== 0;
}

/** Members of members get a dotted name; lists become text. */
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
