// Turns the schema's complaints about servers.yaml into diagnostics that name the place and the
// repair.

import type { z } from 'zod';
import type { Diagnostic } from './diagnostics.ts';
import type { Problem } from './formats.ts';
import { KINDS } from './kind-schema.ts';
import { ONCE } from './once.ts';
import { repairValue } from './repair.ts';
import { fileSchema, parts } from './schema.ts';
import { foreignKey, type KeyLevel, nearestWord } from './spelling.ts';
import type { ValuePath, YamlFile } from './yaml.ts';

/** The file at hand: its absolute path and what it says. */
export interface Source {
  readonly file: string;
  readonly yaml: YamlFile;
}

type Issue = z.core.$ZodIssue;

/** What is below them may be a secret, so it is not repeated. */
const SECRET_KEYS: ReadonlySet<string> = new Set(['env', 'headers', 'args']);

/** One diagnostic. `got` is described from the value at the path unless the problem says it. */
export function diagnose(
  { file, yaml }: Source,
  path: ValuePath,
  problem: Problem,
  target: 'key' | 'value' = 'value',
): Diagnostic {
  const got = problem.got ?? describe(valueAt(yaml.value, path));
  return {
    file,
    ...yaml.place(path, target),
    path: shownPath(path),
    message: `expected ${problem.expected}, got ${got}`,
    fix: problem.fix,
  };
}

/** Everything that the schema refuses in the file. */
export function explainIssues(source: Source): Diagnostic[] {
  const issues = fileSchema
    .safeParse(source.yaml.value, ONCE)
    .error?.issues.flatMap((issue) => withHiddenIssues(source, issue));
  const unknown = (issues ?? []).flatMap(unknownKeyPaths);
  // A mistyped key is one mistake: the missing right key is not reported as a second one.
  const meant = new Set(
    unknown.map((path) => shownPath([...path.slice(0, -1), meaning(path).means ?? ''])),
  );
  const isRepetition = (issue: Issue) =>
    valueAt(source.yaml.value, issue.path) === undefined &&
    alternatives(issue.path).some((path) => meant.has(shownPath(path)));
  return [
    ...unknown.map((path) => explainUnknownKey(source, path)),
    ...(issues ?? [])
      .filter((issue) => !isRepetition(issue))
      .flatMap((issue) => explainIssue(source, issue)),
  ];
}

/** An entry without `module` may have a mistyped key of another kind. */
function alternatives(path: ValuePath): ValuePath[] {
  const isModule = path.at(-1) === 'module' && path[0] === 'servers' && path.length === 3;
  return isModule ? KINDS.map((kind) => [...path.slice(0, -1), kind]) : [path];
}

/** zod reports a bad name of a server instead of the faults below it. */
function withHiddenIssues(source: Source, issue: Issue): Issue[] {
  if (issue.code !== 'invalid_key' || issue.path[0] !== 'servers' || issue.path.length !== 2)
    return [issue];
  const hidden =
    parts.server.safeParse(valueAt(source.yaml.value, issue.path), ONCE).error?.issues ?? [];
  return [issue, ...hidden.map((each) => ({ ...each, path: [...issue.path, ...each.path] }))];
}

function unknownKeyPaths(issue: Issue): ValuePath[] {
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [];
}

function explainIssue(source: Source, issue: Issue): Diagnostic[] {
  if (issue.code === 'unrecognized_keys') return [];
  if (issue.code === 'invalid_key') return [explainBadName(source, issue)];
  const value = valueAt(source.yaml.value, issue.path);
  const isSecret = SECRET_KEYS.has(String(issue.path.at(-2)));
  const { got, fix } = (issue.code === 'custom' ? issue.params : undefined) ?? {};
  const isAbsent = value === undefined && issue.path.length > 0;
  const problem = {
    expected: isAbsent ? `"${String(issue.path.at(-1))}" (${issue.message})` : issue.message,
    fix: fix ?? repairValue(issue, value),
    got: got ?? (isSecret ? kindOf(value) : describe(value)),
  };
  return [diagnose(source, issue.path, problem)];
}

function explainBadName(source: Source, issue: Issue & { code: 'invalid_key' }): Diagnostic {
  const inner = issue.issues[0];
  const { got, fix } = (inner?.code === 'custom' ? inner.params : undefined) ?? {};
  const problem = {
    expected: inner?.message ?? 'another name',
    got: got ?? describe(String(issue.path.at(-1))),
    fix: fix ?? 'rename it',
  };
  return diagnose(source, issue.path, problem, 'key');
}

function explainUnknownKey(source: Source, path: ValuePath): Diagnostic {
  const { expected = 'a known key', fix } = meaning(path);
  return diagnose(source, path, { expected, got: describe(String(path.at(-1))), fix }, 'key');
}

/** What the writer of an unknown key probably meant. */
function meaning(path: ValuePath): { means?: string; expected?: string; fix: string } {
  const key = String(path.at(-1));
  if (path[0] === 'defaults' && path.length === 2 && Object.hasOwn(parts.server.shape, key)) {
    return { expected: 'a key that all servers can share', fix: 'write it under each server' };
  }
  const foreign = foreignKey(key, levelOf(path));
  if (foreign !== undefined) return foreign;
  const known = knownKeys(path.slice(0, -1));
  const nearest = nearestWord(key, known);
  if (nearest !== undefined) return { means: nearest, fix: `write "${nearest}"` };
  return { expected: `one of ${known.join(', ')}`, fix: 'delete it' };
}

function levelOf(path: ValuePath): KeyLevel {
  if (path.length === 1) return 'top';
  if (path.length === 2) return path[0] === 'host' ? 'host' : 'server';
  return path.length === 3 && path[0] === 'servers' ? 'server' : 'inner';
}

function knownKeys(parents: ValuePath): string[] {
  let schema: unknown = fileSchema;
  for (const step of parents) {
    const { shape, valueType } = unwrap(schema);
    schema = shape?.[String(step)] ?? valueType;
  }
  return Object.keys(unwrap(schema).shape ?? {});
}

/** The map inside `.optional()`, `.default()` and the like. */
function unwrap(schema: unknown): { shape?: Record<string, unknown>; valueType?: unknown } {
  const { unwrap: inner } = schema as { unwrap?: () => unknown };
  return inner ? unwrap(inner.call(schema)) : (schema as object);
}

function valueAt(value: unknown, path: ValuePath): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step))
      return undefined;
    current = (current as Record<PropertyKey, unknown>)[step];
  }
  return current;
}

/** Dotted; a key that could break the line, or be taken for two keys, is shown in quotes. */
function shownPath(path: ValuePath): string {
  return path
    .map(String)
    .map((key) => (/^([\w$@/-]{1,60}|<<)$/.test(key) ? key : describe(key)))
    .join('.');
}

function describe(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  }
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : kindOf(value);
}

/** For values that are too large to show, or secret. */
function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  return `a ${typeof value}`;
}
