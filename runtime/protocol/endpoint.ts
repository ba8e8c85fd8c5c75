// What the protocol room keeps for one server: its backend, what is derived from its declarations,
// and what waits for its clients.

import type { ServerConfig } from '../../config/schema.ts';
import { type Backend, legacyCapabilitiesOf } from '../exchange/backend.ts';
import type { ByteShare } from '../exchange/byte-budget.ts';
import { derived } from '../exchange/derived.ts';
import type { JsonObject } from '../exchange/exchange.ts';
import { type ParamHeaders, readParamHeaders } from '../exchange/param-headers.ts';
import { withoutSubscriptions } from './capabilities.ts';
import { Subscriptions } from './modern/listen.ts';
import { Parking } from './questions/parking.ts';
import { QuestionDesk } from './questions/question-desk.ts';
import { UsedStates } from './questions/used-states.ts';
import { WaitingPlaces } from './questions/waiting-places.ts';
import type { Sealer } from './seal.ts';
import { withoutTaskCapabilities } from './tasks.ts';

export class Endpoint {
  readonly config: ServerConfig;
  readonly backend: Backend;
  readonly sealer: Sealer;
  /** What its callers make this process hold. */
  readonly share: ByteShare;
  /** What waits for clients, of all three kinds. */
  readonly places: WaitingPlaces;
  /** Questions of the 2025 era that wait for clients. */
  readonly desk: QuestionDesk;
  /** Handlers of 2026-07-28 that wait for clients. */
  readonly parking: Parking;
  /** Of handlers that run again with the answers. */
  readonly usedStates: UsedStates;
  /** Clients of 2026-07-28 that listen to changes. */
  readonly subscriptions: Subscriptions;
  /** Arguments that headers must repeat, by tool; undefined while the tools are not known. */
  readonly paramHeaders: () => ParamHeaders | undefined;
  /** The capabilities in the answer to `initialize`. */
  readonly legacyCapabilities: () => JsonObject | undefined;
  /** The capabilities in the answer to `server/discover`. */
  readonly modernCapabilities: () => JsonObject | undefined;

  constructor(config: ServerConfig, backend: Backend, sealer: Sealer, share: ByteShare) {
    this.config = config;
    this.backend = backend;
    this.sealer = sealer;
    this.share = share;
    this.places = new WaitingPlaces(config.maxParked, share);
    this.desk = new QuestionDesk(this.places);
    this.parking = new Parking(config.name, config.inputTimeoutMs, sealer, this.places);
    this.usedStates = new UsedStates(config.inputTimeoutMs);
    const isListenedTo = config.subscriptions && config.instance === 'shared';
    this.subscriptions = new Subscriptions(backend, isListenedTo, this.places);
    this.paramHeaders = derived(backend, ({ tools }) => tools && readParamHeaders(tools));
    this.legacyCapabilities = derived(backend, (declarations) =>
      withoutSubscriptions(legacyCapabilitiesOf(declarations)),
    );
    this.modernCapabilities = derived(backend, ({ capabilities }) =>
      isListenedTo ? withoutTaskCapabilities(capabilities) : withoutSubscriptions(capabilities),
    );
  }

  /** Ends what waits for a client: a drain must not wait for people. */
  stopWaiting(): void {
    this.desk.close();
    this.parking.close();
    this.subscriptions.close();
  }
}
