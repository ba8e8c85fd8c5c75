// Where the compiled watchdog lies: beside this file. In a bundle the build puts its own place here.

export const THREAD_FILE = new URL('./watchdog-thread.js', import.meta.url);
