// Notifications of a shared server that belong to no request: changes go to whoever watches, the rest is dropped.

import type { JsonRpcNotification } from '../exchange/exchange.ts';
import { isChange } from './multiplexing-transport.ts';

type Listener = (notification: JsonRpcNotification) => void;

export class Changes {
  readonly #listeners = new Set<Listener>();
  readonly #onDropped: (method: string) => void;

  /** @param onDropped told of a notification that could be given to nobody. */
  constructor(onDropped: (method: string) => void) {
    this.#onDropped = onDropped;
  }

  listen(listener: Listener): void {
    this.#listeners.add(listener);
  }

  publish(notification: JsonRpcNotification): void {
    if (isChange(notification.method)) {
      for (const listener of this.#listeners) listener(notification);
    } else this.#onDropped(notification.method);
  }
}
