// The base class of every layer: it forwards every member of a backend live.

import type { Backend, BackendListener, BackendState, Declarations, Message } from '../backend.ts';
import type { Answer, Caller, Era, Exchange } from '../exchange.ts';

export class ForwardingBackend implements Backend {
  protected readonly inner: Backend;

  constructor(inner: Backend) {
    this.inner = inner;
  }

  get eras(): readonly Era[] {
    return this.inner.eras;
  }

  get state(): BackendState {
    return this.inner.state;
  }

  get declarations(): Declarations | undefined {
    return this.inner.declarations;
  }

  isIncomplete(era: Era): boolean {
    return this.inner.isIncomplete?.(era) ?? false;
  }

  get abandonedHandlers(): number {
    return this.inner.abandonedHandlers;
  }

  ready(era: Era, caller?: Caller, message?: Message): Promise<void> | undefined {
    return this.inner.ready(era, caller, message);
  }

  answer(exchange: Exchange): Promise<Answer> {
    return this.inner.answer(exchange);
  }

  unknownTool(name: string): Answer {
    return this.inner.unknownTool(name);
  }

  subscribe(listener: BackendListener): () => void {
    return this.inner.subscribe(listener);
  }

  close(limitMs?: number): Promise<void> {
    return this.inner.close(limitMs);
  }
}
