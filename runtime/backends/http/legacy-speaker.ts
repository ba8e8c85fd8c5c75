// A server of the 2025 era: each request goes through a session of whoever it is for.

import type { Answer, Exchange } from '../../exchange/exchange.ts';
import type { Handshake } from '../declarations.ts';
import type { Hearing } from './call.ts';
import { LegacySession } from './legacy-session.ts';
import { Sessions } from './sessions.ts';
import type { Speaker } from './speaker.ts';
import type { Upstream } from './upstream.ts';

/** The session for every client, and for the host's own requests; a client's key has a space. */
const SHARED_SESSION = 'everybody';

export interface LegacySpeakerOptions {
  readonly upstream: Upstream;
  readonly nextId: () => number;
  readonly instance: 'per-request' | 'per-session' | 'shared';
  readonly idleTimeoutMs: number;
  readonly startTimeoutMs: number;
  readonly changed: Hearing['changed'];
}

/** @throws HostError. @param signal aborts when no one waits for the server any longer. */
export async function openLegacySpeaker(
  { upstream, nextId, instance, idleTimeoutMs, startTimeoutMs, changed }: LegacySpeakerOptions,
  signal: AbortSignal,
): Promise<Speaker> {
  const sessions = new Sessions<Exchange | undefined>({
    open: (exchange, opening) =>
      LegacySession.open({ upstream, nextId, client: exchange?.client, changed }, opening),
    openTimeoutMs: startTimeoutMs,
    idleTimeoutMs,
  });
  const giveUp = (): void => void sessions.close();
  signal.addEventListener('abort', giveUp);
  let handshake: Handshake | undefined;
  let isStateless = false;
  await sessions.use(SHARED_SESSION, undefined, async (session) => {
    ({ handshake, isStateless } = session);
  });
  const isForEverybody = instance === 'shared' || isStateless;
  signal.removeEventListener('abort', giveUp);
  const answerHost = (exchange: Exchange): Promise<Answer> =>
    sessions.use(SHARED_SESSION, undefined, (session) => session.answer(exchange));
  return {
    era: 'legacy',
    handshake: handshake as Handshake,
    cannotAsk: isForEverybody,
    answerHost,
    answer: (exchange) => {
      if (isForEverybody) return answerHost(exchange);
      const key = instance === 'per-session' ? exchange.clientKey : undefined;
      return sessions.use(key, exchange, (session) => session.answer(exchange));
    },
    listen: (stopped) =>
      sessions.use(SHARED_SESSION, undefined, (session) => session.listen(stopped)),
    close: () => sessions.close(),
  };
}
