// Starts a server once, as the host does, and reads what belongs into servers.lock.json.

import { pino } from 'pino';
import type { Environment } from '../../config/env.ts';
import {
  entryHash,
  hashesOf,
  type LockedServer,
  lockedServerOf,
  type OutsideServer,
} from '../../config/lock-file.ts';
import { findProgram, programPlace } from '../../config/program.ts';
import { referencedHeaders } from '../../config/references.ts';
import type { ServersConfig } from '../../config/schema.ts';
import { internalExchange, waitingUntil } from '../../runtime/backends/internal-exchange.ts';
import { startServers } from '../../runtime/backends/start-servers.ts';
import { Supervisor } from '../../runtime/backends/supervisor.ts';
import type { Declarations } from '../../runtime/exchange/backend.ts';
import {
  LIST_METHODS,
  type ListMethod,
  membersOf,
  readLists,
} from '../../runtime/exchange/declared-lists.ts';
import type { Answer, Era, JsonObject } from '../../runtime/exchange/exchange.ts';
import { HostError } from '../../runtime/exchange/refusals.ts';
import { ERROR_CODES, META_KEYS, MODERN_VERSIONS } from '../../runtime/exchange/wire-names.ts';

/** A server that lists page after page must not keep the command from ending. */
const LISTS_LIMIT_MS = 30_000;

/** What requests of 2026-07-28 carry. */
const ENVELOPE = {
  [META_KEYS.protocolVersion]: MODERN_VERSIONS[0],
  [META_KEYS.clientCapabilities]: {},
};

export type Reading =
  | {
      readonly status: 'read';
      readonly locked: LockedServer;
      /** Lists that the server does not give out, and why. */
      readonly unknown: ReadonlyMap<ListMethod, string>;
    }
  | { readonly status: 'failed' | 'left-out'; readonly reason: string };

/** Never throws. */
export async function readServer(
  server: OutsideServer,
  { directory, host }: ServersConfig,
  environment: Environment,
): Promise<Reading> {
  let reason = 'it did not start';
  const supervisor = new Supervisor({
    startTimeoutMs: server.startTimeoutMs,
    log: {
      unavailable: ({ word, message }) => {
        reason = `${word}: ${message}`;
      },
      recovered: () => {},
    },
  });
  const config = { ...server, start: 'lazy' } as const;
  await startServers([{ config, missing: undefined, supervisor }], {
    ...{ directory, host, environment },
    ...{ log: pino({ enabled: false }), guard: undefined, crashes: undefined },
    ...{ blocks: undefined, entering: undefined },
  });
  try {
    await supervisor.ready('modern');
    return await readDeclared(server, supervisor, installedPackage(server, directory, environment));
  } catch (error) {
    if (!(error instanceof HostError)) reason = (error as Error).message;
    return error instanceof HostError && error.reason === 'missing-header'
      ? { status: 'left-out', reason: wantedVariables(server) }
      : { status: 'failed', reason };
  } finally {
    await supervisor.close();
  }
}

/** The package that the entry runs, as it is installed; undefined for any other program. */
export function installedPackage(
  server: OutsideServer,
  directory: string,
  environment: Environment,
): LockedServer['package'] | undefined {
  if (server.kind !== 'command') return undefined;
  const found = findProgram(server, programPlace(directory, environment));
  if ('problem' in found || !found.package) return undefined;
  const { name, version } = found.package;
  return version === undefined ? undefined : { name, version };
}

async function readDeclared(
  server: OutsideServer,
  supervisor: Supervisor,
  installed: LockedServer['package'] | undefined,
): Promise<Reading> {
  await supervisor.declarations?.readingTools;
  const era: Era = supervisor.eras.includes('modern') ? 'modern' : 'legacy';
  const { serverInfo, capabilities, instructions } = supervisor.declarations as Declarations;
  const unknown = new Map<ListMethod, string>();
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), LISTS_LIMIT_MS);
  const lists = await readLists(
    LIST_METHODS,
    capabilities,
    (method, params) => ask(supervisor, { era, method, params }, abort.signal),
    (method, reason) => unknown.set(method, reason),
  );
  clearTimeout(timer);
  const members = membersOf(lists, capabilities);
  const locked = {
    entry: entryHash(server),
    ...(installed && { package: installed }),
    era,
    serverInfo,
    capabilities,
    ...(instructions !== undefined && { instructions }),
    toolHashes: hashesOf(members.tools ?? []),
    ...members,
  };
  return { status: 'read', locked: lockedServerOf(locked), unknown };
}

interface Asked {
  readonly era: Era;
  readonly method: string;
  readonly params: JsonObject;
}

/** @throws Error when the server answers with an error, or not in time. */
async function ask(
  supervisor: Supervisor,
  { era, method, params }: Asked,
  signal: AbortSignal,
): Promise<JsonObject> {
  const request = {
    ...{ era, method },
    params: era === 'modern' ? { ...params, _meta: ENVELOPE } : params,
  };
  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('it did not answer in time')));
  });
  const exchange = internalExchange(request, waitingUntil(signal));
  return resultOf(method, await Promise.race([supervisor.answer(exchange), ended]));
}

function resultOf(method: string, answer: Answer): JsonObject {
  if ('result' in answer) return answer.result as JsonObject;
  const { code, message } = answer.error;
  // Servers with resources and no templates often do not have the method.
  if (method === 'resources/templates/list' && code === ERROR_CODES.methodNotFound) {
    return { resourceTemplates: [] };
  }
  throw new Error(message);
}

function wantedVariables({ env }: OutsideServer): string {
  const headers = new Set(Object.values(env).flatMap(referencedHeaders));
  const names = [...headers].map((name) => name.toUpperCase().replaceAll('-', '_'));
  return `it takes a key from each caller; to lock it, set ${names.join(' and ')} to one of your own`;
}
