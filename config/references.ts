// References in the values of servers.yaml: ${NAME}, ${NAME:-default} and ${env:NAME} are variables
// of the host, ${header:name} is a header of the caller. Nothing else is replaced.

/**
 * The name of a variable or `header:<name>`, then a default that may be empty but holds no `}` and
 * no `${`.
 */
const REFERENCE =
  /\$\{(?:(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-((?:(?!\$\{)[^}])*))?|header:([A-Za-z0-9!#$%&'*+.^_`|~-]+))\}/g;

/** True when each `${` in the text begins a reference that this file understands. */
export function hasOnlyReferences(text: string): boolean {
  return !text.replaceAll(REFERENCE, '').includes('${');
}

/** Names of all variables in the text, in order of appearance. */
export function referencedNames(text: string): string[] {
  return [...text.matchAll(REFERENCE)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}

/** Names of the variables without which the text cannot be filled in, in order of appearance. */
export function requiredNames(text: string): string[] {
  return [...text.matchAll(REFERENCE)].flatMap(([, name, fallback]) =>
    name !== undefined && fallback === undefined ? [name] : [],
  );
}

/** Names of the caller's headers in the text, in lower case and in order of appearance. */
export function referencedHeaders(text: string): string[] {
  return [...text.matchAll(REFERENCE)].flatMap(([, , , header]) =>
    header === undefined ? [] : [header.toLowerCase()],
  );
}

/** The text with each variable replaced; headers stay as they are. */
export function replaceReferences(
  text: string,
  variable: (name: string, fallback: string | undefined) => string,
): string {
  return text.replaceAll(REFERENCE, (whole, name, fallback) =>
    name === undefined ? whole : variable(name, fallback),
  );
}

/** The text with each header of the caller replaced. @returns undefined when one is missing. */
export function fillInHeaders(
  text: string,
  headers: Readonly<Record<string, string>>,
): string | undefined {
  if (referencedHeaders(text).some((name) => !headers[name])) return undefined;
  return text.replaceAll(REFERENCE, (whole, _name, _fallback, header: string | undefined) =>
    header === undefined ? whole : (headers[header.toLowerCase()] ?? ''),
  );
}
