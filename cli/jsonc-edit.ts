// Puts a value into a JSON text with comments, or takes one out. jsonc-parser's own edits format the neighbors anew,
// drop comments beside them, and break a list of one member with a trailing comma; these change no other line.

import { findNodeAtLocation, type JSONPath, type Node, parseTree } from 'jsonc-parser';

/**
 * @param path where the value shall stand; missing maps above it are made. A number as the last
 * step appends to a list
 * @returns the text with the value in it
 */
export function setValue(text: string, path: JSONPath, value: unknown): string {
  const tree = treeOf(text);
  const node = tree && findNodeAtLocation(tree, path);
  if (node !== undefined) return replaceNode(text, node, value);
  const container = tree && findNodeAtLocation(tree, path.slice(0, -1));
  const key = path.at(-1);
  if (container === undefined) return setValue(text, path.slice(0, -1), { [String(key)]: value });
  return insertInto(
    text,
    container,
    typeof key === 'number' ? '' : `${JSON.stringify(key)}: `,
    value,
  );
}

/** The text without the member of a map or the part of a list at this path; comments around it stay. */
export function removeValue(text: string, path: JSONPath): string {
  const tree = treeOf(text);
  const node = tree && findNodeAtLocation(tree, path);
  const member = node?.parent?.type === 'property' ? node.parent : node;
  if (member === undefined) return text;
  const start = member.offset;
  const end = start + member.length;
  const siblings = member.parent?.children ?? [];
  const previous = siblings[siblings.indexOf(member) - 1];
  const next = commaAfter(text, end);
  const comma = next ?? (previous && commaAfter(text, previous.offset + previous.length));
  const isBefore = comma !== undefined && comma < start;
  const before = isBefore ? without(text.slice(0, start), comma) : text.slice(0, start);
  const after = next === undefined ? text.slice(end) : without(text.slice(end), next - end);
  if (!/(?:^|[\r\n])[ \t]*$/.test(before)) return before.replace(/[ \t]+$/, '') + after;
  const isWholeLine = /^[ \t]*[\r\n]/.test(after);
  if (isWholeLine) return before.replace(/(?:\r\n|\r|\n)?[ \t]*$/, '') + after;
  return before + after.replace(/^[ \t]+/, '');
}

interface Style {
  readonly unit: string;
  readonly eol: string;
}

function treeOf(text: string): Node | undefined {
  return parseTree(text, [], { allowTrailingComma: true });
}

function replaceNode(text: string, { offset, length }: Node, value: unknown): string {
  const content = pretty(value, indentAt(text, offset), styleOf(text));
  return text.slice(0, offset) + content + text.slice(offset + length);
}

function insertInto(text: string, container: Node, name: string, value: unknown): string {
  const style = styleOf(text);
  const last = container.children?.at(-1);
  if (last === undefined) return fillEmpty(text, container, name, value, style);
  const end = last.offset + last.length;
  // Comments behind the last value stay behind it, up to the end of their line or of the map.
  const tail = matched(/^(?:[ \t]+|,|\/\/[^\r\n]*|\/\*[\s\S]*?\*\/)*/, text.slice(end)).trimEnd();
  const rest = text.slice(end + tail.length);
  const hasComma = tail.replaceAll(/\/\/[^\r\n]*|\/\*[\s\S]*?\*\//g, '').includes(',');
  const indent = indentAt(text, last.offset);
  const isLineEnd = /^[ \t]*[\r\n]/.test(rest);
  const added = isLineEnd
    ? `${style.eol}${indent}${name}${pretty(value, indent, style)}`
    : ` ${name}${JSON.stringify(value)}`;
  const head = `${text.slice(0, end)}${hasComma ? '' : ','}${tail}`;
  return `${head}${added}${hasComma ? ',' : ''}${rest}`;
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
  const end = container.offset + container.length - 1;
  // Comments in an empty map stay above what comes in.
  const inner = text.slice(start, end).trimEnd();
  const line = `${style.eol}${indent}${name}${pretty(value, indent, style)}`;
  return `${text.slice(0, start)}${inner}${line}${style.eol}${outer}${text.slice(end)}`;
}

function styleOf(text: string): Style {
  return {
    unit: /^([ \t]+)["\]}]/m.exec(text)?.[1] ?? '  ',
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}

function indentAt(text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  return matched(/^[ \t]*/, text.slice(lineStart, offset));
}

function pretty(value: unknown, indent: string, { unit, eol }: Style): string {
  return JSON.stringify(value, null, unit).replaceAll('\n', `${eol}${indent}`);
}

/** Where the comma stands that follows this place, when only blanks and comments are between. */
function commaAfter(text: string, offset: number): number | undefined {
  const gap = matched(/^(?:\s+|\/\/[^\r\n]*|\/\*[\s\S]*?\*\/)*/, text.slice(offset));
  const end = offset + gap.length;
  return text[end] === ',' ? end : undefined;
}

function without(text: string, index: number): string {
  return text.slice(0, index) + text.slice(index + 1);
}

function matched(pattern: RegExp, text: string): string {
  return pattern.exec(text)?.[0] ?? '';
}
