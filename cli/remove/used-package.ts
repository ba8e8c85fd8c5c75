// The npm package that an entry runs.

import type { Environment } from '../../config/env.ts';
import { findProgram, programPlace } from '../../config/program.ts';
import type { ServerConfig } from '../../config/schema.ts';

/** @returns undefined if it is not a package, or not installed */
export function packageOf(
  server: ServerConfig,
  directory: string,
  environment: Environment,
): string | undefined {
  if (server.kind === 'module') return /^(@[^/.][^/]*\/)?[^/.][^/]*/.exec(server.module)?.[0];
  if (server.kind !== 'command') return undefined;
  const found = findProgram(server, programPlace(directory, environment));
  return 'problem' in found ? undefined : found.package?.name;
}
