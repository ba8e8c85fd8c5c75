// References to environment variables in `env` values: ${NAME} and ${NAME:-default}. Nothing else
// is replaced.

/** `${NAME}`, or `${NAME:-default}` whose default may be empty but holds no `}` and no `${`. */
const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-((?:(?!\$\{)[^}])*))?\}/g;

/** The outcome of filling in one value. */
export type Resolved = { readonly value: string } | { readonly missing: readonly string[] };

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

/**
 * Fills in the references of one value. As in a shell, `:-` also replaces a variable that is set
 * but empty; without it an empty variable counts as missing, because an empty secret is never
 * meant.
 */
export function resolveReferences(
  text: string,
  source: Readonly<Record<string, string | undefined>>,
): Resolved {
  const missing = requiredNames(text).filter((name) => !source[name]);
  if (missing.length > 0) return { missing };
  return {
    value: text.replaceAll(REFERENCE, (_, name, fallback) => source[name] || (fallback ?? '')),
  };
}
