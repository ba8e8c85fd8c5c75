// Turns a failed lookup into a tool result that says what failed and nothing about our insides.

import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { UpstreamError } from './upstream.ts';

/**
 * @param subject What the caller asked for, such as "the alerts".
 * @param sayings Better words for statuses whose meaning the tool knows, by HTTP status.
 */
export function failureResult(
  subject: string,
  error: unknown,
  sayings: Readonly<Record<number, string>> = {},
): CallToolResult {
  const text = `Could not get ${subject}: ${reasonOf(error, sayings)}.`;
  return { isError: true, content: [{ type: 'text', text }] };
}

function reasonOf(error: unknown, sayings: Readonly<Record<number, string>>): string {
  if (!(error instanceof UpstreamError)) return 'an unexpected failure';
  return `the National Weather Service ${sayings[error.status ?? 0] ?? error.message}`;
}
