// The SDKs create a JSON Schema validator with each server object, and few servers use it. In a
// bundle, it is created when a schema first needs it: performance.md.

import type { Plugin } from 'rolldown';

/** `import { n as AjvJsonSchemaValidator } from "./ajvProvider-B9x.mjs"`, with or without `n as`. */
const IMPORT =
  /import \{ (?:(?<exported>\w+) as )?AjvJsonSchemaValidator \} from (?<file>(["'])[^"'\n]*ajv-?[pP]rovider[^"'\n]*\3);/;

/**
 * Where the SDKs themselves import it. Elsewhere it is somebody's own, and stays as it is.
 * @param isOfSdk whether a file belongs to an SDK.
 */
export function lazyValidatorPlugin(isOfSdk: (file: string) => boolean): Plugin {
  return {
    name: 'lazy-validator',
    transform(code, id) {
      const lazy = isOfSdk(id) ? withLazyValidator(code) : undefined;
      return lazy === undefined ? null : { code: lazy, map: null };
    },
  };
}

/** @returns undefined for code that does not import the validator. */
export function withLazyValidator(code: string): string | undefined {
  const found = IMPORT.exec(code);
  if (!found) return undefined;
  const { exported = 'AjvJsonSchemaValidator', file } = found.groups ?? {};
  // In one line, so that the lines of the source map stay right.
  const lazy = `class AjvJsonSchemaValidator { #options; #made; constructor(...options) { this.#options = options; } getValidator(schema) { this.#made ??= new (require(${file}).${exported})(...this.#options); return this.#made.getValidator(schema); } }`;
  return code.replace(found[0], () => lazy);
}
