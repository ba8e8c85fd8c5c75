// mcp-host schema: the JSON Schema of servers.yaml, to print, to write, or to compare with the
// committed file.

import { existsSync, readFileSync } from 'node:fs';
import { renderJsonSchema } from '../../config/json-schema.ts';
import { readTarget, replaceTarget } from '../replace-file.ts';
import type { Terminal } from '../terminal.ts';
import { readOptions, UsageError } from '../usage.ts';

const SCHEMA_FILE = 'config/servers.schema.json';

/** Shown by `--help`. */
export const help = `mcp-host schema [--write | --check]

Prints the JSON Schema of servers.yaml, which editors use to complete and explain the file.

  --write   write the schema to ${SCHEMA_FILE}
  --check   exit 1 if ${SCHEMA_FILE} is not up to date`;

/** Returns the exit code. */
export function run(args: readonly string[], terminal: Terminal): number {
  const { write, check } = readOptions(args, {
    write: { type: 'boolean' },
    check: { type: 'boolean' },
  });
  if (write && check) throw new UsageError('--write and --check cannot be used together');
  const schema = renderJsonSchema();
  if (write) {
    replaceTarget(SCHEMA_FILE, readTarget(SCHEMA_FILE), schema);
    terminal.print(`Wrote ${SCHEMA_FILE}.`);
    return 0;
  }
  if (check) return compare(schema, terminal);
  terminal.print(schema.trimEnd());
  return 0;
}

function compare(schema: string, terminal: Terminal): number {
  const written = existsSync(SCHEMA_FILE) ? readFileSync(SCHEMA_FILE, 'utf8') : undefined;
  if (written === schema) {
    terminal.print(`${SCHEMA_FILE} is up to date.`);
    return 0;
  }
  const got = written === undefined ? 'no file' : 'different content';
  terminal.remark(
    `${SCHEMA_FILE}: expected the schema that config/schema.ts generates, got ${got}. ` +
      'Fix: npx --no mcp-host schema --write',
  );
  return 1;
}
