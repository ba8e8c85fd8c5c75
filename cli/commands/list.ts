// mcp-host list: the servers as a table for people, or as JSON for programs (hooks, tests, Bicep
// comparisons).

import { z } from 'zod';
import { variablesOf } from '../../config/entry-texts.ts';
import { readEnvironment } from '../../config/env.ts';
import { loadConfig } from '../../config/load.ts';
import { type Lock, readLocks } from '../../config/lock-file.ts';
import { parts, type ServerConfig } from '../../config/schema.ts';
import { renderTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { readOptions } from '../usage.ts';

/** Shown by `--help`. */
export const help = `mcp-host list [--json]

Shows the servers of servers.yaml (or of the file that MCP_SERVERS_FILE names) with all defaults
filled in, and how many tools servers.lock.json knows of.

  --json    an array with one object per server; every key is always there, null when not set.
            "env" and "headers" name what a server gets, "variables" what its entry takes from
            the host's environment; values are never shown. "toolCount" is null where
            servers.lock.json does not know the tools`;

/** Returns the exit code. */
export function run(args: readonly string[], terminal: Terminal): number {
  const { json } = readOptions(args, { json: { type: 'boolean' } });
  const config = loadConfig(readEnvironment().serversFile);
  const { servers } = config;
  const locks = readLocks(config);
  if (json) {
    terminal.print(
      JSON.stringify(
        servers.map((server) => toJson(server, locks.get(server.name))),
        null,
        2,
      ),
    );
    return 0;
  }
  const counts = (each: ServerConfig): string[] =>
    locks.size > 0 ? [`${toolCount(locks.get(each.name)) ?? '-'}`] : [];
  const tools = locks.size > 0 ? ['TOOLS'] : [];
  const header = ['NAME', 'PATH', 'INSTANCE', 'AUTH', 'LIMITS', ...tools, 'SERVER'];
  const rows = servers.map((server) => toRow(server, counts(server)));
  for (const line of renderTable(header, rows)) terminal.print(line);
  return 0;
}

function toRow(server: ServerConfig, counts: readonly string[]): string[] {
  const { name, path, enabled, auth } = server;
  // Each member of a combination has its own.
  const instance = server.kind === 'combine' ? '-' : server.instance;
  const shown = enabled ? name : `${name} (off)`;
  return [shown, path, instance, auth, limits(server), ...counts, source(server)];
}

/** Values with references are not shown resolved: they may be secrets. */
function source(server: ServerConfig): string {
  if (server.kind === 'module') {
    return server.isolation === 'thread' ? `${server.module} (thread)` : server.module;
  }
  if (server.kind === 'url') return server.url;
  if (server.kind === 'combine') return Object.keys(server.combine).join(' + ');
  const command = [server.command, ...server.args].join(' ');
  return server.url === undefined ? command : `${command} (${server.url})`;
}

function limits({ timeoutMs, maxConcurrent, rateLimit }: ServerConfig): string {
  const rate = rateLimit && `${rateLimit.max} per ${rateLimit.windowSeconds} s`;
  return [`${timeoutMs / 1_000} s`, `${maxConcurrent} at once`, rate].filter(Boolean).join(', ');
}

/** A lock of another entry says nothing of this one. */
function toolCount(lock: Lock | undefined): number | undefined {
  return lock?.isStale ? undefined : lock?.server.tools?.length;
}

function toJson(server: ServerConfig, lock: Lock | undefined) {
  const { name, kind } = server;
  const settings = everyKey(parts.server, server) as Record<string, unknown>;
  return {
    name,
    kind,
    ...settings,
    variables: variablesOf(server),
    toolCount: toolCount(lock) ?? null,
  };
}

/**
 * A value with every key that its schema knows, null where it has none. Of a map of texts whose
 * names people choose, only these names: its values may be secrets.
 */
function everyKey(schema: unknown, value: unknown): unknown {
  if (schema instanceof z.ZodExactOptional || schema instanceof z.ZodDefault) {
    return everyKey(schema.unwrap(), value);
  }
  if (value === undefined) return null;
  if (schema instanceof z.ZodRecord) {
    const isSections = schema.valueType instanceof z.ZodObject;
    return isSections ? value : Object.keys(value as object);
  }
  if (!(schema instanceof z.ZodObject)) return value;
  const members = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(schema.shape).map(([key, member]) => [key, everyKey(member, members[key])]),
  );
}
