// A gateway before the app: the stand-in with the policies of the case `gateway`, in front of the
// Functions host's stand-in with its routes and keys, in front of our process; or a real gateway,
// named by GATEWAY_URL.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseConfig } from '../../config/load.ts';
import type { FunctionsHost } from '../../standins/functions-host/functions-host.ts';
import { type Gateway, openGateway } from '../../standins/gateway/gateway.ts';
import { APP_ID, TENANT_ID } from '../../standins/openid-issuer/entra-apps.ts';
import { freePort } from '../e2e/free-port.ts';
import { startStandIn } from '../e2e/functions/app.ts';
import { cases, gatewayAddresses, literalSettings, readSnapshot } from '../infra/cases.ts';
import {
  entraVariables,
  type Issuers,
  KINDS,
  type Kind,
  openIssuers,
} from '../runtime/authorization/guarded-servers.ts';

/**
 * Address of a deployed gateway, without a slash at its end. It serves the servers.yaml of this
 * folder.
 */
export const realGatewayUrl = process.env.GATEWAY_URL?.replace(/\/$/, '');

/** Keys of the app: the gateway's own, and that of a client. */
export const GATEWAY_KEY = 'key-of-the-gateway';
const CLIENT_KEY = 'key-of-a-client';

const fixtures = join(import.meta.dirname, '../fixtures/servers');

/** Named values of the gateway, as gateway-apis.bicep fills them in. */
export function namedValues(gatewayUrl: string, { entra }: Issuers): Record<string, string> {
  return {
    'mcp-function-key': GATEWAY_KEY,
    'mcp-gateway-url': gatewayUrl,
    'mcp-audience': APP_ID,
    'mcp-issuer': entra.issuer,
    'mcp-login-endpoint': entra.url,
    'mcp-tenant-id': TENANT_ID,
  };
}

export interface StandIns {
  readonly gateway: Gateway;
  readonly app: FunctionsHost;
  readonly issuers: Issuers;
  /** A token that is good for the server of a kind. */
  goodToken(kind: Kind, server?: string): Promise<string>;
  stop(): Promise<void>;
}

interface StandInOptions {
  /** Of the gateway. Default: any free one. */
  readonly port?: number;
  /** Clock of the gateway. */
  readonly now?: () => number;
}

export async function openStandIns(
  issuers: Issuers,
  { port: wantedPort, now }: StandInOptions = {},
): Promise<StandIns> {
  const snapshot = readSnapshot('gateway');
  const port = wantedPort ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const replacements = {
    [gatewayAddresses.issuer]: issuers.plain.issuer,
    [gatewayAddresses.url]: url,
  };
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  const file = join(folder, 'servers.yaml');
  writeFileSync(file, serversYaml(replacements, relative(folder, fixtures)));
  const app = await startStandIn({
    enableAuth: { master: 'master-key', host: [GATEWAY_KEY, CLIENT_KEY] },
    environment: {
      ...literalSettings(snapshot),
      MCP_SERVERS_FILE: file,
      MCP_PUBLIC_BASE_URL: url,
      WEBSITE_HOSTNAME: 'func-test.azurewebsites.net',
      ...entraVariables(issuers),
    },
  });
  const gateway = await openGateway({
    snapshot,
    backendUrl: app.url,
    port,
    namedValues: namedValues(url, issuers),
    replacements,
    ...(now && { now }),
  });
  return {
    gateway,
    app,
    issuers,
    goodToken: (kind, server = kind.server) =>
      kind.issuerOf(issuers).token(kind.claims(server, url)),
    async stop() {
      await gateway.stop();
      await app.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/**
 * The case's servers.yaml with the addresses of this machine, and with the modules where they are.
 */
function serversYaml(replacements: Readonly<Record<string, string>>, modules: string): string {
  const one = cases.find(({ name }) => name === 'gateway');
  const yaml = (one?.serversYaml ?? '').replaceAll('module: ./', `module: ${modules}/`);
  return Object.entries(replacements).reduce((text, [from, to]) => text.replaceAll(from, to), yaml);
}

/** One server as the table calls it. */
export interface TestedServer {
  readonly auth: 'jwt' | 'entra' | 'function' | 'anonymous';
  readonly path: string;
  /** An origin of its allowedOrigins. */
  readonly allowedOrigin?: string | undefined;
  /**
   * Headers of a caller who may call; undefined: a real gateway's, of which the test has no
   * credentials.
   */
  credentials(): Promise<Record<string, string> | undefined>;
}

/** What the table runs against. */
export interface GatewayUnderTest {
  readonly url: string;
  readonly standIns: StandIns | undefined;
  /** The server for a word of `auth`; undefined when a real gateway has none. */
  server(auth: TestedServer['auth']): TestedServer | undefined;
  stop(): Promise<void>;
}

export async function gatewayUnderTest(): Promise<GatewayUnderTest> {
  if (realGatewayUrl !== undefined) return realGateway(realGatewayUrl);
  const issuers = await openIssuers();
  const standIns = await openStandIns(issuers);
  const [jwt, entra] = KINDS as [Kind, Kind];
  const bearer = async (kind: Kind) => ({
    authorization: `Bearer ${await standIns.goodToken(kind)}`,
  });
  const servers: readonly TestedServer[] = [
    {
      auth: 'jwt',
      path: '/notes/mcp',
      allowedOrigin: 'https://app.example.com',
      credentials: () => bearer(jwt),
    },
    { auth: 'entra', path: '/weather/mcp', credentials: () => bearer(entra) },
    {
      auth: 'function',
      path: '/keyed/mcp',
      credentials: async () => ({ 'x-functions-key': CLIENT_KEY }),
    },
    {
      auth: 'anonymous',
      path: '/open/mcp',
      allowedOrigin: 'https://app.example.com',
      credentials: async () => ({}),
    },
  ];
  return {
    url: standIns.gateway.url,
    standIns,
    server: (word) => servers.find(({ auth }) => auth === word),
    async stop() {
      await standIns.stop();
      await issuers.stop();
    },
  };
}

/**
 * Credentials come from GATEWAY_KEY, GATEWAY_TOKEN_JWT and GATEWAY_TOKEN_ENTRA; rows that lack
 * theirs are skipped.
 */
async function realGateway(url: string): Promise<GatewayUnderTest> {
  const { readFileSync } = await import('node:fs');
  const { servers } = parseConfig(readFileSync('servers.yaml', 'utf8'), 'servers.yaml');
  const { GATEWAY_KEY: key, GATEWAY_TOKEN_JWT: jwt, GATEWAY_TOKEN_ENTRA: entra } = process.env;
  const bearer = (token?: string) => (token ? { authorization: `Bearer ${token}` } : undefined);
  const credentials = {
    jwt: bearer(jwt),
    entra: bearer(entra),
    function: key ? { 'x-functions-key': key } : undefined,
    anonymous: {},
  };
  return {
    url,
    standIns: undefined,
    server(word) {
      const found = servers.find(({ enabled, auth }) => enabled && auth === word);
      if (!found) return undefined;
      const { path, allowedOrigins } = found;
      return {
        auth: word,
        path,
        allowedOrigin: allowedOrigins[0],
        credentials: async () => credentials[word],
      };
    },
    stop: async () => {},
  };
}
