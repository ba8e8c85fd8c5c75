// Reads a JSON text with comments and trailing commas, as clients allow them, and refuses what cannot be edited safely.

import {
  createScanner,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { isObject } from '../config/json-value.ts';

/** A file of a client: where each value stands, and the values. Their objects inherit nothing. */
export interface JsonFile {
  readonly tree: Node;
  readonly value: Record<string, unknown>;
}

/** What parses, edits and compares a file calls itself for each level, and the stack ends. */
const MAX_LEVELS = 500;

/** @throws Error when the text is not a JSON object */
export function readJson(text: string): JsonFile {
  refuseDeepNesting(text);
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined) {
    throw new Error(
      `expected JSON, got ${printParseErrorCode(error.error)} at line ${lineAt(text, error.offset)}; nothing was changed. ` +
        'Fix: correct that line',
    );
  }
  const value: unknown = tree && getNodeValue(tree);
  if (tree === undefined || !isObject(value)) {
    throw new Error(
      'expected a JSON object; nothing was changed. Fix: name another file, or write {} in this one',
    );
  }
  return { tree, value };
}

/**
 * Programs disagree on which of two values counts, so neither is edited.
 * @param names which members must stand once; without it, all, and those in them too
 */
export function refuseTwice(
  text: string,
  node: Node | undefined,
  names?: ReadonlySet<string>,
): void {
  const seen = new Map<string, number>();
  const members = node?.type === 'object' ? (node.children ?? []) : [];
  for (const { offset, children } of members) {
    const name = String(children?.[0]?.value);
    if (names !== undefined && !names.has(name)) continue;
    const first = seen.get(name);
    if (first !== undefined) {
      throw new Error(
        `"${name}" is there twice (lines ${lineAt(text, first)} and ${lineAt(text, offset)}); nothing was changed. ` +
          `Fix: delete one of them, for example at line ${lineAt(text, first)}`,
      );
    }
    seen.set(name, offset);
    if (names === undefined) refuseTwice(text, children?.[1]);
  }
}

function refuseDeepNesting(text: string): void {
  const scanner = createScanner(text, true);
  let levels = 0;
  do {
    scanner.scan();
    // Of a text or a comment this is the quote or the slash.
    const first = text[scanner.getTokenOffset()];
    if (first === '{' || first === '[') levels += 1;
    if (first === '}' || first === ']') levels -= 1;
    if (levels > MAX_LEVELS) {
      throw new Error(
        `expected at most ${MAX_LEVELS} nested lists and objects, got more at line ` +
          `${lineAt(text, scanner.getTokenOffset())}; nothing was changed. Fix: name the file that the client reads`,
      );
    }
  } while (scanner.getPosition() < text.length);
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
