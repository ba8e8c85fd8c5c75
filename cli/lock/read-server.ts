// Starts a server once, as the host does, and reads what servers.lock.json records.

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
import type { ModuleConfig, ServerConfig, ServersConfig } from '../../config/schema.ts';
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
import { JSON_HEADERS } from '../../runtime/exchange/refusal-answer.ts';
import { HostError } from '../../runtime/exchange/refusals.ts';
import type { UnavailabilityWord } from '../../runtime/exchange/unavailability.ts';
import { ERROR_CODES, META_KEYS, MODERN_VERSIONS } from '../../runtime/exchange/wire-names.ts';

/** A server that lists page after page must not keep the command from ending. */
const LISTS_LIMIT_MS = 30_000;

/** What requests of 2026-07-28 carry. */
const ENVELOPE = {
  [META_KEYS.protocolVersion]: MODERN_VERSIONS[0],
  [META_KEYS.clientCapabilities]: {},
};

/** Why there is nothing to read. */
interface NotRead {
  readonly status: 'failed' | 'left-out';
  readonly reason: string;
  /** As in `/readyz`; absent if the host has no word for it. */
  readonly word?: UnavailabilityWord;
}

/** What a server says of itself. */
export interface Offer {
  readonly era: Era;
  readonly serverInfo: JsonObject;
  readonly capabilities: JsonObject;
  readonly instructions?: string;
  readonly tools?: readonly JsonObject[];
  readonly prompts?: readonly JsonObject[];
  readonly resources?: readonly JsonObject[];
  readonly resourceTemplates?: readonly JsonObject[];
}

interface OfferRead {
  readonly status: 'read';
  readonly offer: Offer;
  /** Lists that the server does not give out, and why. */
  readonly unknown: ReadonlyMap<ListMethod, string>;
}

export type Reading =
  | (Omit<OfferRead, 'offer'> & { readonly locked: LockedServer })
  | Omit<NotRead, 'word'>;

/** Never throws. */
export async function readServer(
  server: OutsideServer,
  config: ServersConfig,
  environment: Environment,
): Promise<Reading> {
  const read = await readOffer(server, config, environment);
  if (read.status !== 'read') return { status: read.status, reason: read.reason };
  try {
    const locked = lockedOf(server, read.offer, config, environment);
    return { status: 'read', locked, unknown: read.unknown };
  } catch (error) {
    return { status: 'failed', reason: (error as Error).message };
  }
}

/** @throws Error for what a server should not have sent, such as a tool without a name. */
export function lockedOf(
  server: OutsideServer,
  offer: Offer,
  { directory }: ServersConfig,
  environment: Environment,
): LockedServer {
  const installed = installedPackage(server, directory, environment);
  const { era, serverInfo, capabilities, instructions, ...lists } = offer;
  return lockedServerOf({
    entry: entryHash(server),
    ...(installed && { package: installed }),
    era,
    serverInfo,
    capabilities,
    ...(instructions !== undefined && { instructions }),
    toolHashes: hashesOf(lists.tools ?? []),
    ...lists,
  });
}

/**
 * Starts the server, a module in a thread of its own, and ends it. Never throws.
 * @param signal ends it earlier
 */
export async function readOffer(
  server: OutsideServer | ModuleConfig,
  { directory, host }: ServersConfig,
  environment: Environment,
  signal: AbortSignal = new AbortController().signal,
): Promise<OfferRead | NotRead> {
  let reason = 'it did not start';
  let word: UnavailabilityWord | undefined;
  const supervisor = new Supervisor({
    startTimeoutMs: server.startTimeoutMs,
    log: {
      unavailable: (error) => {
        word = error.word;
        reason = `${error.word}: ${error.message}`;
      },
      recovered: () => {},
    },
  });
  const isolation = server.kind === 'module' ? { isolation: 'thread' } : {};
  const config = { ...server, ...isolation, start: 'lazy' } as ServerConfig;
  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('it was stopped')), { once: true });
  });
  ended.catch(() => {});
  await startServers([{ config, missing: undefined, supervisor }], {
    ...{ directory, host, environment },
    ...{ log: pino({ enabled: false }), guard: undefined, crashes: undefined },
    ...{ blocks: undefined, entering: undefined },
  });
  try {
    await Promise.race([supervisor.ready('modern'), ended]);
    return await Promise.race([readDeclared(supervisor), ended]);
  } catch (error) {
    if (!(error instanceof HostError)) reason = (error as Error).message;
    return error instanceof HostError && error.reason === 'missing-header'
      ? { status: 'left-out', reason: wantedVariables(server) }
      : { status: 'failed', reason, ...(word && { word }) };
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

async function readDeclared(supervisor: Supervisor): Promise<OfferRead> {
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
  const offer = {
    ...{ era, serverInfo, capabilities },
    ...(instructions !== undefined && { instructions }),
    ...members,
  };
  return { status: 'read', offer, unknown };
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
  const headers = era === 'modern' ? modernHeaders(method) : {};
  const exchange = internalExchange(request, waitingUntil(signal), { headers });
  return resultOf(method, await Promise.race([supervisor.answer(exchange), ended]));
}

/** SDK v2 refuses a request of 2026-07-28 that lacks one of them. */
function modernHeaders(method: string): Readonly<Record<string, string>> {
  return {
    ...JSON_HEADERS,
    'mcp-protocol-version': String(MODERN_VERSIONS[0]),
    'mcp-method': method,
  };
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

function wantedVariables({ env }: Pick<ServerConfig, 'env'>): string {
  const headers = new Set(Object.values(env).flatMap(referencedHeaders));
  const names = [...headers].map((name) => name.toUpperCase().replaceAll('-', '_'));
  return `each caller of this server sends a key; to lock it, set ${names.join(' and ')} to your own key`;
}
