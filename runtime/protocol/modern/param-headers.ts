// `Mcp-Param-*`: tool arguments that a tool's schema marks with `x-mcp-header` are repeated in
// headers, and must agree.

import type { IncomingHttpHeaders } from 'node:http';
import { isObject } from '../../../config/json-value.ts';
import type { JsonObject, JsonRpcRequest } from '../../exchange/exchange.ts';
import { HostError } from '../../exchange/refusals.ts';
import { headerOf } from './checks.ts';

interface ParamHeader {
  /** Keys from the arguments to the marked property. */
  readonly path: readonly string[];
  /** Lower case, as Node has it. */
  readonly header: string;
}

/** RFC 9110, 5.6.2: nobody can send a header of another name. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** The marked properties of each tool, by its name. */
export type ParamHeaders = ReadonlyMap<string, readonly ParamHeader[]>;

/**
 * Only properties reached through `properties` count (MCP 2026-07-28, streamable HTTP, "Custom
 * headers").
 */
export function readParamHeaders(tools: readonly JsonObject[]): ParamHeaders {
  return new Map(
    tools
      .map((tool) => [String(tool.name), markedProperties(tool.inputSchema, [])] as const)
      .filter(([, marked]) => marked.length > 0),
  );
}

/**
 * @throws HostError `header-mismatch` when a marked argument's header is missing, malformed or
 * different.
 */
export function checkParamHeaders(
  request: JsonRpcRequest,
  headers: IncomingHttpHeaders,
  paramHeaders: ParamHeaders | undefined,
): void {
  if (request.method !== 'tools/call' || !paramHeaders) return;
  for (const { path, header } of paramHeaders.get(String(request.params?.name)) ?? []) {
    const value = valueAt(request.params?.arguments, path);
    if (!isRepeated(value)) continue;
    const sent = headerOf(headers, header);
    if (sent === undefined || !agrees(sent, value)) throw new HostError('header-mismatch');
  }
}

/** Clients repeat texts, booleans, and numbers that JavaScript holds exactly. */
function isRepeated(value: unknown): boolean {
  if (typeof value !== 'number') return typeof value === 'string' || typeof value === 'boolean';
  return !Number.isInteger(value) || Number.isSafeInteger(value);
}

function agrees(sent: string, value: unknown): boolean {
  if (typeof value !== 'number') return sent === String(value);
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(sent) && Number(sent) === value;
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as JsonObject)[key];
  }
  return value;
}

/**
 * A schema is whatever the server's author made of it: not an object, or one that contains itself,
 * marks nothing.
 */
function markedProperties(
  schema: unknown,
  path: readonly string[],
  within: readonly unknown[] = [],
): ParamHeader[] {
  if (!isObject(schema) || !isObject(schema.properties) || within.includes(schema)) return [];
  return Object.entries(schema.properties).flatMap(([key, property]) => {
    const name = isObject(property) ? property['x-mcp-header'] : undefined;
    const here = [...path, key];
    const own =
      typeof name === 'string' && TOKEN.test(name)
        ? [{ path: here, header: `mcp-param-${name.toLowerCase()}` }]
        : [];
    return [...own, ...markedProperties(property, here, [...within, schema])];
  });
}
