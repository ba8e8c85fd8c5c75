// The key pairs of the issuer for tests: one signs, those in the key set verify, and others look
// like them.

import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** What a token says; a claim that is undefined is left out. */
export type Claims = Readonly<Record<string, unknown>>;

export interface SigningKey {
  readonly kid: string;
  readonly algorithm: string;
  readonly publicJwk: JWK;
  sign(claims: Claims): Promise<string>;
}

export async function createSigningKey(kid: string, algorithm = 'RS256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), kid, use: 'sig' };
  return {
    kid,
    algorithm,
    publicJwk,
    sign: (claims) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: algorithm, kid, typ: 'JWT' })
        .sign(privateKey),
  };
}
