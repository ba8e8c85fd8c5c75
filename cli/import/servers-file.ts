// Entries as the text of a servers.yaml, and merged into one whose comments and formatting stay as they are.

import { isDeepStrictEqual } from 'node:util';
import { Document, isMap, isScalar, parseDocument, visit } from 'yaml';
import type { JsonValue } from './entry.ts';

export type Entries = Readonly<Record<string, Readonly<Record<string, JsonValue>>>>;

/** A whole file. */
export function toYaml(servers: Entries): string {
  const document = new Document({ servers });
  visit(document, {
    Scalar(key, node) {
      // Other readers take 1_000 for a number.
      if (key !== 'key' && typeof node.value === 'string' && /^[-+.]?\d/.test(node.value)) {
        node.type = 'QUOTE_DOUBLE';
      }
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** Whether there is nothing but comments. */
export function isEmpty(text: string): boolean {
  return text.replaceAll(/^\s*#.*$/gm, '').trim() === '';
}

/**
 * The text with the entries at the end of `servers`.
 * @throws Error when they cannot be added without changing something else
 */
export function addEntries(text: string, servers: Entries): string {
  if (isEmpty(text)) return `${text}${text.trim() === '' ? '' : '\n'}${toYaml(servers)}`;
  const before = parseDocument(text);
  const expected = { ...before.toJS(), servers: { ...before.toJS()?.servers, ...servers } };
  const merged = [insertedText(text, before, servers), rewritten(before, servers)].find(
    (candidate) =>
      candidate !== undefined && isDeepStrictEqual(parseDocument(candidate).toJS(), expected),
  );
  if (merged === undefined) {
    throw new Error(
      'the entries cannot be merged safely; nothing was changed. ' +
        'Fix: leave out --write, and put what is printed into the file yourself',
    );
  }
  return merged;
}

/** Behind the last entry, as deep as the others. Undefined where `servers` is no block. */
function insertedText(text: string, document: Document, servers: Entries): string | undefined {
  const map = document.get('servers', true);
  if (!isMap(map) || map.flow === true) return undefined;
  const [first, last] = [map.items[0]?.key, map.items.at(-1)];
  const start = isScalar(first) ? first.range?.[0] : undefined;
  const lastNode = isScalar(last?.value) || isMap(last?.value) ? last.value : last?.key;
  const end = (lastNode as { range?: readonly number[] | null } | undefined)?.range?.[1];
  if (start === undefined || end === undefined) return undefined;
  const indent = ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1));
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const [, ...lines] = toYaml(servers).trimEnd().split('\n');
  const added = lines.map((line) => indent + line.slice(2)).join(eol);
  // A value may end in the middle of a line, with a comment behind it, or at the start of the next line.
  const isAtStart = text[end - 1] === '\n';
  const lineEnd = isAtStart ? end : text.indexOf('\n', end) + 1 || text.length;
  const head = text.slice(0, lineEnd);
  const separator = head.endsWith('\n') ? eol : eol + eol;
  return `${head}${separator}${added}${eol}${text.slice(lineEnd)}`;
}

function rewritten(document: Document, servers: Entries): string {
  const copy = document.clone();
  const map = copy.get('servers');
  if (!isMap(map)) copy.set('servers', copy.createNode(servers));
  else for (const [name, entry] of Object.entries(servers)) map.set(name, copy.createNode(entry));
  return copy.toString({ lineWidth: 0 });
}
