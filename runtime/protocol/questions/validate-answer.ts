// Whether a client's answer fits its question; one that does not is asked again instead of failing
// in the handler.

import { isObject } from '../../../config/json-value.ts';
import type { JsonObject, Question } from '../../exchange/exchange.ts';
import { isMeta } from '../message.ts';

/**
 * Form answers are checked against the question's `requestedSchema`; other answers only for being
 * an object.
 */
export async function isAcceptable(
  { method, params }: Question,
  response: unknown,
): Promise<boolean> {
  if (!isObject(response) || !isMeta(response._meta)) return false;
  const { action, content } = response;
  const schema = params?.requestedSchema;
  if (method !== 'elicitation/create') return true;
  if (action !== 'accept') return action === 'decline' || action === 'cancel';
  if (schema === undefined) return true;
  return fits(schema as JsonObject, content);
}

async function fits(schema: JsonObject, content: unknown): Promise<boolean> {
  // Loaded when a person was first asked something: most servers never do.
  const { default: ajv } = await import('ajv');
  const { default: addFormats } = await import('ajv-formats');
  try {
    const validator = new ajv.default({ strict: false });
    addFormats.default(validator);
    return validator.validate(schema, content) === true;
  } catch {
    return true; // A schema that ajv does not understand is the server's own to judge.
  }
}
