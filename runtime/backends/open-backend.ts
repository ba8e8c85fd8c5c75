// What a kind of server has to implement: a server that was started, and how to start one.

import type { Declarations, Message } from '../exchange/backend.ts';
import type { Answer, Caller, Era, Exchange, JsonRpcNotification } from '../exchange/exchange.ts';
import type { UnavailabilityWord } from '../exchange/unavailability.ts';

export type OpenBackendEvent = 'state' | 'declarations' | 'ended' | JsonRpcNotification;

/** Why a server takes no requests for a while. */
export interface Circuit {
  readonly word: UnavailabilityWord;
  /** When the next request may try again, `performance.now()`. */
  readonly retryAt: number;
}

/** A server that was started; what a kind of server has to implement. */
export interface OpenBackend {
  readonly eras: readonly Era[];
  readonly declarations: Declarations;
  readonly abandonedHandlers: number;
  /** Present while it serves the 2025 era only. Never rejects. */
  readonly preparingModern?: Promise<void> | undefined;
  /** Whether it was found out if the server speaks this era. Absent: nothing is to be found out. */
  knowsEra?(era: Era): boolean;
  /**
   * Finds that out, where the start of what answers the request would not. Never rejects.
   * @param caller who sends `message`, the request that waits.
   */
  learnEra?(era: Era, caller: Caller | undefined, message: Message | undefined): Promise<void>;
  /** See {@link BackendState.sdkInternals}. */
  readonly sdkInternals?: readonly string[];
  answer(exchange: Exchange): Promise<Answer>;
  unknownTool(name: string): Answer;
  /** Present while it takes no requests: what it starts for them has failed too often. */
  readonly circuit?: Circuit | undefined;
  /**
   * `ended`: it will answer nothing more, and what it was asked has failed. `state`: its circuit has
   * opened or closed.
   */
  subscribe(listener: (event: OpenBackendEvent) => void): void;
  /** @param limitMs what it may take; see {@link Backend.close}. */
  close(limitMs?: number): Promise<void>;
}

/**
 * Starts the server. @throws Unavailability. @param signal aborts when no one waits for it any
 * more. @param caller whose request starts it, if one does.
 */
export type Open = (signal: AbortSignal, caller?: Caller) => Promise<OpenBackend>;

/** @throws HostError for a caller whose request cannot start the server. */
export type Admit = (caller: Caller | undefined) => void;

/** What a server that serves does before it serves this era. */
export function preparing(
  backend: OpenBackend,
  era: Era,
  caller: Caller | undefined,
  message: Message | undefined,
): Promise<void> | undefined {
  if (era === 'modern' && backend.preparingModern) return backend.preparingModern;
  return backend.knowsEra?.(era) === false ? backend.learnEra?.(era, caller, message) : undefined;
}
