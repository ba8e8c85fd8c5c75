// What the protocol room knows of a server that has been loaded.

import type { ExchangeRules } from '../exchange/ask.ts';
import type { Backend } from '../exchange/exchange.ts';
import type { Subscriptions } from './modern/listen.ts';
import type { ParamHeaders } from './modern/param-headers.ts';
import type { CacheHints } from './modern/results.ts';
import type { Parking } from './questions/parking.ts';
import type { ReplayOptions } from './questions/replayed-run.ts';

export interface Served {
  readonly backend: Backend;
  readonly rules: ExchangeRules;
  readonly cacheHints: CacheHints;
  /** Arguments that headers must repeat, by tool. */
  readonly paramHeaders: ParamHeaders;
  readonly subscriptions: Subscriptions;
  /** Whether clients of 2026-07-28 may listen to changes (`subscriptions: true`, shared servers only). */
  readonly isListenedTo: boolean;
  /** Where its handlers wait for their clients. */
  readonly parking: Parking;
  /** Present when its handlers run again instead (`replay: true`). */
  readonly replay?: ReplayOptions;
}
