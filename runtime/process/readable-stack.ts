// Stacks of bundled code as its authors know it: file and line of the source, by the map beside the
// bundle.

import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * A place in a bundle, as V8 writes it: a URL or a path, line and column. It starts a word: tried
 * at each character, a long message would block the process.
 */
const PLACE =
  /(?<=^|[\s(])((?:file:\/\/)?[^\s()]*[\\/]dist[\\/](?:main|(?:bundles|chunks)[\\/][^\s():]+)\.js):(\d+):(\d+)/g;

export class ReadableStacks {
  /** Maps are read when the first error comes from their bundle. */
  readonly #maps = new Map<string, SourceMap | undefined>();

  /** @returns the stack with places in bundles replaced; never throws. */
  read(stack: string): string {
    return stack.replaceAll(PLACE, (place, file: string, line: string, column: string) => {
      try {
        return this.#origin(file, Number(line), Number(column)) ?? place;
      } catch {
        return place;
      }
    });
  }

  #origin(file: string, line: number, column: number): string | undefined {
    const bundle = file.startsWith('file:') ? fileURLToPath(file) : file;
    if (!this.#maps.has(bundle)) this.#maps.set(bundle, readMap(`${bundle}.map`));
    const origin = this.#maps.get(bundle)?.findOrigin(line, column);
    if (!origin || !('fileName' in origin)) return undefined;
    const source = resolve(dirname(bundle), origin.fileName);
    return `${source}:${origin.lineNumber}:${origin.columnNumber}`;
  }
}

function readMap(file: string): SourceMap | undefined {
  return existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}
