// The kinds of server, and how each is started. This is the only file that knows them all; a kind
// is loaded when the first server of it starts.

import type { ServerConfig } from '../../config/schema.ts';
import { openModule } from './module/open.ts';
import type { OpenBackend } from './open-backend.ts';
import type { OpenOptions } from './open-options.ts';

/**
 * Starts a server by its kind. @throws Unavailability. @param signal aborts when the try has taken
 * too long.
 */
export async function openServer(
  config: ServerConfig,
  options: OpenOptions,
  signal: AbortSignal,
): Promise<OpenBackend> {
  switch (config.kind) {
    case 'module':
      return config.isolation === 'thread'
        ? (await import('./thread/open.ts')).openThread(config, options, signal)
        : openModule(config, options, signal);
    case 'url': {
      const { openUrl } = await import('./url/open.ts');
      return openUrl(config, options, signal);
    }
    case 'command': {
      const { openCommand } = await import('./command/open.ts');
      return openCommand(config, options, signal);
    }
    case 'combine':
      throw new Error('A combination consists of its members and is not started itself.');
  }
}
