// The base class of callers that show a server something other than the original caller.

import type { Caller } from '../exchange.ts';

export class ForwardingCaller implements Caller {
  protected readonly inner: Caller;

  constructor(inner: Caller) {
    this.inner = inner;
  }

  get authInfo(): Caller['authInfo'] {
    return this.inner.authInfo;
  }

  get subject(): string {
    return this.inner.subject;
  }

  get isPerson(): boolean {
    return this.inner.isPerson;
  }

  get isVerified(): boolean {
    return this.inner.isVerified;
  }

  get path(): string {
    return this.inner.path;
  }

  get query(): string {
    return this.inner.query;
  }

  get headers(): Caller['headers'] {
    return this.inner.headers;
  }
}
