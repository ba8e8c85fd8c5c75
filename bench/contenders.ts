// Who is measured: this host in each of its modes, its peers, and the floor that all are compared with.

import { join } from 'node:path';
import { type Ask, type Era, HOST_ASKS, messageTo, resultIn } from './messages.ts';
import type { Mounts } from './mounts.ts';
import { launch, SERVERS, type Target, type TargetOptions } from './target.ts';

export interface Contender {
  readonly name: string;
  readonly mounted: number;
  readonly process: TargetOptions;
  readonly asks: readonly { readonly ask: Ask; readonly era: Era }[];
  /** The paths of its servers. */
  readonly paths: readonly string[];
}

export const FLOOR = 'bare Fastify route';
export const PEERS = {
  v1: 'SDK v1, fresh per request, Express',
  v2: 'SDK v2, createMcpHandler',
  tmcp: 'tmcp',
  mcpHandler: 'mcp-handler',
  fastmcp: 'fastmcp',
  leastV1: 'bare Fastify and SDK v1',
  leastV2: 'bare Fastify and SDK v2',
  limitedV1: 'bare Fastify, SDK v1, rate limit and log',
  limitedV2: 'bare Fastify, SDK v2, rate limit and log',
} as const;

/** The modes of this host: how a server is mounted, and what it was written with. */
export const MODES = [
  { name: 'shared, SDK v1', instance: 'shared', file: 'v1.mjs' },
  { name: 'shared, SDK v2', instance: 'shared', file: 'v2.mjs' },
  { name: 'per-request, SDK v1', instance: 'per-request', file: 'v1.mjs' },
  { name: 'per-request, SDK v2', instance: 'per-request', file: 'v2.mjs' },
] as const;

/** With as many servers in one process as the bar for mounted servers says. */
export const MANY = 20;

const CALLS = [
  { ask: 'call', era: '2025' },
  { ask: 'call', era: '2026' },
] as const;

/** @returns this host with 1 and with 20 servers in each mode whose name has this part. */
export function hosts(mounts: Mounts, partOfName = ''): Contender[] {
  const modes = MODES.filter(({ name }) => name.includes(partOfName));
  return [1, MANY].flatMap((mounted) =>
    modes.map(({ name, instance, file }) => {
      const source = join(SERVERS, file);
      const { target, paths } = mounts.add({ source, instance, copies: mounted });
      const asks = mounted === 1 ? [...CALLS, ...HOST_ASKS] : CALLS;
      return { name, mounted, process: target, asks, paths };
    }),
  );
}

export function peers(): Contender[] {
  return [
    [PEERS.v1, 'sdk-v1-express.mjs'],
    [PEERS.v2, 'sdk-v2-node.mjs'],
    [PEERS.tmcp, 'tmcp.mjs'],
    [PEERS.mcpHandler, 'mcp-handler.mjs'],
    [PEERS.fastmcp, 'fastmcp.mjs'],
  ].map(([name, file]) => ({
    name: name as string,
    mounted: 1,
    process: { command: [join(SERVERS, file as string)] },
    asks: CALLS,
    paths: ['/mcp'],
  }));
}

/**
 * What the SDKs alone cost, in the era that they serve without more, and with a rate limit and a log line: the rest is
 * this host's.
 */
export function leasts(): Contender[] {
  return [
    { name: PEERS.leastV1, environment: { SDK: 'v1' } },
    { name: PEERS.leastV2, environment: { SDK: 'v2' } },
    { name: PEERS.limitedV1, environment: { SDK: 'v1', LIMIT_AND_LOG: '1' } },
    { name: PEERS.limitedV2, environment: { SDK: 'v2', LIMIT_AND_LOG: '1' } },
  ].map(({ name, environment }) => ({
    name,
    mounted: 1,
    process: { command: [join(SERVERS, 'fastify-sdk.mjs')], environment },
    asks: CALLS.filter(({ era }) => era === '2025'),
    paths: ['/mcp'],
  }));
}

/** The floor answers what `host` answers, message by message, so that both move the same bytes. */
export async function floorLike(host: Contender): Promise<Contender> {
  const target = await launch(host.process);
  try {
    const results: Record<string, object> = {};
    for (const { ask, era } of host.asks) {
      const request = messageTo(host.paths[0] as string, ask, era);
      results[floorPath(ask, era)] = resultIn(await target.firstAnswer(request));
    }
    return floor(results, host.asks);
  } finally {
    await target.stop();
  }
}

/** One message of a running contender, with the requests that carry it to each of its servers. */
export interface Row {
  readonly contender: string;
  readonly mounted: number;
  readonly ask: Ask;
  readonly era: Era;
  readonly target: Target;
  readonly requests: readonly Buffer[];
}

export interface Field {
  readonly rows: readonly Row[];
  /** What could not be measured, and why; one sentence each. */
  readonly leftOut: readonly string[];
  stop(): Promise<void>;
}

/** Starts everybody and asks each message once; what is not answered rightly is left out. */
export async function startField(contenders: readonly Contender[]): Promise<Field> {
  const rows: Row[] = [];
  const leftOut: string[] = [];
  const targets: Target[] = [];
  for (const { name, mounted, process, asks, paths } of contenders) {
    const target = await launch(process);
    targets.push(target);
    for (const { ask, era } of asks) {
      const own = name === FLOOR ? [floorPath(ask, era)] : paths;
      const requests = own.map((path) => messageTo(path, ask, era));
      try {
        for (const request of requests) await target.firstAnswer(request);
        rows.push({ contender: name, mounted, ask, era, target, requests });
      } catch (error) {
        leftOut.push(`${name}, ${ask} of ${era}: ${firstLine(error)}`);
      }
    }
  }
  return {
    rows,
    leftOut,
    stop: async () => void (await Promise.all(targets.map((target) => target.stop()))),
  };
}

function floor(results: Record<string, object>, asks: Contender['asks']): Contender {
  const environment = { RESULTS: JSON.stringify(results) };
  const process = { command: [join(SERVERS, 'fastify.mjs')], environment };
  return { name: FLOOR, mounted: 1, process, asks, paths: Object.keys(results) };
}

function floorPath(ask: Ask, era: Era): string {
  return `/${ask}-${era}`;
}

function firstLine(error: unknown): string {
  return String((error as Error).message).split(/[\r\n]/, 1)[0] as string;
}
