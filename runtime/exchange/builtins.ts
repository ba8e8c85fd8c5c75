// Built-in functions that the end of the process, its log and its limits need. The references are
// taken before any server is loaded, so a server that replaces a global does not affect them.

import timers from 'node:timers/promises';

export const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = globalThis;
export const { Promise: NativePromise } = globalThis;

export const { setTimeout: pause, setImmediate: turn } = timers;

/** `performance.now()`, whatever becomes of the global. */
export const nowMs = performance.now.bind(performance);
