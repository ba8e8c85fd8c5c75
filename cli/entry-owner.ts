// Whose an entry in a client's file is. Only entries of this project are changed or taken out.

import type { ClientEntry } from '../clients/client-entries.ts';
import { isObject } from '../config/json-value.ts';
import type { WantedEntries } from './wanted-entries.ts';

/** @returns true when an entry of our name leads to one of our addresses */
export function isOurs(found: unknown, { url }: ClientEntry, { bases }: WantedEntries): boolean {
  const address = addressOf(found);
  const path = pathOf(url);
  return address === url || bases.some(({ baseUrl }) => address === `${baseUrl}${path}`);
}

/** @returns true for an entry of ours with its name or an earlier one: name and address must both be ours */
export function isOfServer(name: string, found: unknown, wanted: WantedEntries): boolean {
  return wanted.entries.some((entry) => {
    const names = [entry.name, ...wanted.bases.map(({ target }) => `${entry.name}-${target}`)];
    return names.includes(name) && isOurs(found, entry, wanted);
  });
}

/**
 * Name and address must both be those that we give. A loopback address may be another project's: of one target alone,
 * only the earlier names of servers that are there are ours.
 */
export function isGone(name: string, entry: unknown, wanted: WantedEntries): boolean {
  const { entries, bases, isPart } = wanted;
  if (entries.some((each) => each.name === name)) return false;
  const address = addressOf(entry);
  const isOneTarget = new Set(bases.map(({ target }) => target)).size === 1;
  return bases.some(({ target, baseUrl }) => {
    const suffix = `-${target}`;
    const server = name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
    const isRenamed = entries.some(
      (each) => each.name === server && address === `${baseUrl}${pathOf(each.url)}`,
    );
    const isLoopback = !baseUrl.startsWith('https:');
    const isSure = isLoopback ? !isOneTarget && server !== name : true;
    return isRenamed || (!isPart && isSure && address === `${baseUrl}/${server}/mcp`);
  });
}

/** The address by any client's name for it; of a bridge, the argument that is one. */
export function addressOf(entry: unknown): string {
  if (!isObject(entry)) return '';
  const { url, serverUrl, httpUrl, uri, args } = entry;
  const all: unknown[] = [url, serverUrl, httpUrl, uri, ...(Array.isArray(args) ? args : [])];
  return (
    all.find((text): text is string => typeof text === 'string' && /^https?:/.test(text)) ?? ''
  );
}

function pathOf(url: string): string {
  return url.replace(/^https?:\/\/[^/]+/, '');
}
