// A host whose servers are observed: two `shared` ones, two `per-request` ones, on both SDK lines.

import { type PostAnswer, post } from '../../runtime/post.ts';
import { type HostProcess, type SpawnOptions, spawnHost } from '../spawn-host.ts';
import type { Ingestion } from './ingestion.ts';

const YAML = `
defaults: { auth: anonymous, timeoutMs: 3000 }
servers:
  alpha: { module: ./observed.mjs, instance: shared }
  beta: { module: ./observed.mjs }
  gamma: { module: ./observed.mjs, export: createV2, instance: shared }
  delta: { module: ./observed.mjs, export: createV2 }
`;

export const MOUNTS = ['alpha', 'beta', 'gamma', 'delta'] as const;

export interface ObservedHost extends HostProcess {
  /** Calls a tool in the 2025 era. */
  call(server: string, tool: string, args?: object, options?: CallOptions): Promise<PostAnswer>;
  /** Sends any request of the 2025 era. */
  send(server: string, method: string, params?: object, options?: CallOptions): Promise<PostAnswer>;
  /** Waits until the server has a request in work. */
  untilInFlight(server: string): Promise<void>;
}

export interface CallOptions {
  readonly id?: unknown;
  readonly meta?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function observedHost(
  ingestion: Ingestion | undefined,
  env: SpawnOptions['env'] = {},
  yaml = YAML,
  files: SpawnOptions['files'] = {},
): Promise<ObservedHost> {
  const host = await spawnHost({ yaml, files, env: { ...ingestion?.env, ...env } });
  const url = await host.url();
  const send: ObservedHost['send'] = (server, method, params = {}, options = {}) => {
    const { id = 1, meta, headers = {} } = options;
    const message = {
      jsonrpc: '2.0',
      id,
      method,
      params: { ...params, ...(meta && { _meta: meta }) },
    };
    return post(`${url}/${server}/mcp`, message, { ...headers });
  };
  return {
    ...host,
    send,
    untilInFlight: async (server) => {
      for (let isInFlight = false; !isInFlight; ) {
        const ready = await fetch(`${url}/readyz`);
        const { servers } = (await ready.json()) as {
          servers: { name: string; inFlight: number }[];
        };
        isInFlight = servers.some(({ name, inFlight }) => name === server && inFlight > 0);
      }
    },
    call: (server, tool, args = {}, options = {}) =>
      send(server, 'tools/call', { name: tool, arguments: args }, options),
  };
}
