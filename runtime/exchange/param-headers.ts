// `Mcp-Param-*`: which arguments of a tool are repeated in headers, by the marks (`x-mcp-header`) in
// its schema.

import { isObject } from '../../config/json-value.ts';
import type { JsonObject } from './exchange.ts';

export interface ParamHeader {
  /** Keys from the arguments to the marked property. */
  readonly path: readonly string[];
  /** Lower case, as Node has it. */
  readonly header: string;
}

/** RFC 9110, 5.6.2: no one can send a header of another name. */
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
 * @returns the value that is repeated, undefined for one that clients do not repeat: only texts,
 * booleans, and numbers that JavaScript holds exactly.
 */
export function repeatedValue(
  args: unknown,
  { path }: ParamHeader,
): string | number | boolean | undefined {
  const value = valueAt(args, path);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value !== 'number') return undefined;
  return !Number.isInteger(value) || Number.isSafeInteger(value) ? value : undefined;
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
