// Checks host.json where it limits the values of servers.yaml. The Functions host reads the file
// itself.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  findNodeAtLocation,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import type { Diagnostic } from '../config/diagnostics.ts';
import type { ServersConfig } from '../config/schema.ts';

/**
 * Compares each server's `timeoutMs` with `functionTimeout`: at that time the Functions host ends
 * the invocation, and the caller gets no answer of ours. Absent, it is 30 minutes on Flex
 * Consumption, more than any `timeoutMs`.
 * @see https://learn.microsoft.com/azure/azure-functions/functions-host-json#functiontimeout
 */
export function findHostJsonProblems({ directory, servers }: ServersConfig): Diagnostic[] {
  const file = join(directory, 'host.json');
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  const report = (offset: number, path: string, message: string, fix: string): Diagnostic => {
    const before = text.slice(0, offset).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    return { file, line: before.length, column, path, message, fix };
  };
  // The Functions host allows comments, and no trailing commas.
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors);
  const [error] = errors;
  if (tree?.type !== 'object' || error !== undefined) {
    const got = error ? printParseErrorCode(error.error) : 'something else';
    return [
      report(error?.offset ?? 0, '', `expected a JSON object, got ${got}`, 'correct the JSON'),
    ];
  }
  const node = findNodeAtLocation(tree, ['functionTimeout']);
  return node === undefined ? [] : compareTimeouts(node, servers, report);
}

function compareTimeouts(
  node: Node,
  servers: ServersConfig['servers'],
  report: (offset: number, path: string, message: string, fix: string) => Diagnostic,
): Diagnostic[] {
  const shown = JSON.stringify(node.value);
  const limitMs = parseTimeSpanMs(node.value);
  if (limitMs === undefined) {
    const message = `expected a time such as "00:05:00" (or "-1" for no limit), got ${shown}`;
    return [report(node.offset, 'functionTimeout', message, 'write hours:minutes:seconds')];
  }
  return servers
    .filter(({ enabled, timeoutMs }) => enabled && timeoutMs >= limitMs)
    .map(({ name, timeoutMs }) => {
      const expected = `more than ${timeoutMs} ms, which is timeoutMs of servers.${name}`;
      const message = `expected ${expected}, got ${shown} (${limitMs} ms)`;
      const fix = 'increase this limit, or decrease timeoutMs in servers.yaml';
      return report(node.offset, 'functionTimeout', message, fix);
    });
}

/** A .NET TimeSpan `[d.]hh:mm:ss` in milliseconds; `-1` is no limit. */
function parseTimeSpanMs(value: unknown): number | undefined {
  if (value === '-1' || value === -1) return Number.POSITIVE_INFINITY;
  const match = /^(?:(\d+)\.)?(\d{1,2}):(\d{1,2}):(\d{1,2})$/.exec(String(value));
  if (match === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000;
}
