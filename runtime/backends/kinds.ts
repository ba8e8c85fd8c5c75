// The kinds of server, and how each is started. This is the only file that knows them all.

import type { ServerConfig } from '../../config/schema.ts';
import { type OpenOptions, openModule } from './module/open.ts';
import type { OpenBackend } from './supervisor.ts';

/**
 * Starts a server by its kind. @throws Unavailability. @param signal aborts when the try has taken
 * too long.
 */
export function openServer(
  config: ServerConfig,
  options: OpenOptions,
  signal: AbortSignal,
): Promise<OpenBackend> {
  return openModule(config, options, signal);
}
