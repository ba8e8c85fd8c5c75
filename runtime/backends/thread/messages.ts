// What the host and a thread tell each other. What is nested crosses as JSON text: it is written
// once, and copying a text costs less than copying the objects.

import type { ResolvedTexts } from '../../../config/resolved-texts.ts';
import type { ModuleConfig } from '../../../config/schema.ts';
import type { Declarations } from '../../exchange/backend.ts';
import type { Caller, Client, Era, JsonRpcRequest } from '../../exchange/exchange.ts';
import type { Sdk } from '../module/sdk-internals.ts';
import type { Failure } from './failure.ts';

/** What a thread is started with (`workerData`). */
export interface ThreadStart {
  readonly config: ModuleConfig;
  /** Folder of servers.yaml. */
  readonly directory: string;
  readonly texts: ResolvedTexts;
  /** Where the thread counts: see {@link COUNTERS}. */
  readonly counters: Int32Array;
  /** Milliseconds between two beats of its event loop. */
  readonly beatMs: number;
  readonly port: import('node:worker_threads').MessagePort;
}

/** Places in the memory that both threads see. */
export const COUNTERS = {
  /** Goes up while the event loop of the thread turns. */
  beats: 0,
  /** Handlers that still run although no one waits for them. */
  abandonedHandlers: 1,
  count: 2,
} as const;

/** An exchange as it crosses. */
export interface Call {
  readonly request: JsonRpcRequest;
  readonly era: Era;
  readonly caller: Caller;
  readonly client: Client;
  readonly clientKey: string | undefined;
  /** Absent where no one traces. */
  readonly traceparent: string | undefined;
}

/** What a server in a thread is at the moment. */
export interface Described {
  readonly declarations: Omit<Declarations, 'readingTools'>;
  readonly isReadingTools: boolean;
  readonly isPreparingModern: boolean;
  readonly eras: readonly Era[];
  readonly sdkInternals: readonly string[];
}

/** `text` is JSON: of a {@link Call}, an answer, `params` of progress. */
export type ToThread =
  | { readonly is: 'call'; readonly id: number; readonly text: string }
  | { readonly is: 'abort'; readonly id: number; readonly reason: string }
  | { readonly is: 'reply'; readonly question: number; readonly text: string }
  | { readonly is: 'progress'; readonly question: number; readonly text: string }
  | { readonly is: 'close' };

/** `text` is JSON: of a {@link Described}, an outgoing request, a notification, a result, and so on. */
export type FromThread =
  | { readonly is: 'opened'; readonly sdk: Sdk; readonly text: string }
  | { readonly is: 'not-opened'; readonly failure: Failure }
  | { readonly is: 'described'; readonly text: string }
  | { readonly is: 'change'; readonly text: string }
  | { readonly is: 'result'; readonly id: number; readonly text: string }
  | { readonly is: 'error'; readonly id: number; readonly text: string }
  | { readonly is: 'thrown'; readonly id: number; readonly failure: Failure }
  | { readonly is: 'sent'; readonly id: number; readonly text: string }
  | { readonly is: 'notify'; readonly id: number; readonly text: string }
  | {
      readonly is: 'ask';
      readonly id: number;
      readonly question: number;
      readonly text: string;
      readonly wantsProgress: boolean;
    }
  | { readonly is: 'withdraw'; readonly question: number }
  | { readonly is: 'log'; readonly level: 'warn' | 'debug'; readonly text: string }
  | { readonly is: 'uncaught'; readonly what: string; readonly failure: Failure }
  | { readonly is: 'closed' };
