// A host with one mount for every kind of server that takes the params of every method of MCP.

import { beforeAll, beforeEach } from 'vitest';
import { openHost, type TestHost } from '../../start-host.ts';

export const MOUNTS = ['v1-shared', 'v1-per-request', 'v2-shared', 'v2-per-request'] as const;

const entry = (mount: string): string =>
  `  ${mount}: { module: ./params-${mount.slice(0, 2)}.mjs, instance: ${mount.slice(3)} }`;

const YAML = `
defaults: { auth: anonymous, subscriptions: true }
servers:
${MOUNTS.map(entry).join('\n')}
  tools-only: { module: ../../runtime/protocol/eras/servers/era-v1.mjs, export: createToolsOnly }
`;

/** Opens the host for the tests of a file; each test finds an empty log. */
export function paramsHost(): { urlOf(mount: string): string; logs(): TestHost['logs'] } {
  let host: TestHost;
  beforeAll(async () => {
    host = await openHost({ yaml: YAML, listen: true });
    return () => host.close();
  });
  beforeEach(() => {
    host.logs.length = 0;
  });
  return { urlOf: (mount) => `${host.url}/${mount}/mcp`, logs: () => host.logs };
}
