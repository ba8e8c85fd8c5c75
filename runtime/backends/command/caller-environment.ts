// The environment of a program where values of `env` are headers of the caller: whose value it is
// tells programs apart.

import { createHash } from 'node:crypto';
import { fillInHeaders, referencedHeaders } from '../../../config/references.ts';
import { refuseMissingHeaders } from '../missing-headers.ts';

type Values = Readonly<Record<string, string>>;

/** What a program is started with. */
export interface FilledEnvironment {
  readonly values: Values;
  /** What of it is the caller's. */
  readonly secrets: readonly string[];
  /** Equal for equal values; empty where no caller has a part in them. */
  readonly key: string;
}

export class CallerEnvironment {
  /** Names of the headers that callers must send. */
  readonly headers: readonly string[];
  readonly #values: Values;
  readonly #same: FilledEnvironment;

  /** @param values `env` of the entry, in which only `${header:…}` is left to be filled in. */
  constructor(values: Values) {
    this.#values = values;
    this.#same = { values, secrets: [], key: '' };
    this.headers = [...new Set(Object.values(values).flatMap(referencedHeaders))];
  }

  /** @returns undefined when a header is missing. */
  fillIfSent(headers: Values): FilledEnvironment | undefined {
    return this.headers.every((name) => headers[name]) ? this.fill(headers) : undefined;
  }

  /** @throws HostError `missing-header`. */
  fill(headers: Values): FilledEnvironment {
    if (this.headers.length === 0) return this.#same;
    refuseMissingHeaders(this.headers, headers);
    const entries = Object.entries(this.#values).map(([name, text]) => [
      name,
      fillInHeaders(text, headers) ?? '',
    ]);
    const key = createHash('sha256').update(JSON.stringify(entries)).digest('base64url');
    const secrets = this.headers.map((name) => headers[name] as string);
    return { values: Object.fromEntries(entries), secrets, key };
  }
}
