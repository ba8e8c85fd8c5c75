// A server elsewhere in the terms of its era.

import { isObject } from '../../../config/json-value.ts';
import type { Answer, Era, Exchange } from '../../exchange/exchange.ts';
import type { Handshake } from '../declarations.ts';

export interface Speaker {
  readonly era: Era;
  readonly handshake: Handshake;
  /** Whether it can ask its caller nothing: an answer would not find the question's request. */
  readonly cannotAsk?: boolean;
  /** @throws HostError. */
  answer(exchange: Exchange): Promise<Answer>;
  /** A request of the host itself. @throws HostError. */
  answerHost(exchange: Exchange): Promise<Answer>;
  /** Passes on changes that belong to no request, until the server ends the stream. @throws HostError. */
  listen(signal: AbortSignal): Promise<void>;
  /** Never throws. */
  close(): Promise<void>;
}

/** The lists whose changes the server reports. */
export function changingLists({ capabilities }: Handshake): string[] {
  return ['tools', 'prompts', 'resources'].filter((name) => {
    const capability = capabilities[name];
    return isObject(capability) && capability.listChanged === true;
  });
}
