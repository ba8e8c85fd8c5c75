// Checks a value against the schema of a server before it is sent, so that you see the error where
// you typed the value.

import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { memberOf } from '../../config/json-value.ts';
import type { Schema } from './schema.ts';

const MAX_SHOWN = 60;

/**
 * @returns the first mistake in one line; undefined also when the schema itself cannot be read: then
 * the server decides
 */
export function findMistake(value: unknown, schema: Schema): string | undefined {
  // This key names the dialect. The other dialects are similar enough.
  const { $schema: _dialect, $id: _id, ...rules } = schema;
  const ajv = new Ajv2020({
    strict: false,
    validateFormats: false,
    validateSchema: false,
    logger: false,
  });
  try {
    const validate = ajv.compile(rules);
    if (validate(value)) return undefined;
    const [first] = validate.errors ?? [];
    return first && describeMistake(first, value);
  } catch {
    return undefined;
  }
}

function describeMistake({ instancePath, message, params }: ErrorObject, value: unknown): string {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const found = path.reduce<unknown>(
    (at, key) => (Array.isArray(at) ? at[Number(key)] : memberOf(at, key)),
    value,
  );
  const allowed = (params as { allowedValues?: unknown[] }).allowedValues;
  const further = (params as { additionalProperty?: string }).additionalProperty;
  const details = allowed ? `: ${allowed.map((one) => JSON.stringify(one)).join(', ')}` : '';
  const extra = further === undefined ? '' : ` (${JSON.stringify(further)})`;
  const got = JSON.stringify(found) ?? 'nothing';
  const shown = got.length > MAX_SHOWN ? `${got.slice(0, MAX_SHOWN)}…` : got;
  const place = path.length === 0 ? 'the arguments' : path.join('.');
  return `${place} ${message ?? 'is wrong'}${details}${extra}, got ${shown}`;
}
