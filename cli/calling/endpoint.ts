// The address of a server, and the credentials for it.

import type { SignIn } from '../../clients/client-entries.ts';

export interface Endpoint {
  /** For messages, and in tables. */
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What it wants of callers, as far as that is known: a token, a key, or it is not known. */
  readonly auth?: 'token' | 'key' | undefined;
  /** Known: a person can sign in for a token. */
  readonly signIn?: SignIn | undefined;
}
