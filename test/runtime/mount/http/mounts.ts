// The four kinds of mount that every HTTP test runs against, and the messages that are sent to
// them.

import { beforeAll } from 'vitest';
import type { Message } from '../../post.ts';
import { openHost, type StartOptions, startHost, type TestHost } from '../../start-host.ts';

/** Path of a mount and the name its server puts in front of what it echoes. */
export const MOUNTS = [
  ['/v1-shared/mcp', 'alpha'],
  ['/v1-fresh/mcp', 'beta'],
  ['/v2-shared/mcp', 'gamma'],
  ['/v2-fresh/mcp', 'delta'],
] as const;

/** The mount that refusal tests use unless the kind matters: its factory would be reached first. */
export const PATH = '/v2-fresh/mcp';

const YAML = `
defaults: { auth: anonymous }
servers:
  v1-shared: { module: ./kernel-v1.mjs, instance: shared }
  v1-fresh: { module: ./kernel-v1.mjs, export: createBeta }
  v2-shared: { module: ./kernel-v2.mjs, instance: shared }
  v2-fresh: { module: ./kernel-v2.mjs, export: createDelta, allowedOrigins: [https://app.example] }
`;

/**
 * One listening host with all four mounts for the tests of a file or block; call the result inside
 * of a test.
 */
export function sharedMounts(options: Partial<StartOptions> = {}): () => TestHost {
  let host: TestHost | undefined;
  beforeAll(async () => {
    const opened = await openHost({ yaml: YAML, listen: true, ...options });
    host = opened;
    return () => opened.close();
  });
  return () => host as TestHost;
}

/** Starts a host of its own for one test, by default with all four mounts. */
export function startMounts(options: Partial<StartOptions> = {}): Promise<TestHost> {
  return startHost({ yaml: YAML, ...options });
}

export const JSON_HEADERS = { host: 'localhost', 'content-type': 'application/json' } as const;

export const PING: Message = { jsonrpc: '2.0', id: 1, method: 'ping' };

/** A `tools/call`. */
export function call(name: string, args: object = {}, id: unknown = 1): Message {
  return { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } };
}
