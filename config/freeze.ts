// Configuration does not change once it is read.

/**
 * Freezes it and all that it holds. What is frozen already is not visited again: aliases let one
 * list stand in two places.
 */
export function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const child of Object.values(value)) freeze(child);
  return value;
}
