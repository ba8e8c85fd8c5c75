// The options of `mcp-host add`, as data.

import { readArguments, UsageError } from '../usage.ts';
import type { Asked } from './target.ts';

/** Keys of the entry that an option sets as it is. */
const TEXT_KEYS = ['path', 'auth', 'instance', 'export', 'title', 'description'] as const;

export interface Request extends Asked {
  readonly name: string | undefined;
  /** Keys of the entry, as servers.yaml has them. */
  readonly keys: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** One of several commands of a package. */
  readonly bin: string | undefined;
  readonly yes: boolean;
  readonly keep: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

const text = { type: 'string' } as const;
const texts = { type: 'string', multiple: true } as const;
const flag = { type: 'boolean' } as const;

/** @throws UsageError */
export function readRequest(args: readonly string[]): Request {
  const end = args.indexOf('--');
  const [own, rest] = end === -1 ? [args, []] : [args.slice(0, end), args.slice(end + 1)];
  const { values, positionals } = readArguments(own, {
    ...{ name: text, path: text, auth: text, instance: text, export: text },
    ...{ title: text, description: text, command: text, bin: text },
    ...{ env: texts, header: texts },
    ...{ yes: { ...flag, short: 'y' }, keep: flag, 'dry-run': flag, json: flag },
  });
  const [what, further] = positionals;
  if (further !== undefined) {
    throw new UsageError(
      `expected one thing to add, got ${JSON.stringify(further)} too. Write the arguments of a program after "--"`,
    );
  }
  const keys = TEXT_KEYS.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]]));
  return {
    what,
    command: values.command,
    rest,
    name: values.name,
    keys: Object.fromEntries(keys),
    env: Object.fromEntries((values.env ?? []).map(readVariable)),
    headers: Object.fromEntries((values.header ?? []).map(readHeader)),
    bin: values.bin,
    yes: values.yes ?? false,
    keep: values.keep ?? false,
    dryRun: values['dry-run'] ?? false,
    json: values.json ?? false,
  };
}

/** A name alone is the variable of the host that is called the same. */
export function readVariable(written: string): [string, string] {
  const [, name = written, value] = /^([^=]*)=(.*)$/s.exec(written) ?? [];
  if (name === '')
    throw new UsageError(`--env: expected NAME or NAME=VALUE, got ${JSON.stringify(written)}`);
  return [name, value ?? `\${${name}}`];
}

function readHeader(written: string): [string, string] {
  const [, name, value] = /^([^:=\s]+)\s*[:=]\s*(.*)$/s.exec(written) ?? [];
  // What follows may be a secret.
  if (name === undefined || value === undefined)
    throw new UsageError('--header: expected NAME=VALUE');
  return [name, value];
}
