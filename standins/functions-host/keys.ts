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

/** Checks keys as the real host does, which remembers those that were right. */
export class KeyCheck {
  readonly #keys: FunctionKeys;
  /**
   * Keys that somebody has sent letter for letter: from then on any letter case passes (measured).
   */
  readonly #used = new Set<string>();

  constructor(keys: FunctionKeys) {
    this.#keys = keys;
  }

  /**
   * Whether a caller may call the function: the header wins over `?code=`, even when the header is
   * wrong and the code right (measured).
   * @param header the first of a repeated header
   */
  passes({ name, authorizationLevel }: HttpFunction, header: string | undefined, query: string) {
    if (authorizationLevel === 'anonymous') return true;
    const sent = header ?? codeOf(query);
    const { master, host = [], functions = {} } = this.#keys;
    const atFunction =
      authorizationLevel === 'function' ? [...host, ...(functions[name] ?? [])] : [];
    const accepted = [master, ...atFunction];
    if (accepted.includes(sent)) {
      this.#used.add(sent);
      return true;
    }
    return accepted.some((key) => this.#used.has(key) && key.toLowerCase() === sent.toLowerCase());
  }
}

/** The first `code`; names in a query know no letter case there. */
function codeOf(query: string): string {
  const parameters = [...new URLSearchParams(query)];
  return parameters.find(([name]) => name.toLowerCase() === 'code')?.[1] ?? '';
}
