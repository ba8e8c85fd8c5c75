// Explains a failed call in one line with a fix.

import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpError } from '@modelcontextprotocol/sdk/types.js';
import { ZodError } from 'zod';
import { memberOf } from '../../config/json-value.ts';
import { ExplainedError } from '../explained-error.ts';
import { printable } from '../terminal.ts';
import { UsageError } from '../usage.ts';
import type { Endpoint } from './endpoint.ts';

const MAX_TEXT = 500;

const AUTH_FIXES = {
  key: 'put the right key into an environment variable, and name the variable with --key-env',
  token: 'put a token into an environment variable, and name the variable with --token-env',
  unknown:
    'put the key or token into an environment variable, and name the variable with --key-env or --token-env; or use --azd',
} as const;

/** @returns an error with a short message of one line */
export function explainCallFailure(error: unknown, endpoint: Endpoint, timeoutMs: number): Error {
  const { name } = endpoint;
  if (error instanceof UsageError || error instanceof ExplainedError) return error;
  if (error instanceof StreamableHTTPError) return explainStatus(error, endpoint);
  if (error instanceof McpError) {
    const limit = memberOf(error.data, 'timeout');
    if (limit === timeoutMs) {
      return new ExplainedError(
        `${name}: no answer within ${timeoutMs / 1_000} s`,
        'set a longer --timeout',
        { cause: error },
      );
    }
    const text = error.message.replace(/^MCP error -?\d+: /, '');
    return new Error(`${name}: ${short(text)} (error ${error.code})`, { cause: error });
  }
  if (error instanceof ZodError) {
    return new Error(`${name}: its answer is not valid MCP: ${short(zodText(error))}`, {
      cause: error,
    });
  }
  return explainNetwork(error, endpoint);
}

function zodText({ issues: [issue] }: ZodError): string {
  return issue === undefined ? 'unknown' : `${issue.path.join('.')} ${issue.message}`;
}

function explainStatus(error: StreamableHTTPError, { name, url, auth }: Endpoint): Error {
  const { code, message } = error;
  const said = answerText(message);
  const cause = { cause: error };
  if (code === 401) {
    const fix = AUTH_FIXES[auth ?? 'unknown'];
    return new ExplainedError(`${name}: it requires a key or token (401)`, fix, cause);
  }
  if (code === 403) {
    return new ExplainedError(
      `${name}: refused (403)${said && `: ${said}`}`,
      'use a key or token that is allowed to call this server',
      cause,
    );
  }
  if (code === 404 && said === '') {
    return new ExplainedError(
      `${name}: there is no server at ${url} (404)`,
      'correct the name',
      cause,
    );
  }
  return new Error(`${name}: ${said || 'refused'} (HTTP ${code})`, cause);
}

/** The message of a JSON-RPC error, or nothing: a page of HTML says nothing in one line. */
function answerText(message: string): string {
  const start = message.indexOf('{');
  try {
    const error = memberOf(JSON.parse(message.slice(start)), 'error');
    const text = memberOf(error, 'message');
    return typeof text === 'string' ? short(text) : '';
  } catch {
    return '';
  }
}

function explainNetwork(error: unknown, { name, url }: Endpoint): Error {
  const text = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error ? error.cause : undefined;
  const code = memberOf(cause, 'code');
  if (code === 'ECONNREFUSED') {
    return new ExplainedError(
      `${name}: nothing is listening at ${new URL(url).origin}`,
      'start the host (npm start), or correct --url',
      { cause: error },
    );
  }
  const detail = cause instanceof Error ? `${text}: ${cause.message}` : text;
  return new Error(`${name}: ${short(detail)} (${new URL(url).origin})`, { cause: error });
}

function short(text: string): string {
  const line = printable(text.replaceAll(/\s+/g, ' ').trim());
  return line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT)}…` : line;
}
