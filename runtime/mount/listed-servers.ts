// The servers that the registry and the server cards describe to everybody, and what both are to the guard.

import type { FastifyInstance } from 'fastify';
import type { ServerConfig } from '../../config/schema.ts';
import { addressOf } from '../authorization/protected-resource.ts';
import { exactVersion, isListed, type ServerJson, serverJson } from '../exchange/server-json.ts';
import type { MountedServer } from './mounted-server.ts';

export interface ListedServersOptions {
  readonly servers: readonly MountedServer[];
  /** Where clients find this host; undefined when nothing tells. */
  readonly publicUrl: (() => string) | undefined;
  /** Of the app, for servers that say none of their own. */
  readonly appVersion: unknown;
}

export interface ListedServer {
  readonly config: ServerConfig;
  readonly json: ServerJson;
}

/** Routes that everybody may GET, from every page. */
export interface PublicRoutes {
  /** On every answer. */
  readonly corsHeaders: Readonly<Record<string, string>>;
  covers(path: string): boolean;
  mount(app: FastifyInstance): void;
}

/** Made anew for each answer: a server that starts may say another version. */
export function listedServers(options: ListedServersOptions): ListedServer[] {
  const { servers, publicUrl, appVersion } = options;
  const baseUrl = publicUrl?.();
  if (baseUrl === undefined) return [];
  return servers.flatMap(({ config, backend }) => {
    if (!isListed(config)) return [];
    const version = exactVersion(backend.declarations?.serverInfo.version, appVersion);
    const url = addressOf({ baseUrl, path: config.path });
    return [{ config, json: serverJson(config, { url, version }) }];
  });
}
