// Why a program did not become a server, in the words of the host.

import { describeError } from '../../exchange/bounded-text.ts';
import { HostError } from '../../exchange/refusals.ts';
import { Unavailability } from '../../exchange/unavailability.ts';
import type { Handshake } from '../declarations.ts';
import type { ChildEnd } from './child.ts';
import { type Discovery, refuseForeignRevision } from './introduction.ts';
import { describeEnd } from './loss.ts';

export function handshakeOf(discovery: Discovery): Handshake {
  if ('handshake' in discovery) return discovery.handshake;
  refuseForeignRevision(discovery);
  throw new Error(
    'refusal' in discovery
      ? `The program refused \`server/discover\`: ${discovery.refusal}`
      : 'The program did not answer `server/discover`.',
  );
}

export function whyNotMet(error: unknown, end: ChildEnd | undefined): Unavailability {
  if (error instanceof Unavailability) return error;
  if (end?.cause === 'not-mcp') {
    const message = `The program writes text that is not MCP to standard output. Fix: add the arguments that start its stdio mode. ${describeEnd(end)}`;
    return new Unavailability('not-mcp', message);
  }
  const what = end ? describeEnd(end) : describeError(error);
  return new Unavailability('no-handshake', what, { cause: error });
}

export function asUnavailability(error: unknown): Unavailability {
  if (error instanceof Unavailability) return error;
  return new Unavailability('no-handshake', describeError(error), { cause: error });
}

/** What cannot be started at all is not started again at once. */
export function mayBeOfOtherEra(error: unknown): boolean {
  return error instanceof Unavailability && error.word === 'no-handshake';
}

/** Whether the program lives and answered that it does not know `initialize`. */
export function isRefusal(error: unknown): boolean {
  return (
    error instanceof Unavailability &&
    error.cause instanceof Error &&
    !(error.cause instanceof HostError)
  );
}
