// Which copy of SDK v1 a module uses, and whether it may be trusted with concurrent callers.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import lt from 'semver/functions/lt.js';
import valid from 'semver/functions/valid.js';
import { bundledSdks } from '../../../config/bundles.ts';
import { Unavailability } from '../../exchange/unavailability.ts';
import { MultiplexingTransport } from '../multiplexing-transport.ts';
import { resolvePackage } from './module-file.ts';
import { hidesScopes } from './sdk-internals.ts';
import type { SdkServer } from './sdk-server.ts';

/**
 * First version whose `connect` refuses a second transport (CVE-2026-25536, GHSA-345p-7cg4-v4c7).
 */
const FIRST_SAFE_VERSION = '1.26.0';
/** Version that this host is tested with; older ones lack body, batch and session fixes. */
const TESTED_VERSION = '1.32.2';

/**
 * @param server connected already: the guard of a bundled copy can only be seen from its behavior.
 * @returns a warning when the copy is older than the tested one.
 * @throws Unavailability `faulty-sdk` when the copy mixes up callers, or hides which scopes they
 * need.
 */
export async function checkSdkCopy(
  server: SdkServer,
  moduleFile: string,
): Promise<string | undefined> {
  const version = server.sdk === 'v1' ? versionUsedBy(moduleFile) : undefined;
  if ((version && lt(version, FIRST_SAFE_VERSION)) || !(await refusesSecondTransport(server))) {
    const found = version
      ? `@modelcontextprotocol/sdk ${version}`
      : 'a bundled copy of the MCP SDK';
    throw new Unavailability(
      'faulty-sdk',
      `The module uses ${found}, which can give one caller's answer to another (CVE-2026-25536). Fix: use @modelcontextprotocol/sdk ${TESTED_VERSION} or later.`,
    );
  }
  if (hidesScopes(server.instance)) {
    throw new Unavailability(
      'faulty-sdk',
      'The module asks for scopes (`scopeChallenge`), but this host cannot read them from the MCP SDK of the module, so every caller would have access. Fix: use a version of @modelcontextprotocol/server that this host was tested with, or update the host.',
    );
  }
  if (version && lt(version, TESTED_VERSION)) {
    return `The module uses @modelcontextprotocol/sdk ${version}. Fix: update it to ${TESTED_VERSION} or later.`;
  }
  return undefined;
}

function versionUsedBy(moduleFile: string): string | undefined {
  const bundled = bundledSdks(moduleFile)?.find(({ name }) => name === '@modelcontextprotocol/sdk');
  if (bundled) return valid(bundled.version) ?? undefined;
  try {
    const entry = resolvePackage('@modelcontextprotocol/sdk/types.js', dirname(moduleFile));
    return packageVersion(dirname(entry));
  } catch {
    return undefined; // Bundled: only its behavior can tell.
  }
}

function packageVersion(folder: string): string | undefined {
  const file = join(folder, 'package.json');
  if (existsSync(file)) {
    // SDK v1 has a nested package.json without a name in each build folder.
    const { name, version } = JSON.parse(readFileSync(file, 'utf8'));
    if (name === '@modelcontextprotocol/sdk') return valid(version) ?? undefined;
  }
  const parent = dirname(folder);
  return parent === folder ? undefined : packageVersion(parent);
}

async function refusesSecondTransport(server: SdkServer): Promise<boolean> {
  const probe = new MultiplexingTransport({ extraOf: () => ({}), singleClient: true });
  try {
    await server.protocol.connect(probe);
    return false;
  } catch {
    return true;
  }
}
