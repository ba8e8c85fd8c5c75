// Messages of one turn of the event loop travel together: waking the other thread costs more than
// most messages.

import type { MessagePort } from 'node:worker_threads';

export class Outbox<Message> {
  readonly #port: MessagePort;
  #waiting: Message[] = [];
  #isDue = false;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  send(message: Message): void {
    this.#waiting.push(message);
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => this.flush());
  }

  /** Sends what waits now, at the end of a thread. */
  flush(): void {
    this.#isDue = false;
    if (this.#waiting.length === 0) return;
    const messages = this.#waiting;
    this.#waiting = [];
    this.#port.postMessage(messages);
  }
}
