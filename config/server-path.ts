// Whether a server has a place of its own where clients can reach it.

/** What `path` says for a server that is only there as a member of combinations. */
const NO_PATH = 'none';

/** Otherwise it has no route, no scope, no document and no client entry. */
export function hasPath({ path }: { readonly path: string }): boolean {
  return path !== NO_PATH;
}
