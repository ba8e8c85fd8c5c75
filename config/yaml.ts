// YAML text to plain values, and from the path of a value back to its place in the text.

import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { findDialectFaults, type YamlFault } from './dialect.ts';

/** Where something is in the text. Both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Path of a value from the top of the file: keys of maps and indexes of lists. */
export type ValuePath = readonly PropertyKey[];

/** A problem with the YAML itself, at its place. */
export interface PlacedFault extends Omit<YamlFault, 'offset'> {
  readonly place: Place;
}

/** What the text says. */
export interface YamlFile {
  /** Plain values; undefined when the text is too broken to tell. */
  readonly value: unknown;
  /** Everything wrong with the YAML itself. */
  readonly faults: readonly PlacedFault[];
  /**
   * The place of a value, or of its key; of the nearest parent that exists when it is absent.
   * @param target which of the two; an empty value has no place of its own and gives its key's
   */
  readonly place: (path: ValuePath, target: 'key' | 'value') => Place;
}

/** Longest text that Bicep's loadYamlContent takes (characters). */
const MAX_TEXT_LENGTH = 1_048_576;

/**
 * Reads YAML 1.2. Never throws: the parser's own exceptions (nesting, alias bombs) become faults.
 */
export function readYaml(text: string): YamlFile {
  const lines = new LineCounter();
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const broken = (faults: readonly YamlFault[]): YamlFile => ({
    value: undefined,
    faults: faults.map((fault) => placed(fault, at)),
    place: () => ({ line: 1, column: 1 }),
  });
  if (text.length > MAX_TEXT_LENGTH) {
    const got = `${text.length} characters`;
    return broken([whole(`at most ${MAX_TEXT_LENGTH} characters`, got, 'shorten the file')]);
  }
  const [document, second] = parseDocuments(text, lines);
  if (document === undefined) {
    return broken([
      whole('a map of servers', 'an empty file', 'write "servers:", and a server below it'),
    ]);
  }
  const syntax = firstSyntaxFault(document);
  if (syntax !== undefined) return broken([syntax]);
  const faults = findDialectFaults(document, second, (offset) => at(offset).line);
  const pairOf = createPairFinder();
  const values = toValues(document);
  if (values === undefined) return broken(faults.length > 0 ? faults : [TOO_MANY_ALIASES]);
  return {
    value: values.value,
    faults: faults.map((fault) => placed(fault, at)),
    place: (path, target) => at(offsetOf(document, path, target, pairOf)),
  };
}

const TOO_MANY_ALIASES = whole(
  'values',
  'too many aliases (*name)',
  'write the values instead of aliases',
);

function whole(expected: string, got: string, fix: string): YamlFault {
  return { offset: 0, path: [], expected, got, fix };
}

function placed({ offset, ...fault }: YamlFault, at: (offset: number) => Place): PlacedFault {
  return { ...fault, place: at(offset) };
}

/**
 * `merge` because Bicep merges too: what a refused merge key brings in is then checked like
 * everything else.
 */
function parseDocuments(text: string, lineCounter: LineCounter): Document.Parsed[] {
  const options = {
    lineCounter,
    prettyErrors: false,
    merge: true,
    stringKeys: true,
    uniqueKeys: false,
  };
  return [...parseAllDocuments(text, options)];
}

/** What people do wrong, by the parser's code; its own words stay for what is not listed. */
const SYNTAX_FAULTS: ReadonlyMap<string, { got: string; fix: string }> = new Map([
  ['TAB_AS_INDENT', { got: 'a tab', fix: 'indent with spaces' }],
  ['BAD_INDENT', { got: 'wrong indentation', fix: 'align the keys, and close each { and [ above' }],
  ['BLOCK_AS_IMPLICIT_KEY', { got: 'two colons on one line', fix: 'put the value in quotes' }],
  ['MULTILINE_IMPLICIT_KEY', { got: 'a line without a colon', fix: 'write "key: value"' }],
  [
    'MISSING_CHAR',
    {
      got: 'an unclosed quote or bracket',
      fix: 'close the quote or bracket that was opened above',
    },
  ],
  [
    'BAD_SCALAR_START',
    { got: 'a value that begins with a reserved character', fix: 'put it in quotes' },
  ],
  ['NON_STRING_KEY', { got: 'a map or list as a key', fix: 'put text with { or [ in quotes' }],
  ['RESOURCE_EXHAUSTION', { got: 'too many nested levels', fix: 'use fewer nested levels' }],
]);

/** Only the first: what a parser says after it is a guess. */
function firstSyntaxFault(document: Document.Parsed): YamlFault | undefined {
  const error = document.errors.toSorted((a, b) => a.pos[0] - b.pos[0])[0];
  if (error === undefined) return undefined;
  const known = SYNTAX_FAULTS.get(error.code) ?? {
    got: `a syntax error (${error.message.replaceAll(/\s+/g, ' ')})`,
    fix: 'check indentation, quotes and brackets here and on the line above',
  };
  return { offset: error.pos[0], path: [], expected: 'valid YAML', ...known };
}

/**
 * An alias bomb makes the parser throw a ReferenceError; undefined means that it threw.
 */
function toValues(document: Document.Parsed): { value: unknown } | undefined {
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) };
  } catch {
    return undefined;
  }
}

function offsetOf(
  document: Document.Parsed,
  path: ValuePath,
  target: 'key' | 'value',
  pairOf: PairFinder,
): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    const container = isAlias(node) ? node.resolve(document) : node;
    const pair = isMap(container) ? pairOf(container, step) : undefined;
    const child: unknown = pair
      ? pair.value
      : isSeq(container)
        ? container.items[Number(step)]
        : undefined;
    const isEnd = index === path.length - 1;
    const isEmpty = !isNode(child) || (isScalar(child) && child.value === null);
    if (pair === undefined && child === undefined) break;
    const key = pair && startOf(pair.key);
    const useKey = key !== undefined && (!isEnd || target === 'key' || isEmpty);
    offset = (useKey ? key : startOf(child)) ?? offset;
    node = child;
  }
  return offset;
}

type PairFinder = (map: YAMLMap, key: PropertyKey) => Pair | undefined;

/** Of a key that stands twice the last one counts, as it does for the values. */
function createPairFinder(): PairFinder {
  // Each map is searched once: thousands of problems may lie in one.
  const known = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();
  return (map, key) => {
    const pairs =
      known.get(map) ??
      new Map(
        map.items
          .filter(({ key }) => isScalar(key))
          .map((pair) => [String((pair.key as Scalar).value), pair]),
      );
    known.set(map, pairs);
    return pairs.get(String(key));
  };
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? ((node as Node).range?.[0] ?? undefined) : undefined;
}
