// How records name a caller. Records of one caller have the same name, also on several instances;
// with a hash, no one can find the identity by trying names.

import { createHmac } from 'node:crypto';
import type { HostConfig } from '../../config/schema.ts';
import { bounded } from '../exchange/bounded-text.ts';
import { deriveKey } from '../protocol/seal.ts';
import { KEY_PREFIX } from './caller.ts';
import { Remembered } from './remembered.ts';

const HASH_LENGTH = 16;
/** Longer than an issuer and a subject are; a cut could make two callers one. */
const MAX_ID_LENGTH = 512;

/** @returns the name of the caller in records; undefined if callers cannot be distinguished. */
export type CallerName = (identity: string | undefined) => string | undefined;

/** @param secret instances that share it give a caller the same hash. */
export function createCallerName(
  mode: HostConfig['audit'],
  secret: string | undefined,
): CallerName {
  if (mode === 'none') return () => undefined;
  const hashOf = createHash(deriveKey(secret, 'audit'));
  if (mode === 'hash') return (identity) => identity && hashOf(identity);
  return (identity) => {
    // Of a key nothing is written that could be tried against it.
    if (identity?.startsWith(KEY_PREFIX)) return KEY_PREFIX + hashOf(identity);
    return bounded(identity, MAX_ID_LENGTH);
  };
}

function createHash(key: Buffer): (identity: string) => string {
  const remembered = new Remembered();
  const hashOf = (identity: string): string =>
    createHmac('sha256', key).update(identity).digest('base64url').slice(0, HASH_LENGTH);
  return (identity) => remembered.get(identity) ?? remembered.keep(identity, hashOf(identity));
}
