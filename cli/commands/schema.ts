// mcp-host schema: the JSON Schema of servers.yaml, to print, to write, or to compare with the
// committed file.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { renderJsonSchema } from '../../config/json-schema.ts';
import type { Terminal } from '../terminal.ts';
import { readOptions, UsageError } from '../usage.ts';

const schemaFile = 'config/servers.schema.json';

/** Shown by `--help`. */
export const help = `mcp-host schema [--write | --check]

Prints the JSON Schema of servers.yaml, which editors use to complete and explain the file.

  --write   write it to ${schemaFile}
  --check   exit 1 when ${schemaFile} is not what would be written`;

/** Returns the exit code. */
export function run(args: readonly string[], terminal: Terminal): number {
  const { write, check } = readOptions(args, {
    write: { type: 'boolean' },
    check: { type: 'boolean' },
  });
  if (write && check) throw new UsageError('--write and --check exclude each other');
  const schema = renderJsonSchema();
  if (write) {
    writeFileSync(schemaFile, schema);
    terminal.print(`Wrote ${schemaFile}.`);
    return 0;
  }
  if (check) return compare(schema, terminal);
  terminal.print(schema.trimEnd());
  return 0;
}

function compare(schema: string, terminal: Terminal): number {
  const written = existsSync(schemaFile) ? readFileSync(schemaFile, 'utf8') : undefined;
  if (written === schema) {
    terminal.print(`${schemaFile} is up to date.`);
    return 0;
  }
  const got = written === undefined ? 'no file' : 'another content';
  terminal.remark(
    `${schemaFile}: expected what config/schema.ts says, got ${got}. ` +
      'Fix: npm run --silent mcp-host -- schema --write',
  );
  return 1;
}
