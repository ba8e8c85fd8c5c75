// The built host as a process of its own: where its script is, seen from the app's folder, and what
// Node is given to run it.

import { existsSync } from 'node:fs';

export const hostScript = 'dist/runtime/main.js';

/** Variables for the host; those that are set already win. */
export const variablesFile = '.env';

/** Said when `hostScript` does not exist. */
export const buildNeeded = `expected ${hostScript}, got none. Fix: npm run build`;

/** Node's arguments that run the host with the variables of `variablesFile`, if there is one. */
export function hostArguments(): string[] {
  return [...(existsSync(variablesFile) ? [`--env-file=${variablesFile}`] : []), hostScript];
}
