// Adds a value to a JSON text with comments. jsonc-parser's own insertion formats the neighbours
// anew; this one writes new lines only, in the indentation and with the line ends of the text.

import { applyEdits, findNodeAtLocation, type JSONPath, type Node, parseTree } from 'jsonc-parser';

/**
 * @param path where the value shall stand; missing maps above it are made. A number as the last
 * step appends to a list
 * @returns the text with the value in it
 */
export function insertValue(text: string, path: JSONPath, value: unknown): string {
  const tree = parseTree(text, [], { allowTrailingComma: true });
  const container = tree && findNodeAtLocation(tree, path.slice(0, -1));
  const key = path.at(-1);
  if (container === undefined)
    return insertValue(text, path.slice(0, -1), { [String(key)]: value });
  const name = typeof key === 'number' ? '' : `${JSON.stringify(key)}: `;
  const style = styleOf(text);
  const last = container.children?.at(-1);
  if (last === undefined) return fillEmpty(text, container, name, value, style);
  const end = last.offset + last.length;
  // A comment behind the last value stays behind it.
  const [tail, comma] =
    /^[ \t]*(,?)[ \t]*(?:\/\/.*|\/\*.*\*\/[ \t]*)?(?=\r?\n)/.exec(text.slice(end)) ?? [];
  if (tail === undefined) return insertAt(text, end, `, ${name}${JSON.stringify(value)}`);
  const indent = indentAt(text, last.offset);
  const line = `${style.eol}${indent}${name}${pretty(value, indent, style)}${comma}`;
  const withLine = insertAt(text, end + tail.length, line);
  return comma === '' ? insertAt(withLine, end, ',') : withLine;
}

interface Style {
  readonly unit: string;
  readonly eol: string;
}

function styleOf(text: string): Style {
  return {
    unit: /^([ \t]+)["\]}]/m.exec(text)?.[1] ?? '  ',
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}

function fillEmpty(
  text: string,
  container: Node,
  name: string,
  value: unknown,
  style: Style,
): string {
  const outer = indentAt(text, container.offset);
  const indent = outer + style.unit;
  const start = container.offset + 1;
  const inner = text.slice(start, container.offset + container.length - 1);
  const line = `${style.eol}${indent}${name}${pretty(value, indent, style)}`;
  // Comments in an empty map stay above what comes in.
  const content = inner.trim() === '' ? line : `${inner.trimEnd()}${line}`;
  const edit = { offset: start, length: inner.length, content: `${content}${style.eol}${outer}` };
  return applyEdits(text, [edit]);
}

function indentAt(text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart, offset))?.[0] ?? '';
}

function pretty(value: unknown, indent: string, { unit, eol }: Style): string {
  return JSON.stringify(value, null, unit).replaceAll('\n', `${eol}${indent}`);
}

function insertAt(text: string, offset: number, content: string): string {
  return applyEdits(text, [{ offset, length: 0, content }]);
}
