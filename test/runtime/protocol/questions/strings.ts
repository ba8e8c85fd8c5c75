// The tests' hands in the handlers of the questions fixture.

import type { EventEmitter } from 'node:events';

const file = new URL('../../../fixtures/servers/questions-departures.mjs', import.meta.url).href;

/** Handlers emit `aborted`, `failed` and `ended`, and wait for `go <id>`. */
export const { strings } = (await import(file)) as { strings: EventEmitter };
