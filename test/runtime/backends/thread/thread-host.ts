// A host with the thread servers in every mode, beside one in the host's own thread.

import { type Message, type PostAnswer, post } from '../../post.ts';
import { startHost, type TestHost } from '../../start-host.ts';
import { callModern, type ModernOptions } from '../../protocol/eras/modern.ts';

export const SDKS = ['v1', 'v2'] as const;
export const MOUNTS = ['v1-shared', 'v1-fresh', 'v2-shared', 'v2-fresh'] as const;
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

/** Calls a tool as a client of `era` does. */
export function call(
  url: string,
  era: Era,
  name: string,
  args: object = {},
  options: ModernOptions = {},
): Promise<PostAnswer> {
  if (era === 'modern') return callModern(url, name, args, options);
  const { id = 1, meta } = options;
  const params = { name, arguments: args, ...(meta && { _meta: meta }) };
  const message: Message = { jsonrpc: '2.0', id, method: 'tools/call', params };
  return post(url, message, options.headers as Record<string, string>);
}
