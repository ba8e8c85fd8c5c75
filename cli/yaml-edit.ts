// Changes of a YAML text at the ranges of its nodes. Every byte that is not part of the change stays:
// comments, blank lines, ends of lines, flow maps. The same steps, for JSON with comments: jsonc-edit.ts.

import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml';

/** Renders a pair for the place that was found for it. */
export type RenderPair = (style: {
  readonly isFlow: boolean;
  /** Blanks for each level. */
  readonly step: number;
}) => string;

export interface Insertion {
  /** Keys from the top of the file to the map. */
  readonly path: readonly string[];
  readonly render: RenderPair;
  /** A blank line before the pair, where the map has no other habit. */
  readonly isSpaced: boolean;
}

const DEFAULT_STEP = 2;

/** @returns the text with a pair at the end of a map; undefined where there is no place for it. */
export function insertPair(
  text: string,
  { path, render, isSpaced }: Insertion,
): string | undefined {
  const document = parse(text);
  const map = document && nodeAt(document, path);
  if (document === undefined || map === undefined) return undefined;
  const step = stepOf(text, document);
  if (isMap(map) && map.flow === true)
    return insertIntoFlow(text, map, render({ isFlow: true, step }));
  const lines = render({ isFlow: false, step }).split('\n');
  if (isMap(map)) {
    const last = map.items.at(-1);
    const first = last && columnOf(text, map.items[0]?.key);
    if (last === undefined || first === undefined) return undefined;
    const end = endOfPair(text, last, first);
    const blank = isSpaced && (map.items.length < 2 || isBlankAbove(text, last));
    return insertLines(text, end, [...(blank ? [''] : []), ...indented(lines, first)]);
  }
  // An empty value has its place behind its key.
  const isEmpty = isScalar(map) && map.range?.[0] === map.range?.[1];
  const key = isEmpty ? keyAt(document, path) : undefined;
  const column = key && columnOf(text, key);
  if (key === undefined || column === undefined) return undefined;
  return insertLines(text, endOfLine(text, endOf(key)), indented(lines, column + step));
}

/** @returns the text without a pair of a map; undefined where it cannot be cut out. */
export function removePair(text: string, path: readonly string[]): string | undefined {
  const document = parse(text);
  const map = document && nodeAt(document, path.slice(0, -1));
  if (!isMap(map)) return undefined;
  const index = indexOf(map, path.at(-1));
  const pair = map.items[index];
  if (pair === undefined) return undefined;
  if (map.flow === true) return removeFromFlow(text, map, index);
  const column = columnOf(text, pair.key);
  if (column === undefined) return undefined;
  const start = beforeLine(text, startOf(pair.key) - column);
  const isBlank = /(^|\n)[ \t]*$/.test(text.slice(0, start));
  const cut = isBlank ? beforeLine(text, text.lastIndexOf('\n', start - 1) + 1) : start;
  return text.slice(0, cut) + text.slice(endOfPair(text, pair, column));
}

/** @returns the text with another value in place of a scalar; undefined where there is none. */
export function replaceScalar(
  text: string,
  path: readonly string[],
  value: string,
): string | undefined {
  const document = parse(text);
  const node = document && nodeAt(document, path);
  if (!isScalar(node) || !node.range) return undefined;
  return text.slice(0, node.range[0]) + value + text.slice(node.range[1]);
}

/** Undefined for a text that is not YAML. */
function parse(text: string): Document.Parsed | undefined {
  const document = parseDocument(text);
  return document.errors.length === 0 ? document : undefined;
}

function nodeAt(document: Document, path: readonly string[]): Node | undefined {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  return isNode(node) && !isAlias(node) ? node : undefined;
}

function keyAt(document: Document, path: readonly string[]): Node | undefined {
  const map = nodeAt(document, path.slice(0, -1));
  const key = isMap(map) ? map.items[indexOf(map, path.at(-1))]?.key : undefined;
  return isNode(key) ? key : undefined;
}

function indexOf(map: YAMLMap, name: string | undefined): number {
  return map.items.findIndex(({ key }) => isScalar(key) && String(key.value) === name);
}

function startOf(node: unknown): number {
  return (isNode(node) && node.range?.[0]) || 0;
}

/** Of the last text in a node, without the blanks and comments behind it. */
function endOf(node: unknown): number {
  if (isCollection(node) && node.flow !== true) {
    const last = node.items.at(-1) as Pair | Node | undefined;
    if (last === undefined) return (node.range?.[1] ?? 0) as number;
    return isNode(last) ? endOf(last) : endOfContent(last);
  }
  return (isNode(node) && node.range?.[1]) || 0;
}

