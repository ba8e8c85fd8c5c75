// A JSON Schema of a server, as far as people see it: which arguments there are, and what
// each may be. Whatever a schema says beyond that, the server checks.

import { isObject, memberOf } from '../../config/json-value.ts';

export type Schema = Readonly<Record<string, unknown>>;

/** One argument of a tool or one field of a form. */
export interface Field {
  readonly name: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

const MAX_REFERENCES = 16;
const MAX_VALUES_SHOWN = 12;

/** Follows `$ref` within the document; what leads nowhere is any value. */
export function resolveSchema(schema: unknown, root: Schema): Schema {
  let current: unknown = schema;
  for (let step = 0; step < MAX_REFERENCES; step++) {
    const reference = memberOf(current, '$ref');
    if (typeof reference !== 'string') break;
    current = followPointer(reference, root);
  }
  return isObject(current) ? current : {};
}

function followPointer(reference: string, root: Schema): unknown {
  if (!reference.startsWith('#')) return {};
  const keys = reference.split('/').slice(1);
  return keys.reduce<unknown>(
    (value, key) => memberOf(value, key.replaceAll('~1', '/').replaceAll('~0', '~')),
    root,
  );
}

/** The members of an object, required ones first. */
export function fieldsOf(schema: Schema, root: Schema = schema): Field[] {
  const properties = memberOf(schema, 'properties');
  const required = memberOf(schema, 'required');
  const names = new Set(Array.isArray(required) ? required.map(String) : []);
  const known = Object.entries(isObject(properties) ? properties : {}).map(([name, member]) => ({
    name,
    schema: resolveSchema(member, root),
    isRequired: names.has(name),
  }));
  const undescribed = [...names].filter((name) => !known.some((field) => field.name === name));
  const all = [...known, ...undescribed.map((name) => ({ name, schema: {}, isRequired: true }))];
  return [...all.filter(({ isRequired }) => isRequired), ...all.filter((one) => !one.isRequired)];
}

/** True when names that the schema does not list are allowed on purpose. */
export function takesFurtherFields(schema: Schema): boolean {
  const further = schema.additionalProperties;
  if (further === false) return false;
  const isOpen = further === true || isObject(further) || isObject(schema.patternProperties);
  return isOpen || fieldsOf(schema).length === 0;
}

/** What a value may be, in words of JSON: `number`, `"a" or "b"`, `array of string`. */
export function describeType(schema: Schema, root: Schema): string {
  const values = valuesOf(schema);
  if (values !== undefined) {
    const shown = values.slice(0, MAX_VALUES_SHOWN).map((value) => JSON.stringify(value));
    return [...shown, ...(values.length > MAX_VALUES_SHOWN ? ['…'] : [])].join(' or ');
  }
  const variants = variantsOf(schema, root);
  if (variants.length > 0) {
    return [...new Set(variants.map((variant) => describeType(variant, root)))].join(' or ');
  }
  const types = typesOf(schema);
  if (types.length === 0) return 'any value';
  return types.map((type) => (type === 'array' ? describeArray(schema, root) : type)).join(' or ');
}

function describeArray(schema: Schema, root: Schema): string {
  if (!isObject(schema.items)) return 'array';
  const item = resolveSchema(schema.items, root);
  return typesOf(item).includes('array')
    ? 'array of array'
    : `array of ${describeType(item, root)}`;
}

/** The allowed values of an enumeration, in whichever form it is written. */
export function valuesOf(schema: Schema): readonly unknown[] | undefined {
  if (Array.isArray(schema.enum)) return schema.enum;
  if (Object.hasOwn(schema, 'const')) return [schema.const];
  const variants = [schema.oneOf, schema.anyOf].find((list) => Array.isArray(list));
  const isTitled = (one: unknown) => isObject(one) && Object.hasOwn(one, 'const');
  if (!Array.isArray(variants) || variants.length === 0 || !variants.every(isTitled)) {
    return undefined;
  }
  return variants.map((one: Schema) => one.const);
}

/** The schemas of which a value fits one. */
export function variantsOf(schema: Schema, root: Schema): Schema[] {
  const list = [schema.anyOf, schema.oneOf].find((one) => Array.isArray(one));
  return Array.isArray(list) ? list.map((one) => resolveSchema(one, root)) : [];
}

/** Its types; none where it does not say. */
export function typesOf({ type, properties }: Schema): string[] {
  if (Array.isArray(type)) return type.map(String);
  if (typeof type === 'string') return [type];
  return isObject(properties) ? ['object'] : [];
}

/** Bounds and the default, for people: `-90 to 90, default 0`. */
export function describeBounds(schema: Schema): string {
  const { minimum, maximum, minLength, maxLength, format, pattern } = schema;
  const parts = [
    range(minimum, maximum),
    range(minLength, maxLength, ' characters'),
    typeof format === 'string' ? `format ${format}` : undefined,
    // Who describes a text says it better than its pattern.
    typeof pattern === 'string' && schema.description === undefined
      ? `matches ${pattern}`
      : undefined,
    schema.default === undefined ? undefined : `default ${JSON.stringify(schema.default)}`,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}

function range(least: unknown, most: unknown, unit = ''): string | undefined {
  if (least !== undefined && most !== undefined) return `${least} to ${most}${unit}`;
  if (least !== undefined) return `${least}${unit} or more`;
  return most === undefined ? undefined : `at most ${most}${unit}`;
}
