// The ES modules of packages that Node would load as CommonJS. Of ES modules, only what is used is
// bundled, so there is less to read at each start.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'rolldown';
import { packageAt } from './outside.ts';

/** Their ES modules are for bundlers: the key `module` of package.json names them. */
const PACKAGES = /^@opentelemetry\/[^/]+$/;
/** It has no such key: its ES module is what Node loads with `import`. */
const BY_CONDITION = new Map([['@opentelemetry/semantic-conventions', 'dist/index.mjs']]);

/**
 * Takes the ES module wherever one of these packages is imported, or required, so that it is in the
 * bundle once.
 * @param isOfHostAlone whether no server holds the module too.
 */
export function esModulesPlugin(isOfHostAlone: (file: string) => boolean): Plugin {
  return {
    name: 'es-modules',
    async resolveId(id, importer) {
      if (!PACKAGES.test(id) || !importer || !isOfHostAlone(importer)) return null;
      const found = await this.resolve(id, importer, { skipSelf: true });
      const folder = found && isOfHostAlone(found.id) && packageAt(found.id)?.folder;
      if (!folder) return found;
      const file = BY_CONDITION.get(id) ?? moduleOf(folder);
      return file ? join(folder, file) : found;
    },
  };
}

function moduleOf(folder: string): string | undefined {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).module;
}
