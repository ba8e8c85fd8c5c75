// Queries as servers may see them: without the function key, which the Functions host takes from
// `code`, and without `clientid`, which it takes beside it. The host reads both names in any letter
// case.

const KEY_NAMES = ['code', 'clientid'];

/**
 * A key in an address that a header repeats, also where that address is itself a parameter of
 * another one.
 */
const KEY_IN_TEXT = new RegExp(
  `([?&]|%3f|%26)(?:${KEY_NAMES.map(withEscapes).join('|')})(?:=|%3d)[^&#\\s"<>]*`,
  'gi',
);

/**
 * @returns empty, or what is left from the `?` on, byte for byte as it came. @param url path and
 * query.
 */
export function visibleQuery(url: string): string {
  const start = url.indexOf('?');
  if (start === -1) return '';
  const end = url.indexOf('#', start);
  const parts = url.slice(start + 1, end === -1 ? undefined : end).split('&');
  const visible = parts.filter((part) => !isKey(part));
  return visible.length === 0 ? '' : `?${visible.join('&')}`;
}

/** The value of a header without the keys of the addresses in it. */
export function withoutKeys(value: string): string {
  return value.replace(KEY_IN_TEXT, '$1');
}

/** As tolerant as any reader: escapes, `+` and blanks around the name. */
function isKey(part: string): boolean {
  const [name = ''] = new URLSearchParams(part).keys();
  return KEY_NAMES.includes(name.trim().toLowerCase());
}

function withEscapes(name: string): string {
  return [...name].map((letter) => `(?:${letter}|${escapes(letter)})`).join('');
}

function escapes(letter: string): string {
  return [letter, letter.toUpperCase()]
    .map((each) => `%${each.charCodeAt(0).toString(16)}`)
    .join('|');
}
