// How a request is answered, by its era.

import type { Era } from '../exchange/exchange.ts';
import type { IncomingRequest } from './incoming.ts';
import { LegacyConversation } from './legacy-conversation.ts';
import { ModernConversation } from './modern/conversation.ts';

/** Answers one request, and delivers what its server says. */
export type EraConversation = LegacyConversation | ModernConversation;

export function openConversation(era: Era, incoming: IncomingRequest): EraConversation {
  return era === 'modern' ? new ModernConversation(incoming) : new LegacyConversation(incoming);
}
