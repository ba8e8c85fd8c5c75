// Handles what a shared server sends without a request: it reports changes to the supervisor, reads
// a changed tool list again, and drops the rest.

import type { JsonRpcNotification } from '../exchange/exchange.ts';
import { isChange, NOTIFICATIONS } from '../exchange/wire-names.ts';
import type { LiveDeclarations } from './declarations.ts';

type Event = 'declarations' | JsonRpcNotification;

export class Changes {
  #listener: ((event: Event) => void) | undefined;
  readonly #onDropped: (method: string) => void;

  /** @param onDropped called with a notification that belongs to no caller. */
  constructor(onDropped: (method: string) => void) {
    this.#onDropped = onDropped;
  }

  /** The one who listens: the supervisor of the server. */
  subscribe(listener: (event: Event) => void): void {
    this.#listener = listener;
  }

  declarationsChanged(): void {
    this.#listener?.('declarations');
  }

  /** For a server that lives for one request: no caller is left that a change could concern. */
  drop({ method }: JsonRpcNotification): void {
    if (!isChange(method)) this.#onDropped(method);
  }

  publish(notification: JsonRpcNotification, declarations: LiveDeclarations | undefined): void {
    const { method } = notification;
    if (!isChange(method)) {
      this.#onDropped(method);
      return;
    }
    // Before anybody learns of the change and calls a tool that is new.
    if (method === NOTIFICATIONS.toolsChanged) void declarations?.readTools();
    this.#listener?.(notification);
  }
}
