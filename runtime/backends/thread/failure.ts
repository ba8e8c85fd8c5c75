// What was thrown in a thread, as it crosses to the host and becomes an error of the same class
// there.

import { describeError } from '../../exchange/bounded-text.ts';
import { HostError, type RefusalReason } from '../../exchange/refusals.ts';
import { ScopesNeeded } from '../../exchange/scopes-needed.ts';
import { Unavailability, type UnavailabilityWord } from '../../exchange/unavailability.ts';

interface Thrown {
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
}

export type Failure =
  | { readonly is: 'error'; readonly thrown: Thrown }
  | { readonly is: 'scopes'; readonly scopes: readonly string[] }
  | {
      readonly is: 'refusal';
      readonly reason: RefusalReason;
      readonly message: string;
      readonly data: Readonly<Record<string, unknown>>;
      readonly headers: Readonly<Record<string, string>>;
      readonly detail: string | undefined;
    }
  | {
      readonly is: 'unavailable';
      readonly word: UnavailabilityWord;
      readonly message: string;
      readonly missing: readonly string[] | undefined;
      readonly retryAfterMs: number | undefined;
      readonly cause: Thrown | undefined;
    };

export function failureOf(error: unknown): Failure {
  if (error instanceof ScopesNeeded) return { is: 'scopes', scopes: error.scopes };
  if (error instanceof HostError) {
    const { reason, message, headers, detail } = error;
    const data = (error.error.data ?? {}) as Record<string, unknown>;
    return { is: 'refusal', reason, message, data, headers, detail };
  }
  if (error instanceof Unavailability) {
    const { word, message, missing, retryAfterMs } = error;
    const cause = error.cause === undefined ? undefined : thrownOf(error.cause);
    return { is: 'unavailable', word, message, missing, retryAfterMs, cause };
  }
  return { is: 'error', thrown: thrownOf(error) };
}

export function errorOf(failure: Failure): Error {
  switch (failure.is) {
    case 'scopes':
      return new ScopesNeeded(failure.scopes);
    case 'refusal': {
      const { reason, detail, ...rest } = failure;
      return new HostError(reason, { ...rest, ...(detail !== undefined && { detail }) });
    }
    case 'unavailable':
      return unavailabilityOf(failure);
    case 'error':
      return asError(failure.thrown);
  }
}

/** What Node says when a native addon does not load. */
const NOT_LOADED = 'ERR_DLOPEN_FAILED';

function unavailabilityOf(failure: Extract<Failure, { is: 'unavailable' }>): Unavailability {
  const { word, message, missing, retryAfterMs, cause } = failure;
  if (word === 'import-failed' && cause?.code === NOT_LOADED) {
    return new Unavailability(
      'native-addon',
      `A native addon of the module cannot be loaded in a thread: ${describeError(cause)} Fix: set \`isolation: none\`, or run the server as a \`command\`.`,
      { cause: asError(cause) },
    );
  }
  return new Unavailability(word, message, {
    ...(cause && { cause: asError(cause) }),
    ...(missing && { missing }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    // The next thread imports it anew.
    mayRetry: word === 'import-failed',
  });
}

function thrownOf(error: unknown): Thrown {
  const { stack, code } = Object(error) as Record<string, unknown>;
  return {
    message: describeError(error),
    ...(typeof stack === 'string' && { stack }),
    ...(typeof code === 'string' && { code }),
  };
}

function asError({ message, stack, code }: Thrown): Error {
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return code === undefined ? error : Object.assign(error, { code });
}
