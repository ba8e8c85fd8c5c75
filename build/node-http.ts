// node:http without its form as an ES module: making that reads every property, and three of them
// load undici, which costs Node 22 thirty milliseconds of each start.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { Plugin } from 'rolldown';

const LAZY = ['WebSocket', 'CloseEvent', 'MessageEvent'];
const NAMES = Object.keys(http).filter((name) => !LAZY.includes(name));
const ID = '\0node-http';
const CODE = `
const http = process.getBuiltinModule('node:http');
export default http;
export const { ${NAMES.join(', ')} } = http;
`;

/**
 * For modules that name none of the three.
 * @param isOfHostAlone whether no server holds the importing module too: what it imports may come
 * with another Node.
 */
export function nodeHttpPlugin(isOfHostAlone: (file: string) => boolean): Plugin {
  const names = new RegExp(`\\b(${LAZY.join('|')})\\b`);
  return {
    name: 'node-http',
    resolveId(id, importer, { kind }) {
      if (
        !importer ||
        !isOfHostAlone(importer) ||
        kind !== 'import-statement' ||
        !/^(node:)?http$/.test(id)
      )
        return null;
      return names.test(readFileSync(importer, 'utf8')) ? null : ID;
    },
    load: (id) => (id === ID ? CODE : null),
  };
}
