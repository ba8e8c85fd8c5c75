// What azd does with a compiled template and main.parameters.json before and after hooks: which
// parameters have a value, which it has to ask for, and what the deployment gets. After
// loadParameters and ensureParameters of Azure/azure-dev cli/azd/pkg/infra/provisioning/bicep.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CompiledTemplate {
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly resources: unknown;
}

interface Parameter {
  readonly type: string;
  readonly defaultValue?: unknown;
  readonly allowedValues?: readonly unknown[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minValue?: number;
  readonly maxValue?: number;
}

type Lookup = (variable: string) => string | undefined;

export interface Resolved {
  readonly values: Readonly<Record<string, unknown>>;
  /** Parameters without a value and without a default: azd asks for them, or refuses. */
  readonly missing: readonly string[];
}

export function resolveParameters(
  { parameters }: CompiledTemplate,
  folder: string,
  lookup: Lookup,
): Resolved {
  const file = readFileSync(join(folder, 'infra/main.parameters.json'), 'utf8');
  const written: Record<string, { value: string }> = JSON.parse(file).parameters;
  const values: Record<string, unknown> = {};
  const missing: string[] = [];
  for (const [name, parameter] of Object.entries(parameters)) {
    const value = resolveValue(parameter, written[name]?.value, lookup);
    if (value !== undefined) values[name] = value;
    else if (parameter.defaultValue === undefined) missing.push(name);
  }
  return { values, missing: missing.toSorted() };
}

/**
 * A parameter of an unset variable counts as not written; an empty one is empty only where the
 * default is not.
 */
function resolveValue(
  { type, defaultValue }: Parameter,
  written: string | undefined,
  lookup: Lookup,
) {
  if (written === undefined) return undefined;
  let isUnset = false;
  const text = written.replaceAll(/\$\{(\w+)\}/g, (_, variable: string) => {
    const value = lookup(variable);
    isUnset ||= value === undefined;
    return value ?? '';
  });
  if (text === '' && isUnset) return undefined;
  switch (type.toLowerCase()) {
    case 'bool':
      return text === '' ? undefined : /^(1|t|true)$/i.test(text);
    case 'int':
      return /^-?\d+$/.test(text) ? Number(text) : undefined;
    case 'object':
    case 'secureobject':
    case 'array':
      return JSON.parse(text) as unknown;
    default:
      return text !== '' || (typeof defaultValue === 'string' && defaultValue !== '')
        ? text
        : undefined;
  }
}

/** What Azure refuses before it deploys anything. */
export function parameterFaults(
  { parameters }: CompiledTemplate,
  values: Readonly<Record<string, unknown>>,
): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const rule = parameters[name];
    if (rule === undefined) return [`${name} is no parameter`];
    const { allowedValues, minValue, maxValue, minLength, maxLength } = rule;
    const size = typeof value === 'string' ? value.length : 0;
    const isWrong =
      (allowedValues !== undefined && !allowedValues.includes(value)) ||
      (typeof value === 'number' && (value < (minValue ?? value) || value > (maxValue ?? value))) ||
      size < (minLength ?? 0) ||
      size > (maxLength ?? size);
    return isWrong ? [`The value of ${name} is not valid`] : [];
  });
}

/** A role assignment of the template, and the modules it stands in. */
export interface RoleAssignment {
  readonly modules: readonly string[];
  readonly name: string;
  readonly principalId: string;
}

export function roleAssignmentsOf(template: CompiledTemplate): RoleAssignment[] {
  return assignmentsBelow(template.resources, []);
}

function assignmentsBelow(resources: unknown, modules: readonly string[]): RoleAssignment[] {
  return Object.entries((resources ?? {}) as Record<string, TemplateResource>).flatMap(
    ([key, { type, name, properties }]) => {
      if (type === 'Microsoft.Resources/deployments') {
        return assignmentsBelow(properties?.template?.resources, [...modules, key]);
      }
      if (type !== 'Microsoft.Authorization/roleAssignments') return [];
      return [{ modules, name, principalId: properties?.principalId ?? '' }];
    },
  );
}

interface TemplateResource {
  readonly type: string;
  readonly name: string;
  readonly properties?: {
    readonly principalId?: string;
    readonly template?: { readonly resources: unknown };
  };
}
