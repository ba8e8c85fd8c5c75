// Where the compiled entry of a thread lies: beside this file. In a bundle the build puts its own
// place here.

// Tests run this file as it is written, and Node 20 runs no TypeScript.
const path = import.meta.url.endsWith('.ts')
  ? '../../../dist/runtime/backends/thread/worker.js'
  : './worker.js';

export const THREAD_FILE = new URL(path, import.meta.url);
