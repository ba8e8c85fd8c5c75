// Compares what a document shows with what a command prints at another time of another day.

/** The same lines at any time. */
export function atAnyTime(shown: string): RegExp {
  const literal = shown.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const anyTime = literal.replaceAll(/\d+/g, '\\d+').replaceAll(/\w+day/g, '\\w+day');
  return new RegExp(`^${anyTime}$`);
}
