// Policy documents as trees. The parser is strict: what it refuses is not well-formed.

import { SaxesParser } from 'saxes';

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  /** Text of the element itself, without that of its children. */
  readonly text: string;
}

interface OpenElement extends Element {
  readonly children: Element[];
  text: string;
}

/** @throws for XML that is not well-formed. */
export function parsePolicy(xml: string): Element {
  const root: OpenElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const parser = new SaxesParser();
  const current = () => open.at(-1) as OpenElement;
  parser.on('opentag', ({ name, attributes }) => {
    const element = { name, attributes, children: [], text: '' };
    current().children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  parser.on('text', (text) => {
    current().text += text;
  });
  // Data of CDATA sections, comments and instructions are not what the templates have.
  for (const event of ['cdata', 'comment', 'processinginstruction', 'doctype'] as const) {
    parser.on(event, () => {
      throw new Error(`A policy has no ${event}`);
    });
  }
  parser.write(xml).close();
  return root.children[0] as Element;
}

/** Text of an element without blanks at its ends, as policies take it. */
export function textOf({ text }: Element): string {
  return text.trim();
}

/** @throws when there is none, or more than one. */
export function childOf({ name, children }: Element, wanted: string): Element {
  const [found, more] = children.filter((child) => child.name === wanted);
  if (!found || more) throw new Error(`${name}: expected one ${wanted}`);
  return found;
}

/** Texts of the children of a child: the values of a list. */
export function valuesOf(element: Element, list: string): string[] {
  const found = element.children.find(({ name }) => name === list);
  return found?.children.map(textOf) ?? [];
}

/** The element and all below it. */
export function everyElement(element: Element): Element[] {
  return [element, ...element.children.flatMap(everyElement)];
}