function endOfContent({ key, value }: Pair): number {
  return Math.max(endOf(key), endOf(value));
}

/** Where the lines of a pair end: behind comments that are deeper than its key. */
function endOfPair(text: string, pair: Pair, column: number): number {
  const content = text.slice(0, endOfContent(pair)).trimEnd().length;
  let end = endOfLine(text, content);
  for (let next = end; next < text.length; ) {
    const start = text.indexOf('\n', next) + 1;
    if (start === 0) break;
    next = endOfLine(text, start);
    const [, blanks = '', rest = ''] = /^([ \t]*)(.*)$/s.exec(text.slice(start, next)) ?? [];
    if (rest === '') continue;
    if (!rest.startsWith('#') || blanks.length <= column) break;
    end = next;
  }
  return end;
}

/** Blanks before a key, which must be alone with them on its line. */
function columnOf(text: string, key: unknown): number | undefined {
  const start = startOf(key);
  const before = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  return /^ *$/.test(before) ? before.length : undefined;
}

/** Blanks of one level, as the first map that is below another one has them. */
function stepOf(text: string, { contents }: Document): number {
  const outer = isMap(contents) ? contents.items : [];
  const inner = outer.map(({ value }) => (isMap(value) && value.flow !== true ? value : undefined));
  const found = inner.find((map) => map !== undefined && map.items.length > 0);
  const columns = [columnOf(text, outer[0]?.key), columnOf(text, found?.items[0]?.key)];
  const [high, deep] = columns;
  return found && high !== undefined && deep !== undefined && deep > high
    ? deep - high
    : DEFAULT_STEP;
}

function indented(lines: readonly string[], column: number): string[] {
  return lines.map((line) => (line === '' ? '' : ' '.repeat(column) + line));
}

/** @param end of a line, before its break: what follows keeps it, also where there is none. */
function insertLines(text: string, end: number, lines: readonly string[]): string {
  const [eol = '\n'] = /^\r?\n/.exec(text.slice(end)) ?? /\r?\n/.exec(text) ?? [];
  const added = lines.map((line) => eol + line).join('');
  return text.slice(0, end) + added + text.slice(end);
}

/** Before the break of the line that `offset` is in. */
function endOfLine(text: string, offset: number): number {
  const next = text.indexOf('\n', offset);
  const end = next === -1 ? text.length : next;
  return next > offset && text[end - 1] === '\r' ? end - 1 : end;
}

/** Before the break that begins a line. */
function beforeLine(text: string, start: number): number {
  if (start === 0) return 0;
  return text[start - 2] === '\r' ? start - 2 : start - 1;
}

function isBlankAbove(text: string, { key }: Pair): boolean {
  const line = text.lastIndexOf('\n', startOf(key) - 1);
  const lines = text.slice(0, Math.max(line, 0)).split('\n');
  const above = lines.findLast((each) => !/^\s*#/.test(each));
  return above !== undefined && above.trim() === '';
}

function insertIntoFlow(text: string, map: YAMLMap, pair: string): string | undefined {
  const last = map.items.at(-1);
  if (last === undefined) {
    const open = map.range ? map.range[0] + 1 : undefined;
    return open === undefined ? undefined : text.slice(0, open) + pair + text.slice(open);
  }
  const end = endOfContent(last);
  const start = startOf(last.key);
  const [, lineBreak = ' '] = /(\r?\n[ \t]*)$/.exec(text.slice(0, start)) ?? [];
  return `${text.slice(0, end)},${lineBreak}${pair}${text.slice(end)}`;
}

function removeFromFlow(text: string, map: YAMLMap, index: number): string {
  const pair = map.items[index] as Pair;
  const before = index === 0 ? undefined : endOfContent(map.items[index - 1] as Pair);
  const [start, end] = [startOf(pair.key), endOfContent(pair)];
  if (before !== undefined && /^\s*,\s*$/.test(text.slice(before, start))) {
    return text.slice(0, before) + text.slice(end);
  }
  // Comments before it stay, so its own comma goes, and the blanks that kept it from the next one.
  const [comma = ''] = /^\s*,[ \t]*/.exec(text.slice(end)) ?? [];
  return text.slice(0, start) + text.slice(end + comma.length);
}
