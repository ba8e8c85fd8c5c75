// A host with the thread servers in every mode, beside one in the host's own thread.

import { type PostAnswer, post } from '../../post.ts';
import {
  type ModernOptions,
  modernHeaders,
  modernMessage,
  postModern,
} from '../../protocol/eras/modern.ts';
import { type OpenStream, openStream } from '../../protocol/eras/stream.ts';
import { startHost, type TestHost } from '../../start-host.ts';

export const SDKS = ['v1', 'v2'] as const;
const MOUNTS = ['v1-shared', 'v1-fresh', 'v2-shared', 'v2-fresh'] as const;
export const ERAS = ['legacy', 'modern'] as const;
export type Era = (typeof ERAS)[number];

/** Every way in which a thread serves. */
export const SERVINGS = MOUNTS.flatMap((mount) => ERAS.map((era) => ({ mount, era })));

export interface ThreadHostOptions {
  /** Keys of all servers in threads. */
  readonly settings?: string;
  readonly host?: string;
  readonly mounts?: readonly string[];
}

/** The servers in threads are called by their mounts; `beside` is in the thread of the host. */
export function threadHost({
  settings = '',
  host = '',
  mounts = MOUNTS,
}: ThreadHostOptions = {}): Promise<TestHost> {
  const entries = mounts.map((mount) => {
    const [sdk, instance] = mount.split('-');
    const shared = instance === 'shared' ? ', instance: shared' : '';
    return `  ${mount}: { module: ./thread-${sdk}.mjs, isolation: thread${shared}, ${settings} }`;
  });
  return startHost({
    listen: true,
    yaml: `
host: { ${host} }
defaults: { auth: anonymous }
servers:
${entries.join('\n')}
  beside: { module: ./kernel-v1.mjs, instance: shared }
`,
  });
}

/** Sends a request as a client of `era` does. */
export function send(
  url: string,
  era: Era,
  method: string,
  params: object,
  options: ModernOptions = {},
): Promise<PostAnswer> {
  if (era === 'modern') return postModern(url, method, params, options);
  const { id = 1, meta, headers } = options;
  const message = { jsonrpc: '2.0', id, method, params: { ...params, _meta: meta } } as const;
  return post(url, message, headers as Record<string, string>);
}

export const call = (
  url: string,
  era: Era,
  name: string,
  args: object = {},
  options: ModernOptions = {},
): Promise<PostAnswer> => send(url, era, 'tools/call', { name, arguments: args }, options);

/** What /readyz says of a server. */
export async function stateOf(url: string, name: string): Promise<unknown> {
  const response = await fetch(`${url}/readyz`);
  const { servers } = (await response.json()) as { servers: { name: string }[] };
  return servers.find((server) => server.name === name);
}

/** Calls a tool on a connection of its own; resolves when its answer begins. */
export function open(url: string, era: Era, name: string): Promise<OpenStream> {
  const params = { name, arguments: {}, _meta: { progressToken: 1 } };
  if (era === 'legacy') {
    return openStream(url, { jsonrpc: '2.0', id: 1, method: 'tools/call', params });
  }
  const message = modernMessage('tools/call', params, { meta: params._meta });
  return openStream(url, message, modernHeaders(message));
}
