// A package-lock.json cut to what some packages need: same places, versions and integrity as in the
// whole one.

/** An entry of `packages` in a lock file, as far as it is looked at. */
interface Locked {
  readonly version?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export interface LockFile {
  readonly packages: Readonly<Record<string, Locked>>;
}

/**
 * @param places keys of `packages` to begin with.
 * @returns the entries of these packages and of all that they need, in the order of the file.
 * @throws when a place is not in the lock file.
 */
export function cutPackages(
  { packages }: LockFile,
  places: readonly string[],
): Record<string, object> {
  const kept = new Set<string>();
  const waiting = [...places];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    if (kept.has(place)) continue;
    const entry = packages[place];
    if (!entry || entry.link)
      throw new Error(`${place} is not in package-lock.json. Fix: npm install.`);
    kept.add(place);
    const { dependencies, optionalDependencies, peerDependencies } = entry;
    for (const name of Object.keys({
      ...dependencies,
      ...optionalDependencies,
      ...peerDependencies,
    })) {
      const found = placeOf(packages, name, place);
      if (found !== undefined) waiting.push(found);
    }
  }
  const entries = Object.entries(packages).filter(([place]) => kept.has(place));
  return Object.fromEntries(entries.map(([place, entry]) => [place, asProduction(entry)]));
}

/** Where Node finds a package by name from a place; optional ones may be nowhere. */
function placeOf(packages: LockFile['packages'], name: string, from: string): string | undefined {
  const place = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
  if (packages[place]) return place;
  if (from === '') return undefined;
  const folder = from.replace(/(^|\/)(node_modules\/)?(@[^/]+\/)?[^/]+$/, '');
  return placeOf(packages, name, folder);
}

/** What only developers needed here, somebody needs there. */
function asProduction(entry: Locked): object {
  const { dev: _, devOptional: __, peer: ___, ...rest } = entry as Record<string, unknown>;
  return rest;
}
