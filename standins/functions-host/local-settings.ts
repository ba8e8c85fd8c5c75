// What `func start` adds to the environment of the Functions host it starts.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `Values` of local.settings.json and the two variables of Core Tools
 * (ct: src/Cli/func/Actions/HostActions/StartHostAction.cs). The environment wins over the file.
 */
export function coreToolsEnvironment(appRoot: string): Readonly<Record<string, string>> {
  const file = join(appRoot, 'local.settings.json');
  const values = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).Values : {};
  return {
    ...values,
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    FUNCTIONS_CORETOOLS_ENVIRONMENT: 'true',
  };
}
