// A value derived from a server's declarations, computed again only when they change.

import type { Backend, Declarations } from './backend.ts';

/**
 * @returns a getter; what it returns is made of the declarations at the time, undefined while there
 * are none.
 */
export function derived<T>(
  backend: Pick<Backend, 'declarations'>,
  make: (declarations: Declarations) => T,
): () => T | undefined {
  let source: Declarations | undefined;
  let made: T | undefined;
  return () => {
    const { declarations } = backend;
    if (declarations !== source) {
      made = declarations && make(declarations);
      source = declarations;
    }
    return made;
  };
}
