// All that main.ts needs once the port is open, as one import: performance.md.

export { screenOf } from './exchange/screen.ts';
export { createHost } from './host.ts';
export { announce } from './process/banner.ts';
export { LogOutput } from './process/log-output.ts';
export { isTextLog } from './process/logging.ts';
export { logModuleOutput, takeWrites } from './process/module-output.ts';
