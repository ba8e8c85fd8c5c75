// YAML that is valid but not allowed in servers.yaml, because Bicep reads the same file and would
// read something else (merge keys, 1_000, later documents, %YAML), or because a value would
// silently be lost (keys that stand twice).

import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type Pair } from 'yaml';
import type { Problem } from './formats.ts';

/** A problem with the YAML itself. */
export interface YamlFault extends Problem {
  readonly got: string;
  /** Characters from the start of the text. */
  readonly offset: number;
  readonly path: readonly PropertyKey[];
}

interface Visited {
  readonly node: unknown;
  readonly path: readonly PropertyKey[];
}

interface Context {
  readonly document: Document.Parsed;
  readonly lineOf: (offset: number) => number;
}

/**
 * Everything in the first document that may not be there, and the presence of a second one.
 * @param lineOf the line of an offset, counted from 1
 */
export function findDialectFaults(
  document: Document.Parsed,
  second: Document.Parsed | undefined,
  lineOf: (offset: number) => number,
): YamlFault[] {
  const faults = [...documentFaults(document, second)];
  for (const visited of walk(document.contents, [])) {
    for (const rule of nodeRules) faults.push(...rule(visited, { document, lineOf }));
  }
  return faults;
}

function* documentFaults(
  document: Document.Parsed,
  second?: Document.Parsed,
): Generator<YamlFault> {
  if (document.directives.yaml.explicit === true) {
    yield fault(
      0,
      [],
      'no %YAML line',
      `%YAML ${document.directives.yaml.version}`,
      'delete the line',
    );
  }
  if (second !== undefined) {
    const offset = second.range?.[0] ?? 0;
    yield fault(
      offset,
      [],
      'one document',
      'a second one (---)',
      'delete it, or move its servers into the first document',
    );
  }
}

const nodeRules: readonly ((visited: Visited, context: Context) => YamlFault[])[] = [
  refuseRepeatedKeys,
  refuseMergeKeys,
  refusePrototypeKeys,
  refuseUnderscoredNumbers,
  refuseWholeNumbersWithPoint,
  refuseTags,
  refuseUnknownAliases,
];

function refuseRepeatedKeys({ node, path }: Visited, { lineOf }: Context): YamlFault[] {
  if (!isMap(node)) return [];
  const seen = new Map<string, Pair>();
  return node.items.flatMap((pair) => {
    const name = keyName(pair);
    const first = seen.get(name);
    if (first === undefined) {
      seen.set(name, pair);
      return [];
    }
    const line = lineOf(startOf(first.key));
    const got = `a second ${JSON.stringify(name)} (the first is at line ${line})`;
    return [
      fault(startOf(pair.key), [...path, name], 'each key only once', got, 'delete one of them'),
    ];
  });
}

function refuseMergeKeys({ node, path }: Visited): YamlFault[] {
  if (!isPair(node) || !isScalar(node.key) || node.key.source !== '<<' || node.key.type !== 'PLAIN')
    return [];
  const fix = 'write out the keys, or move them to "defaults"';
  return [fault(startOf(node.key), path, 'no merge key', '"<<"', fix)];
}

/** zod leaves this key out without a word, so it would be a server that no one sees. */
function refusePrototypeKeys({ node, path }: Visited): YamlFault[] {
  if (!isPair(node) || keyName(node) !== '__proto__') return [];
  return [fault(startOf(node.key), path, 'another key', '"__proto__"', 'rename or delete it')];
}

/** A number for Bicep, text for YAML 1.2. */
function refuseUnderscoredNumbers({ node, path }: Visited): YamlFault[] {
  if (!isScalar(node) || node.type !== 'PLAIN') return [];
  const source = node.source ?? '';
  if (!/^[-+]?[0-9][0-9.]*_[0-9._]*$/.test(source)) return [];
  const fix = `write ${source.replaceAll('_', '')} (or put it in quotes if it is text)`;
  return [fault(startOf(node), path, 'a number without _', source, fix)];
}

/** `5.0` is a whole number for us, and a fraction, which no key takes, for Bicep. */
function refuseWholeNumbersWithPoint({ node, path }: Visited): YamlFault[] {
  if (!isScalar(node) || !Number.isInteger(node.value) || !node.source?.includes('.')) return [];
  const fix = `write ${node.value} (or put it in quotes if it is text)`;
  return [fault(startOf(node), path, 'a whole number without a decimal point', node.source, fix)];
}

function refuseTags({ node, path }: Visited): YamlFault[] {
  const tag = isScalar(node) || isMap(node) || isSeq(node) ? node.tag : undefined;
  if (tag === undefined) return [];
  const fix = 'delete the tag (put the value in quotes if it is text)';
  const shown = tag.replace('tag:yaml.org,2002:', '!!');
  return [fault(startOf(node), path, 'a value without a tag', `the tag ${shown}`, fix)];
}

function refuseUnknownAliases({ node, path }: Visited, { document }: Context): YamlFault[] {
  if (!isAlias(node) || node.resolve(document) !== undefined) return [];
  const fix = 'put text that begins with * in quotes, or define the anchor above this line';
  return [
    fault(
      startOf(node),
      path,
      'an alias of an anchor that is defined above it',
      `*${node.source}`,
      fix,
    ),
  ];
}

/** Aliases are not followed: what they stand for is visited at its anchor. */
function* walk(node: unknown, path: readonly PropertyKey[]): Generator<Visited> {
  yield { node, path };
  if (isMap(node)) {
    for (const pair of node.items) {
      const child = [...path, keyName(pair)];
      yield { node: pair, path: child };
      yield* walk(pair.value, child);
    }
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) yield* walk(item, [...path, index]);
  }
}

function keyName(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

function startOf(node: unknown): number {
  const { range } = node as { range?: readonly number[] | null };
  return range?.[0] ?? 0;
}

function fault(
  offset: number,
  path: readonly PropertyKey[],
  expected: string,
  got: string,
  fix: string,
): YamlFault {
  return { offset, path, expected, got, fix };
}
