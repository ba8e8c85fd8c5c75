// Decides whether an ending is the server's fault: a caller's mistake must not turn a server red
// (semantic conventions for MCP, model/mcp/common.yaml, and our own rules where they are silent).

import type { Ending } from '../exchange/observer.ts';

export interface Verdict {
  /** Present for a failure. */
  readonly errorType?: string;
  /** What went wrong, if it may be shown: never a tool's own text, which can hold secrets. */
  readonly description?: string;
  /** JSON-RPC error code. */
  readonly code?: number;
  /** Set where status and code do not tell it. */
  readonly outcome?: string;
}

/** The caller's mistakes: JSON-RPC's own codes, and those of both eras of MCP. */
const CALLER_FAULTS = new Set([
  -32_700, -32_600, -32_601, -32_602, -32_002, -32_020, -32_021, -32_022, -32_042,
]);

/** Early ends that have a word of their own instead of a code. */
const ENDS: ReadonlyMap<string, Verdict> = new Map([
  ['cancelled', { outcome: 'cancelled' }],
  ['disconnected', { outcome: 'cancelled' }],
  ['slow-reader', { outcome: 'cancelled' }],
  ['deadline', { errorType: 'timeout' }],
  ['shutdown', { errorType: 'shutdown' }],
  ['tool-error', { errorType: 'tool_error' }],
]);

export function verdictOf({ outcome, answer, status }: Ending): Verdict {
  const end = ENDS.get(outcome);
  const error = answer && 'error' in answer ? answer.error : undefined;
  const code = error && { code: error.code };
  if (end) return { ...code, ...end };
  if (!error) return outcome === 'ok' ? {} : { outcome };
  // A refusal by the host has a word; what is below 500 the caller can fix.
  const word = status === undefined ? {} : { outcome };
  const isCallersFault = CALLER_FAULTS.has(error.code) || (status !== undefined && status < 500);
  if (isCallersFault || !isServerError(error.code)) return { ...code, ...word };
  return { ...code, ...word, errorType: String(error.code), description: error.message };
}

/** JSON-RPC 2.0 section 5.1: internal errors, and the range that servers define. */
function isServerError(code: number): boolean {
  return code === -32_603 || (code <= -32_000 && code >= -32_099);
}
