// What the schema of servers.yaml is built of: texts, numbers, lists and maps whose refusals are
// sentences.

import { z } from 'zod';
import type * as formats from './formats.ts';

export function text(format: formats.TextFormat) {
  return z.string({ error: 'text' }).check((context) => {
    const problem = format.explain(context.value);
    if (problem === undefined) return;
    const { expected, ...params } = problem;
    context.issues.push({ code: 'custom', input: context.value, message: expected, params });
  });
}

/** Metadata stays on the outermost schema: zod drops it when a check is added after it. */
export function format(textFormat: formats.TextFormat, description: string) {
  return text(textFormat).meta({ pattern: textFormat.pattern, description });
}

export function integer(unit: string, minimum: number, maximum: number) {
  const error = `a whole number of ${unit} from ${minimum} to ${maximum}`;
  return z.int({ error }).min(minimum, { error }).max(maximum, { error });
}

export function list<Item extends z.ZodType>(item: Item, of: string) {
  return z.array(item, { error: `a list of ${of}` });
}

export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape, of: string) {
  return z.strictObject(shape, { error: `a map of ${of}` });
}

export function choice<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: words.join(', ').replace(/, ([^,]*)$/, ' or $1') });
}

export const flag = z.boolean({ error: 'true or false' });
