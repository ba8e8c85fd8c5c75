// Reads values of JSON, YAML and TOML safely: their keys may have the names of inherited object
// members.

/** True for what braces make in JSON and tables in TOML. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member that the file has; undefined for everything else. */
export function memberOf(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
