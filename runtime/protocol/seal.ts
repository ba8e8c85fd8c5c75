// Seals what a client keeps for this host: no one can read, change or make it, and each seal serves
// one purpose.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Characters of the nonce at the front of a seal; no two seals have the same. */
export const NONCE_LENGTH = Math.ceil((NONCE_BYTES * 4) / 3);
const NONCES_PER_DRAW = 128;

/**
 * A key for one purpose, so that what is made for one tells nothing of another.
 * @param secret `MCP_HOST_STATE_KEY`; without it the key is random.
 */
export function deriveKey(secret: string | undefined, purpose: string): Buffer {
  const material = secret ?? randomBytes(KEY_BYTES);
  return Buffer.from(hkdfSync('sha256', material, '', `functions-mcp-host ${purpose}`, KEY_BYTES));
}

export interface Sealer {
  /**
   * Each seal has a random nonce: no two are equal, also of equal values.
   * @param purpose bound to the seal: what was sealed for one purpose cannot be opened for another.
   */
  seal(purpose: string, value: unknown): string;
  /** @returns undefined for anything that was not sealed with this key for this purpose. */
  open(purpose: string, sealed: unknown): unknown;
}

/**
 * @param secret `MCP_HOST_STATE_KEY`: instances that share it open each other's seals. Without it
 * the key is random, and seals end with the process.
 */
export function createSealer(secret: string | undefined): Sealer {
  const nextNonce = createNonces();
  const key = deriveKey(secret, 'seal');
  return {
    seal(purpose, value) {
      const nonce = nextNonce();
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(purpose));
      const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url');
    },
    open(purpose, sealed) {
      if (typeof sealed !== 'string') return undefined;
      const bytes = Buffer.from(sealed, 'base64url');
      // Node ignores characters that are not base64url: a changed seal must not open.
      if (bytes.toString('base64url') !== sealed || bytes.length < NONCE_BYTES + TAG_BYTES) {
        return undefined;
      }
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
      try {
        const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(purpose)).setAuthTag(tag);
        const text = Buffer.concat([
          decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)),
          decipher.final(),
        ]);
        return JSON.parse(text.toString('utf8'));
      } catch {
        return undefined;
      }
    },
  };
}

/** Many per draw: performance.md. */
function createNonces(): () => Buffer {
  let pool = Buffer.alloc(0);
  return () => {
    if (pool.length === 0) pool = randomBytes(NONCES_PER_DRAW * NONCE_BYTES);
    const nonce = pool.subarray(0, NONCE_BYTES);
    pool = pool.subarray(NONCE_BYTES);
    return nonce;
  };
}
