// The order of the layers, from the inside: what a server answers is cached whole, then cut to what
// is published, then to what works without tasks, then reviewed for internal errors.

import type { ServerConfig } from '../../../config/schema.ts';
import type { Backend } from '../backend.ts';
import { ErrorMasking, type ErrorMaskingOptions } from './error-masking.ts';
import { ListCache } from './list-cache.ts';
import { TaskTools, type TaskToolsLog } from './task-tools.ts';
import { publishTools, type ToolSettingsLog } from './tool-settings.ts';

export interface LayerOptions extends ErrorMaskingOptions, TaskToolsLog, ToolSettingsLog {}

/** Puts the layers of one server around its backend. */
export function composeLayers(
  backend: Backend,
  { kind, ttlMs, cacheScope, tools }: Pick<ServerConfig, 'kind' | 'ttlMs' | 'cacheScope' | 'tools'>,
  options: LayerOptions,
): Backend {
  const keepsLists = cacheScope === 'public' && ttlMs > 0;
  const cached = keepsLists ? new ListCache(backend, ttlMs) : backend;
  const published = publishTools(cached, tools, options);
  // What comes from its members has passed these layers there.
  if (kind === 'combine') return published;
  return new ErrorMasking(new TaskTools(published, options), options);
}
