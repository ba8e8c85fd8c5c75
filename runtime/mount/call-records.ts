// One record for each tool call: who called, with which program, and where the record goes.

import type { Logger } from 'pino';
import { bounded } from '../exchange/bounded-text.ts';
import type { CallRecord, ClientSource, Observing } from '../exchange/observer.ts';
import type { Conversation, OpenExchange } from '../exchange/open-exchange.ts';
import type { HttpCaller } from './caller.ts';
import type { CallerName } from './caller-name.ts';
import { Remembered } from './remembered.ts';

export interface CallRecords {
  /** @returns undefined for a request that calls no tool. */
  calledBy(
    caller: HttpCaller,
    exchange: OpenExchange,
    conversation: Conversation,
  ): Called | undefined;
  /** @returns whether telemetry has taken the record. */
  exported(record: CallRecord): boolean;
  /** Writes lines of level info whatever LOG_LEVEL says. */
  readonly log: Logger;
}

/** Who called a tool. */
export interface Called {
  readonly caller: string | undefined;
  readonly client: string | undefined;
  readonly clientFrom: ClientSource | undefined;
}

export function createCallRecords(
  nameOf: CallerName,
  observing: Observing,
  log: Logger,
): CallRecords {
  const clientName = createClientName();
  return {
    calledBy({ identity, authInfo }, exchange, conversation) {
      if (exchange.request.method !== 'tools/call') return undefined;
      const caller = nameOf(identity);
      // Empty where the token names none.
      const verified = authInfo?.clientId || undefined;
      if (verified) return { caller, client: bounded(verified), clientFrom: 'token' };
      const client = clientName(exchange, conversation);
      return { caller, client, clientFrom: client === undefined ? undefined : 'clientInfo' };
    },
    exported: (record) => observing.exportCall?.(record) ?? false,
    log: log.child({}, { level: 'info' }),
  };
}

/** @returns what a client calls itself, in this request or when its session began. */
function createClientName(): (
  exchange: OpenExchange,
  conversation: Conversation,
) => string | undefined {
  const bySession = new Remembered();
  return (exchange, conversation) => {
    const { sessionId } = conversation;
    const known = sessionId === undefined ? undefined : bySession.get(sessionId);
    if (known !== undefined) return known;
    const name = bounded(conversation.readClient(exchange).info?.name);
    return sessionId === undefined || name === undefined ? name : bySession.keep(sessionId, name);
  };
}
