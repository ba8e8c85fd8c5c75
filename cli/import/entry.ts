// Parts of a client's entry, whatever a person may have written there.

import { isObject, memberOf } from '../../config/json-value.ts';

export type JsonValue =
  | string
  | number
  | boolean
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** An entry of servers.yaml. */
export type Converted = Record<string, JsonValue>;

/** One entry as it is in a client's file. */
export type ClientEntryValue = Readonly<Record<string, unknown>>;

/** Reads members and remembers which it used, so that all others can be reported. */
export class EntryReader {
  readonly #entry: ClientEntryValue;
  readonly #used = new Set<string>();

  constructor(entry: ClientEntryValue) {
    this.#entry = entry;
  }

  /** The first of these members that is there and passes. */
  find<Value>(
    keys: readonly string[],
    passes: (value: unknown) => value is Value,
  ): Value | undefined {
    for (const key of keys) {
      const value = memberOf(this.#entry, key);
      if (value === undefined || !passes(value)) continue;
      this.#used.add(key);
      return value;
    }
    return undefined;
  }

  text(...keys: string[]): string | undefined {
    return this.find(keys, isText);
  }

  number(...keys: string[]): number | undefined {
    return this.find(keys, isAmount);
  }

  boolean(...keys: string[]): boolean | undefined {
    return this.find(keys, (value) => typeof value === 'boolean');
  }

  /** Texts and numbers of a list, as texts. */
  texts(...keys: string[]): string[] {
    return this.find(keys, isPrintableList)?.map(String) ?? [];
  }

  /** Texts, numbers and booleans of a map, as texts. */
  map(...keys: string[]): Record<string, string> {
    const map = this.find(keys, isPrintableMap) ?? {};
    return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, String(value)]));
  }

  /** Members that no one could use. */
  unused(): string[] {
    return Object.keys(this.#entry).filter((key) => !this.#used.has(key));
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value > 0;
}

function isPrintableList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.every(isPrintable);
}

function isPrintableMap(value: unknown): value is Record<string, unknown> {
  return isObject(value) && Object.values(value).every(isPrintable);
}

function isPrintable(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
