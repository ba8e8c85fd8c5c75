// Servers of every kind, instance and isolation in one servers.yaml.

import { type SoakHost, startSoakHost } from './host.ts';
import { type HostFiles, listenerEntry, programEntry, shellEntry } from './host-folder.ts';
import type { Called } from './load-plan.ts';
import { startUpstream, type Upstream } from './upstream.ts';

export interface KindOfServer extends Called {
  /** What the table calls it. */
  readonly kind: string;
  /** Each request starts a program: it gets a tenth of the load. */
  readonly isSlow?: boolean;
}

const atPath = (name: string): Called => ({ name, path: `/${name}/mcp` });

/** A program per session has clients of 2025 only: there are no sessions in 2026-07-28. */
export const KINDS: readonly KindOfServer[] = [
  { kind: 'module, shared, SDK v1', ...atPath('shared-v1') },
  { kind: 'module, shared, SDK v2', ...atPath('shared-v2') },
  { kind: 'module, per-request, SDK v1', ...atPath('request-v1') },
  { kind: 'module, per-request, SDK v2', ...atPath('request-v2') },
  { kind: 'thread, shared', ...atPath('thread-v1') },
  { kind: 'thread, per-request', ...atPath('thread-v2') },
  { kind: 'command, shared', ...atPath('command-shared') },
  { kind: 'command, per-session', ...atPath('command-session'), eras: ['2025'] },
  {
    kind: 'command, per-request (a tenth)',
    ...atPath('command-request'),
    echoOnly: true,
    isSlow: true,
  },
  { kind: 'command with url, shared', ...atPath('listener') },
  { kind: 'url, shared', ...atPath('url-shared') },
  { kind: 'url, per-session', ...atPath('url-session') },
  { kind: 'combine', name: 'shared-v1', path: '/combined/mcp', prefix: 'one_' },
];

export interface EveryKind {
  readonly host: SoakHost;
  /** The server of `url-session`. */
  readonly upstream: Upstream;
  stop(): Promise<void>;
}

/** A host with all of them, and the servers elsewhere that two of them need. */
export async function startEveryKind(main: string): Promise<EveryKind> {
  const [shared, session] = await Promise.all([
    startUpstream('url-shared', 'v2'),
    startUpstream('url-session', 'v1'),
  ]);
  const files = everyKind({ 'url-shared': shared.url, 'url-session': session.url });
  const host = await startSoakHost({ main, ...files });
  return {
    host,
    upstream: session,
    stop: async () => {
      await Promise.all([host.stop(), shared.leave(), session.leave()]);
    },
  };
}

/** @param upstreams addresses of the servers elsewhere */
function everyKind(upstreams: Readonly<Record<'url-shared' | 'url-session', string>>): HostFiles {
  const yaml = `
defaults: { auth: anonymous, maxConcurrent: 1000 }
servers:
  shared-v1: { module: ./shared-v1.mjs, instance: shared }
  shared-v2: { module: ./shared-v2.mjs, instance: shared }
  request-v1: { module: ./request-v1.mjs }
  request-v2: { module: ./request-v2.mjs }
  thread-v1: { module: ./thread-v1.mjs, instance: shared, isolation: thread }
  thread-v2: { module: ./thread-v2.mjs, isolation: thread }
  command-shared: ${programEntry('command-shared', 'v2', 'instance: shared')}
  command-session: ${programEntry('command-session', 'v1', 'instance: per-session')}
  command-request: ${shellEntry('command-request', 'instance: per-request, spares: 4')}
  listener: ${listenerEntry('listener', 'v2', 'instance: shared')}
  url-shared: { url: "${upstreams['url-shared']}", instance: shared }
  url-session: { url: "${upstreams['url-session']}", instance: per-session }
  combined: { combine: { shared-v1: { prefix: one }, shared-v2: { prefix: two } } }
`;
  const modules = {
    'shared-v1': 'v1',
    'shared-v2': 'v2',
    'request-v1': 'v1',
    'request-v2': 'v2',
    'thread-v1': 'v1',
    'thread-v2': 'v2',
  } as const;
  return { yaml, modules };
}
