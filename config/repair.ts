// How to repair a value that has the wrong type or size: the text after "Fix:".

import type { z } from 'zod';
import { meantWord } from './spelling.ts';

/** What to write instead of a value that the schema refused. */
export function repairValue(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.path.length === 0) return 'write "servers:", and list the servers below it';
  if (value === undefined) return `add "${String(issue.path.at(-1))}"`;
  if (value === null) return 'give it a value, or delete the key';
  if (issue.code === 'invalid_value') return repairWord(issue.values.map(String), value);
  if (issue.code === 'too_big') return `write at most ${issue.maximum}`;
  if (issue.code === 'too_small') {
    return issue.origin === 'array'
      ? 'add an item, or delete the key'
      : `write at least ${issue.minimum}`;
  }
  return issue.code === 'invalid_type' ? repairType(issue.expected, value) : 'correct it';
}

function repairWord(words: readonly string[], value: unknown): string {
  const meant = meantWord(String(value), words);
  return meant === undefined ? `write ${words.join(' or ')}` : `write ${meant}`;
}

function repairType(expected: string, value: unknown): string {
  if (expected === 'number' || expected === 'int') return repairNumber(value);
  if (expected === 'boolean') return repairFlag(value);
  if (expected === 'array') {
    return typeof value === 'string' ? `write [${JSON.stringify(value)}]` : 'write a list: [a, b]';
  }
  if (expected === 'string') {
    return typeof value === 'object' ? 'write a single text' : 'put it in quotes';
  }
  if (!Array.isArray(value)) return 'write its keys on the lines below it, indented';
  return 'write "name: value" lines instead of "- " items';
}

/** Units are suggested, not accepted: Bicep reads the same file, and `30s` would be text there. */
const FACTORS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['ms', 1],
  ['s', 1_000],
  ['sec', 1_000],
  ['m', 60_000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['b', 1],
  ['kb', 1_000],
  ['kib', 1_024],
  ['mb', 1_000_000],
  ['mib', 1_048_576],
]);

function repairNumber(value: unknown): string {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? `write ${Math.round(value)}` : 'write a whole number';
  }
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(String(value)) ?? [];
  const factor = FACTORS.get(unit.toLowerCase());
  if (digits === undefined || factor === undefined) return 'write a number without a unit';
  return `write ${Math.round(Number(digits) * factor)}${unit === '' ? ' without quotes' : ''}`;
}

function repairFlag(value: unknown): string {
  const word = String(value).toLowerCase();
  if (['true', 'yes', 'on', '1'].includes(word)) return 'write true';
  return ['false', 'no', 'off', '0'].includes(word) ? 'write false' : 'write true or false';
}
