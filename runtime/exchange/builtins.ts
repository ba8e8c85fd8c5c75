// What the end of the process, its log and its limits need of the runtime. These references are
// taken before any server is loaded, so a server that replaces a global changes nothing here.

import timers from 'node:timers/promises';

export const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = globalThis;
export const { Promise: NativePromise } = globalThis;

export const { setTimeout: pause, setImmediate: turn } = timers;

/** `performance.now()`, whatever becomes of the global. */
export const nowMs = performance.now.bind(performance);
