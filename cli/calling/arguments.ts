// Reads the arguments of a call from `key=value` words or JSON, and checks them against the schema
// of the tool before anything is called.

import { readFileSync } from 'node:fs';
import { isObject, memberOf } from '../../config/json-value.ts';
import { nearestWord } from '../../config/spelling.ts';
import { UsageError } from '../usage.ts';
import { findMistake } from './check-value.ts';
import {
  describeType,
  type Field,
  fieldsOf,
  resolveSchema,
  type Schema,
  takesFurtherFields,
} from './schema.ts';
import { readTyped } from './typed-value.ts';

type Arguments = Record<string, unknown>;

/** @throws UsageError */
export function readWords(words: readonly string[], schema: Schema): Arguments {
  const result: Arguments = {};
  for (const word of words) {
    const end = word.indexOf('=');
    if (end < 1) {
      throw new UsageError(
        `expected key=value, got ${JSON.stringify(word)} (arguments: ${listFields(schema)})`,
      );
    }
    const [key, written] = [word.slice(0, end), word.slice(end + 1)];
    place(result, key, written, schema);
  }
  return checkArguments(result, schema);
}

/** @throws UsageError if it is not a JSON object, or does not match */
export function readJsonArguments(text: string, schema: Schema): Arguments {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(
      `--json: expected a JSON object, got text that is not JSON (${(error as Error).message})`,
    );
  }
  if (!isObject(value)) {
    const got = Array.isArray(value) ? 'an array' : JSON.stringify(value);
    throw new UsageError(`--json: expected a JSON object, got ${got}`);
  }
  return checkArguments(value, schema);
}

/** `a.b=1` goes into the object `a`, unless the schema knows a field `a.b`. */
function place(result: Arguments, key: string, written: string, root: Schema): void {
  const isWhole = fieldsOf(root).some(({ name }) => name === key);
  const path = isWhole ? [key] : key.split('.');
  let target = result;
  let schema = root;
  for (const [index, name] of path.entries()) {
    const field = findField(name, schema, root, path.slice(0, index));
    if (index === path.length - 1) {
      if (Object.hasOwn(target, name)) throw new UsageError(`${key} is given twice`);
      setMember(target, name, readValue(key, written, field.schema, root));
      return;
    }
    const inner = memberOf(target, name) ?? {};
    if (!isObject(inner)) throw new UsageError(`${key}: ${name} already has a value`);
    setMember(target, name, inner);
    target = inner;
    schema = field.schema;
  }
}

/** A name such as `__proto__` stays a name. */
function setMember(target: Arguments, name: string, value: unknown): void {
  Object.defineProperty(target, name, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function findField(
  name: string,
  schema: Schema,
  root: Schema,
  above: readonly string[],
): Pick<Field, 'schema'> {
  const fields = fieldsOf(schema, root);
  const found = fields.find((field) => field.name === name);
  if (found !== undefined) return found;
  if (takesFurtherFields(schema)) {
    return { schema: resolveSchema(schema.additionalProperties, root) };
  }
  const nearest = nearestWord(
    name,
    fields.map((field) => field.name),
  );
  const hint = nearest === undefined ? '' : `, did you mean "${nearest}"?`;
  const full = [...above, name].join('.');
  throw new UsageError(
    `unknown argument ${JSON.stringify(full)}${hint} (arguments: ${listFields(schema, root)})`,
  );
}

function readValue(key: string, written: string, schema: Schema, root: Schema): unknown {
  const text = readText(key, written);
  const typed = readTyped(text, schema, root);
  if ('value' in typed) return typed.value;
  const got = written.startsWith('@') ? `the content of ${written.slice(1)}` : JSON.stringify(text);
  throw new UsageError(`${key}: expected ${typed.expected}, got ${got}`);
}

/** `@file` is the text of a file, `@@x` the text `@x`. */
function readText(key: string, written: string): string {
  if (written.startsWith('@@')) return written.slice(1);
  if (!written.startsWith('@')) return written;
  const file = written.slice(1);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `${key}: ${JSON.stringify(file)} cannot be read (${code}). Fix: name a readable file, or write @@ if the text begins with @`,
    );
  }
}

function checkArguments(given: Arguments, schema: Schema): Arguments {
  for (const name of Object.keys(given)) findField(name, schema, schema, []);
  const missing = fieldsOf(schema).filter(
    ({ name, isRequired }) => isRequired && !Object.hasOwn(given, name),
  );
  if (missing.length > 0) {
    const names = missing.map((field) => describeField(field, schema)).join(', ');
    throw new UsageError(`missing ${missing.length === 1 ? 'argument' : 'arguments'}: ${names}`);
  }
  const mistake = findMistake(given, schema);
  if (mistake !== undefined) throw new UsageError(mistake);
  return given;
}

function describeField({ name, schema }: Field, root: Schema): string {
  return `${name} (${describeType(schema, root)})`;
}

/** `latitude longitude [units]`; what is in brackets may be left out. */
export function listFields(schema: Schema, root: Schema = schema): string {
  const names = fieldsOf(schema, root).map(({ name, isRequired }) =>
    isRequired ? name : `[${name}]`,
  );
  return names.join(' ') || 'none';
}
