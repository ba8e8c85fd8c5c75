// Finds the server that blocked the main thread: the server whose code is in the stack, and what it
// was running. It records no one who may be innocent.

import type { Entered, Suspect } from '../exchange/entered.ts';

/** Of a path in a message. */
const MAX_PLACE = 256;

export interface Blame {
  /** Who is to be remembered; after a second time callers are kept away. */
  readonly noted: readonly Suspect[];
  /** For people. */
  readonly text: string;
}

/** Whose code the main thread runs. */
interface Culprit {
  /** Several where they share that code. */
  readonly servers: readonly string[];
  /** The innermost place in that code. */
  readonly place: string;
}

type Told = Pick<Entered, 'running' | 'loading' | 'fresh' | 'latest' | 'isComplete'>;

/**
 * @param places of the main thread; see readMainStack.
 * @param homes of each server; see homesOf.
 */
export function blame(
  entered: Told,
  places: readonly string[],
  homes: ReadonlyMap<string, readonly string[]>,
): Blame {
  const culprit = findCulprit(places, homes);
  if (culprit) {
    const noted = suspectsOf(culprit.servers, entered);
    return { noted, text: `At fault: ${describeCulprit(culprit, noted)}.` };
  }
  const noted = suspectsWithoutStack(entered);
  const latest = entered.latest();
  const named = noted.length === 0 && latest ? [latest] : noted;
  if (named.length === 0) return { noted, text: 'No server is known to be at fault.' };
  return { noted, text: `Probably at fault: ${named.map(describe).join('; or ')}.` };
}

/**
 * Outwards until the module of one server: files beside it may be used by others. A server whose
 * code only called such a file is a suspect, too.
 */
function findCulprit(
  places: readonly string[],
  homes: ReadonlyMap<string, readonly string[]>,
): Culprit | undefined {
  let found: Culprit | undefined;
  for (const place of places) {
    const { servers, isModule } = ownersOf(place, homes);
    if (servers.length === 0) continue;
    const common = found ? found.servers.filter((each) => servers.includes(each)) : servers;
    const all = common.length > 0 ? common : [...(found?.servers ?? []), ...servers];
    found = { servers: all, place: found?.place ?? place };
    if (isModule && servers.length === 1) return found;
  }
  return found;
}

interface Owners {
  readonly servers: readonly string[];
  /** Whether it is the module itself, and not a file beside it. */
  readonly isModule: boolean;
}

/** By the longest home, so by a file before its folder. */
function ownersOf(place: string, homes: ReadonlyMap<string, readonly string[]>): Owners {
  let longest = '';
  const servers = new Set<string>();
  for (const [server, texts] of homes) {
    for (const home of texts) {
      if (home.length < longest.length || !isIn(place, home)) continue;
      if (home.length > longest.length) servers.clear();
      longest = home;
      servers.add(server);
    }
  }
  return { servers: [...servers], isModule: longest.endsWith(':') };
}

/** Packages below a folder are everyone's. */
function isIn(place: string, home: string): boolean {
  return place.startsWith(home) && !place.slice(home.length).includes('node_modules/');
}

/**
 * All that the server runs where it cannot be told which: what is innocent among it is hardly there
 * both times.
 */
function suspectsOf(servers: readonly string[], told: Told): readonly Suspect[] {
  const isTheirs = ({ server }: Suspect): boolean => servers.includes(server);
  const entered = told.fresh();
  if (entered && isTheirs(entered)) return [entered];
  if (!told.isComplete) return [];
  const suspects = distinct([...told.running(), ...told.loading()]).filter(isTheirs);
  if (new Set(suspects.map(({ server }) => server)).size > 1) return [];
  if (suspects.length > 0) return suspects;
  // A timer of its own, for example.
  return servers.length === 1 ? servers.map((server) => ({ server })) : [];
}

function suspectsWithoutStack(told: Told): readonly Suspect[] {
  const importing = told.loading();
  const entered = importing.length === 0 ? told.fresh() : undefined;
  if (entered) return [entered];
  if (!told.isComplete) return [];
  const operations = told.running();
  // The next process loads them one by one, so that a second end names the right one.
  if (operations.length === 0) return importing;
  const suspects = distinct([...operations, ...importing]);
  return suspects.length === 1 ? suspects : [];
}

function distinct(suspects: readonly Suspect[]): readonly Suspect[] {
  return [...new Map(suspects.map((each) => [JSON.stringify(each), each])).values()];
}

function describeCulprit({ servers, place }: Culprit, noted: readonly Suspect[]): string {
  const where = JSON.stringify(place.slice(-MAX_PLACE));
  const names = servers.map((server) => `servers.${server}`).join(' or ');
  const operations = noted.flatMap(({ operation }) => (operation ? [operation] : []));
  if (operations.length > 0) return `${noted.map(describe).join('; or ')}, in ${where}`;
  return `${names}, in ${where}`;
}

/** A client may have chosen the name. */
function describe({ server, operation }: Suspect): string {
  if (operation === undefined) return `servers.${server}, while it was loaded or built`;
  return `servers.${server}, ${JSON.stringify(operation)}`;
}
