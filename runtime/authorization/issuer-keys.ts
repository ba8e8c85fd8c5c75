// The keys of an issuer, kept: fetched when first needed, renewed now and then, and used on while
// the issuer is down.

import {
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from 'jose';

/** Keys of this age are fetched again, so that a withdrawn key does not live on. */
const FRESH_MS = 600_000;
/** While the issuer fails, keys serve so much longer. */
const KEPT_MS = 3_600_000;
/**
 * Tokens with unknown keys cost nothing to send: they make the issuer be asked no more often than
 * this.
 */
const COOL_DOWN_MS = 30_000;
/** An issuer that failed is asked again after this; clients are asked to try again then. */
const RETRY_MS = 5_000;

/** No token can be checked: neither fresh keys nor kept ones. */
export class IssuerUnavailable extends Error {}

type KeyFinder = ReturnType<typeof createLocalJWKSet>;
type Key = Awaited<ReturnType<KeyFinder>>;

export interface IssuerKeys {
  /**
   * The key that a token's header names.
   * @throws IssuerUnavailable; JWKSNoMatchingKey of `jose` when the issuer has no such key.
   */
  find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<Key>;
}

/**
 * @param fetchKeys asks the issuer; rejects when that fails.
 * @param onFailure called with each failure, which need not fail a request.
 */
export function createIssuerKeys(
  fetchKeys: () => Promise<JSONWebKeySet>,
  onFailure: (error: Error) => void,
): IssuerKeys {
  let current: { readonly find: KeyFinder; readonly fetchedAt: number } | undefined;
  let fetching: Promise<void> | undefined;
  let failedAt: number | undefined;
  let searchedAt = Number.NEGATIVE_INFINITY;

  async function renew(): Promise<void> {
    try {
      current = { find: createLocalJWKSet(await fetchKeys()), fetchedAt: now() };
      failedAt = undefined;
    } catch (error) {
      failedAt = now();
      onFailure(error as Error);
    }
  }

  /** One fetch at a time, and a pause after a failed one. */
  function refresh(): Promise<void> {
    if (failedAt !== undefined && now() - failedAt < RETRY_MS) return Promise.resolve();
    fetching ??= renew().finally(() => {
      fetching = undefined;
    });
    return fetching;
  }

  async function usable(): Promise<KeyFinder> {
    const age = current ? now() - current.fetchedAt : Number.POSITIVE_INFINITY;
    if (age > FRESH_MS + KEPT_MS) {
      await refresh();
      if (failedAt !== undefined || !current) throw new IssuerUnavailable();
    } else if (age > FRESH_MS) {
      void refresh();
    }
    return (current as NonNullable<typeof current>).find;
  }

  /** Keys that are newer than those in which a token's key was not found. */
  async function newerThan(searched: KeyFinder): Promise<KeyFinder> {
    if (current && current.find !== searched) return current.find;
    const hasFailed = failedAt !== undefined;
    if (fetching || hasFailed || now() - searchedAt >= COOL_DOWN_MS) {
      searchedAt = now();
      await refresh();
    }
    // The key may be one that the issuer took up since: no one can tell now.
    if (failedAt !== undefined || !current) throw new IssuerUnavailable();
    return current.find;
  }

  return {
    async find(header, token) {
      const find = await usable();
      try {
        return await find(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      }
      const newer = await newerThan(find);
      return newer(header, token);
    },
  };
}

/** Monotonic: a corrected clock must not make keys last. */
function now(): number {
  return performance.now();
}
