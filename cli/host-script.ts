// The script of the built host, relative to the app's folder, and the Node options to start it.

import { existsSync } from 'node:fs';

/** The bundle, as in production. */
export const HOST_SCRIPT = 'dist/main.js';
/** The same unbundled, as the compiler alone writes it. */
export const COMPILED_HOST_SCRIPT = 'dist/runtime/main.js';

/** Variables for the host; those that are set already win. */
export const VARIABLES_FILE = '.env';

/** Said when `script` does not exist. */
export function buildNeeded(script: string): string {
  return `expected ${script}, but it does not exist. Fix: npm run build`;
}

/** Node's arguments that run the host with the variables of `variablesFile`, if there is one. */
export function hostArguments(script: string): string[] {
  return [...(existsSync(VARIABLES_FILE) ? [`--env-file=${VARIABLES_FILE}`] : []), script];
}
