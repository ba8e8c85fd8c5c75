// What a client's file should hold: the entries of the servers, at the addresses that the options name.

import type { Client } from '../clients/client.ts';
import {
  ASKED_APP_URL,
  type ClientEntry,
  entriesFor,
  TARGETS,
  type Target,
} from '../clients/client-entries.ts';
import { readEnvironment } from '../config/env.ts';
import { loadConfig } from '../config/load.ts';
import type { ServerConfig } from '../config/schema.ts';
import { deployedAddress, readPublicUrl } from './address.ts';
import { addSignIn } from './entra-sign-in.ts';
import { findServer } from './find-server.ts';
import { UsageError } from './usage.ts';

/** What the file should hold. */
export interface WantedEntries {
  readonly client: Client;
  readonly entries: readonly ClientEntry[];
  /** Ours, too, are entries at these addresses that have our name, with or without the target. */
  readonly bases: readonly { readonly target: string; readonly baseUrl: string }[];
  /** Of the deployment, when it is known: sign-in fields that hold it are ours. */
  readonly clientId?: string | undefined;
  /** Entries of our names are ours wherever they lead. */
  readonly replaces: boolean;
  /** Not all servers are wanted: entries of the others stay, also of those that are gone. */
  readonly isPart?: boolean;
}

/** Which address the entries get. */
export interface AddressOptions {
  readonly target?: readonly string[] | undefined;
  readonly url?: string | undefined;
  readonly azd?: boolean | undefined;
}

export interface WantedOptions extends AddressOptions {
  /** Names of servers. Default: all that are enabled. */
  readonly only?: readonly string[];
  /** Servers that are switched off, too: their entries may still be in a file. */
  readonly withDisabled?: boolean;
}

/**
 * Reads servers.yaml, and the azd environment where that is asked for, once for any number of clients.
 * @param note called if outputs of the deployment are missing
 */
export function wantedEntries(
  options: WantedOptions,
  note: (line: string) => void,
): (client: Client) => WantedEntries {
  const { target, url, azd, only = [] } = options;
  if (azd && (target !== undefined || url !== undefined)) {
    throw new UsageError('--azd cannot be used with --target or --url, because it sets both');
  }
  const targets = azd ? [] : readTargets(target, url);
  const origin = url === undefined ? undefined : readPublicUrl(url);
  const { serversFile, port } = readEnvironment();
  const servers = readServers(serversFile, options);
  const isPart = only.length > 0;
  if (azd) return deployedEntries(servers, isPart, note);
  return (client) => {
    const bases = targets.map((each) => ({
      target: each,
      baseUrl: baseUrlOf(each, origin, port, client),
    }));
    const isOnly = targets.length === 1;
    const entries = bases.flatMap((base) => entriesFor(base.target, base.baseUrl, servers, isOnly));
    return { client, entries, bases, replaces: !isOnly, isPart };
  };
}

function readServers(file: string, { only = [], withDisabled = false }: WantedOptions) {
  const config = loadConfig(file);
  const all = withDisabled
    ? config.servers.map((server): ServerConfig => ({ ...server, enabled: true }))
    : config.servers;
  if (only.length === 0) return all;
  return only.map((name) => findServer({ ...config, servers: all }, name));
}

/** Entries that were written before the address was known are ours, too. */
function deployedEntries(
  servers: readonly ServerConfig[],
  isPart: boolean,
  note: (line: string) => void,
): (client: Client) => WantedEntries {
  const { place, baseUrl } = deployedAddress();
  const plain = entriesFor(place, baseUrl, servers, true);
  const origins = place === 'apim' ? [baseUrl] : [baseUrl, ASKED_APP_URL];
  const bases = origins.map((origin) => ({ target: place, baseUrl: origin }));
  let signedIn: ReturnType<typeof addSignIn> | undefined;
  return (client) => {
    if (client.signIn === undefined) {
      return { client, entries: plain, bases, replaces: false, isPart };
    }
    signedIn ??= addSignIn(plain, servers, note);
    return { client, ...signedIn, bases, replaces: false, isPart };
  };
}

function readTargets(names: readonly string[] = [], url: string | undefined): Target[] {
  const chosen = [...new Set(names.map(readTarget))];
  if (chosen.length === 0) throw new UsageError(`--target is needed: ${TARGETS.join(', ')}`);
  if (url !== undefined && chosen.length > 1) {
    throw new UsageError('--url needs exactly one --target');
  }
  return chosen;
}

function readTarget(name: string): Target {
  const target = TARGETS.find((known) => known === name);
  if (target === undefined) {
    throw new UsageError(`--target: expected ${TARGETS.join(', ')}, got ${JSON.stringify(name)}`);
  }
  return target;
}

function baseUrlOf(
  target: Target,
  origin: string | undefined,
  port: number,
  client: Client,
): string {
  if (origin !== undefined) return origin;
  if (target === 'func') return 'http://localhost:7071';
  if (target === 'remote' && client.asks) return ASKED_APP_URL;
  if (target !== 'local') throw new UsageError(`--target ${target} needs --url`);
  if (port === 0)
    throw new UsageError(
      'PORT=0 has no fixed address. Fix: --url with the address that the host printed',
    );
  return `http://127.0.0.1:${port}`;
}

/** @throws Error for a name that the client keeps for itself */
export function refuseNames({ client, entries }: WantedEntries): void {
  const refused = entries.find(({ name }) => client.refusedNames?.includes(name));
  if (refused === undefined) return;
  throw new Error(
    `${client.title} keeps the name "${refused.name}" for itself; nothing was changed. ` +
      'Fix: rename the server in servers.yaml',
  );
}
