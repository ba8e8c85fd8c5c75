// Converts server names to names that servers.yaml accepts. No two names become the same.

import { RESERVED_SEGMENTS, serverName } from '../../config/formats.ts';

const MAX_LENGTH = 56;

/** @param taken names that are given already; the new one is added. */
export function giveName(from: string, taken: Set<string>): string {
  const words = from
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  const isWord = /^[a-z]/.test(words) && !RESERVED_SEGMENTS.has(words);
  const name =
    serverName.explain(from) === undefined && isWord ? from : isWord ? words : `server-${words}`;
  const numbered = Array.from({ length: taken.size + 1 }, (_, index) =>
    index === 0 ? name.slice(0, MAX_LENGTH) : `${name.slice(0, MAX_LENGTH - 5)}-${index + 1}`,
  );
  const free = numbered.map((one) => one.replace(/-+$/, '')).find((one) => !taken.has(one)) ?? name;
  taken.add(free);
  return free;
}
