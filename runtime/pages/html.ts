// HTML as text in which everything that is filled in is escaped: a name or a description of a server can never become
// markup, an attribute or a link.

/** What is not visible, or turns the direction of what follows; but for line ends, tabs and the joiners of scripts. */
const INVISIBLE = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is HTML already. Only {@link html} makes it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | undefined | false | readonly Part[];

/** Fills texts in, escaped. `undefined` and `false` leave nothing; lists stand one behind the other. */
export function html(fixed: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const texts = fixed.map((text, at) => text + (at < parts.length ? toHtml(parts[at]) : ''));
  return new Markup(texts.join(''));
}

function toHtml(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Markup) return part.text;
  if (Array.isArray(part)) return part.map(toHtml).join('');
  return escapeText(String(part));
}

function escapeText(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(INVISIBLE, '\ufffd')
    .replace(/[&<>"']/g, (character) => ESCAPES[character] as string);
}

/**
 * What a server says, as an isolated piece of text: where its direction changes, what stands around it stays in place.
 * @returns undefined for what is no text, and for an empty one
 */
export function foreign(value: unknown, maxLength: number): Markup | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const isCut = value.length > maxLength;
  return html`<bdi>${value.slice(0, maxLength).trim()}${isCut && '…'}</bdi>`;
}
