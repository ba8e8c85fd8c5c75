// Finds what a module changed in globals that all servers of this thread share. Without this check,
// other servers would fail for no visible reason.

import { watchEnvironment } from '../../config/env.ts';
import { bounded } from '../exchange/bounded-text.ts';

const { isExtensible, keys } = Object;
const { deleteProperty } = Reflect;

/** An enumerable property of one of them appears in every `for … in`, and in checks of unknown keys. */
const PROTOTYPES: readonly (readonly [name: string, prototype: object])[] = [
  ['Object.prototype', Object.prototype],
  ['Array.prototype', Array.prototype],
];

export interface FoundChanges {
  readonly undone: readonly string[];
  /** What cannot be taken back. */
  readonly left: readonly string[];
}

export class GlobalChanges {
  readonly #known = new Set(PROTOTYPES.flatMap(([name, prototype]) => namesOf(name, prototype)));
  readonly #restoreEnvironment = watchEnvironment();

  /** Changes since the last call, taken back where that is possible. */
  undo(): FoundChanges {
    const undone = this.#restoreEnvironment().map((name) => `process.env.${bounded(name)}`);
    const left: string[] = [];
    for (const [name, prototype] of PROTOTYPES) {
      for (const key of keys(prototype)) {
        const shown = `${name}.${bounded(key)}`;
        if (this.#known.has(shown)) continue;
        if (deleteProperty(prototype, key)) undone.push(shown);
        else {
          left.push(shown);
          this.#known.add(shown);
        }
      }
      const frozen = `${name} (frozen)`;
      if (isExtensible(prototype) || this.#known.has(frozen)) continue;
      left.push(frozen);
      this.#known.add(frozen);
    }
    return { undone, left };
  }
}

function namesOf(name: string, prototype: object): string[] {
  return keys(prototype).map((key) => `${name}.${bounded(key)}`);
}
