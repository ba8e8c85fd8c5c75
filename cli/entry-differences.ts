// Compares one entry of a client's file with the wanted one: what differs, and what an earlier `auth` has left in it.

import { isDeepStrictEqual } from 'node:util';
import type { Client } from '../clients/client.ts';
import { type ClientEntry, fill, OPEN_KEY } from '../clients/client-entries.ts';
import { isObject, memberOf } from '../config/json-value.ts';

/** A place in an entry, and what belongs there. */
export interface Difference {
  readonly keys: readonly string[];
  /** undefined: nothing. */
  readonly expected: unknown;
}

/**
 * Further members are no difference, but those of our key and our sign-in are where the entry needs them no more.
 * @param value the entry as the file should hold it
 * @param clientId of the deployment: sign-in fields with another one belong to somebody else
 */
export function compareEntry(
  found: unknown,
  value: Readonly<Record<string, unknown>>,
  entry: ClientEntry,
  client: Client,
  clientId: string | undefined,
): Difference[] {
  const signIn = client.signIn ?? {};
  const isSignInLeft =
    entry.signIn === undefined && clientId !== undefined && hasClientId(found, signIn, clientId);
  const ours = { ...entry, signIn: { clientId: clientId ?? '', scopes: [] } };
  const left = [...(entry.needsKey ? [] : [client.key]), ...(isSignInLeft ? [signIn] : [])].flatMap(
    (template) => leftIn(found, template, value, ours, client),
  );
  return [...differences(found, value), ...left.map((keys) => ({ keys, expected: undefined }))];
}

function differences(found: unknown, expected: unknown): Difference[] {
  if (isObject(found) && isObject(expected)) {
    return Object.entries(expected).flatMap(([key, inner]) =>
      differences(memberOf(found, key), inner).map((difference) => ({
        ...difference,
        keys: [key, ...difference.keys],
      })),
    );
  }
  const isFilledIn = expected === OPEN_KEY && typeof found === 'string' && found !== '';
  return isFilledIn || isDeepStrictEqual(found, expected) ? [] : [{ keys: [], expected }];
}

/** Our client id tells our sign-in: the other fields alone could be anybody's. */
function hasClientId(found: unknown, template: object, clientId: string): boolean {
  return Object.entries(template).some(([key, mine]) =>
    mine === '<client id>'
      ? memberOf(found, key) === clientId
      : isObject(mine) && hasClientId(memberOf(found, key), mine, clientId),
  );
}

/** Members of a template that hold exactly what we write there, whatever the scopes, and are not wanted. */
function leftIn(
  found: unknown,
  template: object,
  wanted: unknown,
  entry: ClientEntry,
  client: Client,
): (readonly string[])[] {
  return Object.entries(template).flatMap(([key, mine]): (readonly string[])[] => {
    const got = memberOf(found, key);
    const want = memberOf(wanted, key);
    if (isObject(mine) && isObject(got) && (want === undefined || isObject(want))) {
      const inner = leftIn(got, mine, want, entry, client);
      const isEmptied =
        want === undefined &&
        inner.filter(({ length }) => length === 1).length === Object.keys(got).length;
      return isEmptied && inner.length > 0 ? [[key]] : inner.map((keys) => [key, ...keys]);
    }
    const isScope = mine === '<scope>' || mine === '<scopes>';
    const isOurs = isScope ? got !== undefined : isDeepStrictEqual(got, fill(mine, entry, client));
    return want === undefined && isOurs ? [[key]] : [];
  });
}
