// Function keys: who may call a function of which level.

import type { HttpFunction } from './functions.ts';

/** The keys of an app. Names of keys do not matter to the check, so only their values are here. */
export interface FunctionKeys {
  /** Passes at every level. */
  readonly master: string;
  /** Pass at level `function`, for every function. */
  readonly host?: readonly string[];
  /** Pass at level `function`, for the function of that name only. */
  readonly functions?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Whether a caller may call the function: the header wins over `?code=`, even when the header is
 * wrong and the code right (measured).
 * @param header the first of a repeated header
 */
export function isAuthorized(
  keys: FunctionKeys,
  { name, authorizationLevel }: HttpFunction,
  header: string | undefined,
  query: string,
): boolean {
  if (authorizationLevel === 'anonymous') return true;
  const key = header ?? new URLSearchParams(query).get('code') ?? '';
  const accepted = [keys.master];
  if (authorizationLevel === 'function') {
    accepted.push(...(keys.host ?? []), ...(keys.functions?.[name] ?? []));
  }
  return accepted.includes(key);
}
