// What a load is: who calls whom, how, and how often. It travels to the thread that makes the load.

import type { Era } from './wire.ts';

/**
 * - `json`, `stream`, `error`: calls that are answered with JSON, an event stream, a tool's error.
 * - `abort`: the caller ends the connection while the tool runs. `cancel`: it posts a cancellation.
 * - `pair`: two callers at once, with equal ids and progress tokens, and different arguments.
 */
export type Action = 'json' | 'stream' | 'error' | 'abort' | 'cancel' | 'pair';

export interface Called {
  /** What its answers begin with. */
  readonly name: string;
  readonly path: string;
  /** Before the names of its tools, in a combination. Default: nothing. */
  readonly prefix?: string;
  /** It has the tool `echo` only. */
  readonly echoOnly?: boolean;
  /** What its callers speak. Default: both. */
  readonly eras?: readonly Era[];
}

export interface LoadPlan {
  /** Origin of the host. */
  readonly url: string;
  readonly servers: readonly Called[];
  /** Chosen at random, each as often as it is named. */
  readonly actions: readonly Action[];
  /** Loops, each of which sends its next request when the last one has ended. */
  readonly callers: number;
  /** Requests in all; a pair is two. Default: until the load is stopped. */
  readonly requests?: number;
  /** Between an answer and the next request. Default: none. */
  readonly pauseMs?: number;
  /** After a refusal. Default: as after an answer. */
  readonly refusedPauseMs?: number;
  /** How long the tools take, at least and at most. Default: as long as they need. */
  readonly delayMs?: readonly [least: number, most: number];
  /** Refusals with `Retry-After` are no failures. Default: they are. */
  readonly mayRefuse?: boolean;
  /** Without an answer for so long, a request is lost. Default: 60 s. */
  readonly limitMs?: number;
  readonly seed: number;
}
