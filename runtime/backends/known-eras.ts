// Which eras of MCP a server outside of this process supports: from its entry, and from what the
// host learned since.

import type { Era } from '../exchange/exchange.ts';

export class KnownEras {
  /** The entry names it: no other one is tried. */
  readonly fixed: Era | undefined;
  /** What it spoke when it was locked; it may be another server by now. */
  readonly hint: Era | undefined;
  readonly #speaks = new Map<Era, boolean>();

  /** @param setting `era` of the entry. @param hint the era in servers.lock.json. */
  constructor(setting: 'auto' | Era, hint?: Era) {
    this.fixed = setting === 'auto' ? undefined : setting;
    this.hint = this.fixed ? undefined : hint;
    if (this.fixed) this.learnOnly(this.fixed);
  }

  /** Whether it was learned that the server speaks this era, or that it does not. */
  knows(era: Era): boolean {
    return this.#speaks.has(era);
  }

  speaks(era: Era): boolean {
    return this.#speaks.get(era) === true;
  }

  refuses(era: Era): boolean {
    return this.#speaks.get(era) === false;
  }

  learn(era: Era, speaks: boolean): void {
    this.#speaks.set(era, speaks);
  }

  /** One era is spoken to it, for any caller. */
  learnOnly(era: Era): void {
    this.learn(era, true);
    this.learn(otherEra(era), false);
  }

  /** The era for a caller: the caller's own where the server is known to speak it. */
  for(era: Era): Era {
    return this.speaks(era) ? era : otherEra(era);
  }

  /** What the host need not translate. */
  get spoken(): readonly Era[] {
    return this.speaks('modern') ? ['legacy', 'modern'] : ['legacy'];
  }
}

export function otherEra(era: Era): Era {
  return era === 'modern' ? 'legacy' : 'modern';
}
