// The order of the layers, from the inside: what a server answers is compared with the lock file,
// cached whole, then cut to what is published, then to what works without tasks, then reviewed for
// internal errors.

import type { Lock } from '../../../config/lock-file.ts';
import type { ServerConfig } from '../../../config/schema.ts';
import type { Backend } from '../backend.ts';
import { ErrorMasking, type ErrorMaskingOptions } from './error-masking.ts';
import { ListCache } from './list-cache.ts';
import { type LockedListsLog, lockLists } from './locked-lists.ts';
import { TaskTools, type TaskToolsLog } from './task-tools.ts';
import { publishTools, type ToolSettingsLog } from './tool-settings.ts';

export interface LayerOptions
  extends ErrorMaskingOptions,
    LockedListsLog,
    TaskToolsLog,
    ToolSettingsLog {
  /** Absent when the server is not in servers.lock.json. */
  readonly lock?: Lock | undefined;
}

/** Puts the layers of one server around its backend. */
export function composeLayers(
  backend: Backend,
  server: ServerConfig,
  options: LayerOptions,
): Backend {
  const { ttlMs, cacheScope, tools } = server;
  const locked = lockLists(backend, server, options.lock, options);
  const keepsLists = cacheScope === 'public' && ttlMs > 0;
  const cached = keepsLists ? new ListCache(locked, ttlMs) : locked;
  const published = publishTools(cached, tools, options);
  // What comes from its members has passed these layers there.
  if (server.kind === 'combine') return published;
  return new ErrorMasking(new TaskTools(published, options), options);
}
