// Converts text that a person typed to the type that a schema requires.

import { isObject } from '../../config/json-value.ts';
import {
  describeType,
  resolveSchema,
  type Schema,
  typesOf,
  valuesOf,
  variantsOf,
} from './schema.ts';

/** The value, or what was expected in its place. */
export type Typed = { readonly value: unknown } | { readonly expected: string };

const NUMBER = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Text comes last: every text is one. */
const READERS: readonly (readonly [type: string, read: (text: string) => unknown])[] = [
  ['null', (text) => (text === 'null' ? null : undefined)],
  ['boolean', (text) => ({ true: true, false: false })[text]],
  ['integer', (text) => whole(readNumber(text))],
  ['number', readNumber],
  ['array', (text) => parsed(text, Array.isArray)],
  ['object', (text) => parsed(text, isObject)],
  ['string', (text) => text],
];

/** Reads numbers, booleans and null as such, arrays and objects as JSON. */
export function readTyped(text: string, schema: Schema, root: Schema): Typed {
  const values = valuesOf(schema);
  if (values !== undefined) {
    const index = values.findIndex((value) => value === text || JSON.stringify(value) === text);
    return index === -1 ? { expected: describeType(schema, root) } : { value: values[index] };
  }
  const variants = variantsOf(schema, root);
  // An open text among the variants would take what another one describes better.
  const ordered = [...variants].sort((a, b) => openness(a) - openness(b));
  for (const variant of ordered) {
    const typed = readTyped(text, resolveSchema(variant, root), root);
    if ('value' in typed) return typed;
  }
  if (variants.length > 0) return { expected: describeType(schema, root) };
  return readByType(text, schema, root);
}

function openness(schema: Schema): number {
  const types = typesOf(schema);
  if (valuesOf(schema) !== undefined) return 0;
  return types.length === 0 || types.includes('string') ? 2 : 1;
}

function readByType(text: string, schema: Schema, root: Schema): Typed {
  const types = typesOf(schema);
  if (types.length === 0) return { value: parsed(text, () => true) ?? text };
  for (const [type, read] of READERS) {
    const value = types.includes(type) ? read(text) : undefined;
    if (value !== undefined) return { value };
  }
  const needsJson = types.some((type) => type === 'array' || type === 'object');
  return { expected: describeType(schema, root) + (needsJson ? ' as JSON' : '') };
}

function readNumber(text: string): number | undefined {
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

function whole(number: number | undefined): number | undefined {
  return Number.isInteger(number) ? number : undefined;
}

function parsed(text: string, fits: (value: unknown) => boolean): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return fits(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
