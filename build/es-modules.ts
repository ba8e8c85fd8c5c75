// The ES modules of packages that Node would load as CommonJS. Of ES modules, only what is used is
// bundled, so there is less to read at each start. CommonJS gets the names that it uses of them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'rolldown';
import { packageAt } from './outside.ts';

/** Their ES modules are for bundlers: the key `module` of package.json names them. */
const PACKAGES = /^@opentelemetry\/[^/]+$/;
/** It has no such key: its ES module is what Node loads with `import`. */
const BY_CONDITION = new Map([['@opentelemetry/semantic-conventions', 'dist/index.mjs']]);

/** As TypeScript writes an import in CommonJS. */
const REQUIRED = /const (\w+) = require\(["'](@opentelemetry\/[^/"']+)["']\);/g;
/** Names of exports, and the file that has them. */
const NAMES = '\0names:';

/**
 * Takes the ES module wherever one of these packages is imported, or required, so that it is in the
 * bundle once.
 * @param isOfHostAlone whether no server holds the module too.
 */
export function esModulesPlugin(isOfHostAlone: (file: string) => boolean): Plugin {
  return {
    name: 'es-modules',
    async resolveId(id, importer) {
      if (id.startsWith(NAMES)) return id;
      if (!PACKAGES.test(id) || !importer || !isOfHostAlone(importer)) return null;
      const found = await this.resolve(id, importer, { skipSelf: true });
      const folder = found && isOfHostAlone(found.id) && packageAt(found.id)?.folder;
      if (!folder) return found;
      const file = BY_CONDITION.get(id) ?? moduleOf(folder);
      return file ? join(folder, file) : found;
    },
    load(id) {
      if (!id.startsWith(NAMES)) return null;
      const [names, file] = JSON.parse(id.slice(NAMES.length));
      return `export { ${names.join(', ')} } from ${JSON.stringify(file)};`;
    },
    async transform(code, id) {
      if (!isOfHostAlone(id)) return null;
      let narrowed = code;
      for (const [statement, variable, required] of code.matchAll(REQUIRED)) {
        const names = namesUsed(code, variable as string);
        const found = names && (await this.resolve(required as string, id));
        if (!found || !/\.mjs$|\/esm\//.test(found.id.replaceAll('\\', '/'))) continue;
        const only = JSON.stringify(NAMES + JSON.stringify([names, found.id]));
        narrowed = narrowed.replace(statement, () => `const ${variable} = require(${only});`);
      }
      return narrowed === code ? null : { code: narrowed, map: null };
    },
  };
}

/**
 * What CommonJS requires is bundled whole, and each of its exports becomes a property at each start.
 * @returns undefined where the module itself is used.
 */
function namesUsed(code: string, variable: string): readonly string[] | undefined {
  const uses = code.match(new RegExp(`\\b${variable}\\b`, 'g'))?.length ?? 0;
  const names = [...code.matchAll(new RegExp(`\\b${variable}\\.(\\w+)`, 'g'))].map(
    ([, name]) => name as string,
  );
  // One use is the statement itself.
  return names.length > 0 && uses === names.length + 1 ? [...new Set(names)] : undefined;
}

function moduleOf(folder: string): string | undefined {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).module;
}
