// Which host is asked: the one that runs here, one that is started for the command, an address, or
// the deployment of the azd environment.

import { entriesFor } from '../../clients/client-entries.ts';
import { type Environment, readEnvironment, readSecret } from '../../config/env.ts';
import { isSecure, parseUrl } from '../../config/formats.ts';
import { isObject, memberOf } from '../../config/json-value.ts';
import { loadConfig } from '../../config/load.ts';
import type { ServerConfig } from '../../config/schema.ts';
import { hasPath } from '../../config/server-path.ts';
import { deployedAddress } from '../address.ts';
import { readAzdValue } from '../azd-environment.ts';
import { runTool } from '../command-line-tool.ts';
import { addSignIn } from '../entra-sign-in.ts';
import { ExplainedError } from '../explained-error.ts';
import { findServer } from '../find-server.ts';
import { type StartedHost, withHost } from '../host-process.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage.ts';
import type { Endpoint } from './endpoint.ts';

export interface PlaceOptions {
  readonly url?: string | undefined;
  readonly azd?: boolean | undefined;
  readonly 'token-env'?: string | undefined;
  readonly 'key-env'?: string | undefined;
}

/** Servers, and the host if it was started for them. */
export interface Place {
  readonly endpoints: readonly Endpoint[];
  readonly host?: StartedHost;
}

export interface Visitor {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Told while a host starts. */
  readonly onStart: (state: 'starts' | 'started') => void;
}

const PROBE_TIMEOUT_MS = 2_000;
const KEY_HEADER = 'x-functions-key';

/** True when `--url` names one server, so that no argument does. */
export function namesServer({ url }: PlaceOptions): boolean {
  return url !== undefined && readAddress(url).pathname !== '/';
}

/**
 * Finds the servers and hands them over; a host that was started is ended afterwards.
 * @param wanted name of a server; undefined: all
 * @throws UsageError for an unknown server or a wrong address
 */
export async function withPlace<Result>(
  options: PlaceOptions,
  wanted: string | undefined,
  visitor: Visitor,
  use: (place: Place) => Promise<Result>,
): Promise<Result> {
  if (options.url !== undefined && options.azd) {
    throw new UsageError('--url and --azd cannot be used together');
  }
  const headers = readCredentials(options);
  if (options.url !== undefined) {
    return use({ endpoints: addressed(readAddress(options.url), wanted, headers) });
  }
  const servers = wantedServers(wanted);
  if (options.azd) {
    return use({ endpoints: deployed(servers, headers, visitor.terminal) });
  }
  return withLocalHost(servers, headers, visitor, use);
}

function readAddress(text: string): URL {
  const url = parseUrl(text);
  if (url === undefined || !isSecure(url) || url.username || url.password) {
    throw new UsageError(
      '--url: expected an https address (http for this machine only) without credentials, such as https://mcp.example.com',
    );
  }
  return url;
}

/** Values of variables, which no table of processes shows. */
function readCredentials(options: PlaceOptions): Record<string, string> {
  const token = fromVariable('--token-env', options['token-env']);
  const key = fromVariable('--key-env', options['key-env']);
  return {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(key === undefined ? {} : { [KEY_HEADER]: key }),
  };
}

function fromVariable(option: string, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const value = readSecret(name);
  if (value === undefined) {
    throw new UsageError(`${option}: the environment variable ${JSON.stringify(name)} is not set`);
  }
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new UsageError(`${option}: the value of ${name} is not a token or key`);
  }
  return value;
}

function addressed(url: URL, wanted: string | undefined, headers: Endpoint['headers']): Endpoint[] {
  if (url.pathname !== '/') {
    const name = url.pathname.split('/').find((part) => part !== '' && part !== 'mcp');
    return [{ name: name ?? url.host, url: url.href, headers }];
  }
  const base = url.origin;
  if (wanted === undefined) {
    const servers = wantedServers(undefined);
    return servers.map(({ name, path }) => ({ name, url: base + path, headers }));
  }
  return [{ name: wanted, url: base + pathOf(wanted), headers }];
}

/** Somebody else's address may have servers that servers.yaml does not know. */
function pathOf(name: string): string {
  try {
    const { servers } = loadConfig(readEnvironment().serversFile);
    const path = servers.find((server) => server.name === name)?.path;
    if (path !== undefined) return path;
  } catch {
    // Without a file the usual path is as good as any.
  }
  return `/${encodeURIComponent(name)}/mcp`;
}

function wantedServers(wanted: string | undefined): ServerConfig[] {
  const config = loadConfig(readEnvironment().serversFile);
  if (wanted !== undefined) return [findServer(config, wanted)];
  return config.servers.filter((server) => server.enabled && hasPath(server));
}

function deployed(
  servers: readonly ServerConfig[],
  headers: Record<string, string>,
  terminal: Terminal,
): Endpoint[] {
  const { place: target, baseUrl } = deployedAddress();
  const plain = entriesFor(target, baseUrl, servers, true);
  const hasToken = 'authorization' in headers;
  const { entries } = hasToken ? { entries: plain } : addSignIn(plain, servers, terminal.remark);
  const needsKey = entries.some((entry) => entry.needsKey) && !(KEY_HEADER in headers);
  const key = needsKey ? readKey() : undefined;
  return entries.map(({ name, url, signIn, needsKey: wantsKey }) => ({
    name,
    url,
    headers: wantsKey && key !== undefined ? { ...headers, [KEY_HEADER]: key } : headers,
    auth: wantsKey ? 'key' : 'token',
    signIn,
  }));
}

/** The default key of the Functions app, as docs/deploy.md reads it. */
function readKey(): string {
  const [group, app] = [readAzdValue('AZURE_RESOURCE_GROUP'), readAzdValue('AZURE_FUNCTION_NAME')];
  const place = ['--resource-group', group, '--name', app];
  const outcome = runTool('az', [
    ...['functionapp', 'keys', 'list', ...place],
    ...['--query', 'functionKeys.default', '--output', 'tsv'],
  ]);
  const orVariable =
    'or put the key into an environment variable, and name the variable with --key-env';
  if (outcome === undefined) {
    throw new ExplainedError(
      'az cannot be started, so the key cannot be read',
      `install it, ${orVariable}`,
    );
  }
  const key = outcome.stdout.trim();
  if (outcome.status !== 0 || key === '') {
    const said = outcome.complaint || 'no key';
    throw new ExplainedError(`az functionapp keys list: ${said}`, `az login, ${orVariable}`);
  }
  return key;
}

async function withLocalHost<Result>(
  servers: readonly ServerConfig[],
  headers: Endpoint['headers'],
  { terminal, signal, onStart }: Visitor,
  use: (place: Place) => Promise<Result>,
): Promise<Result> {
  const environment = readEnvironment();
  const at = (base: string): Endpoint[] =>
    servers.map(({ name, path, auth }) => ({
      name,
      url: base + path,
      headers,
      auth: auth === 'jwt' || auth === 'entra' ? 'token' : undefined,
    }));
  const running = await findRunning(environment, signal);
  if (running !== undefined) {
    const missing = servers.filter(({ name }) => !running.names.includes(name));
    if (missing.length === 0) return use({ endpoints: at(running.url) });
    const names = missing.map(({ name }) => name).join(', ');
    terminal.remark(
      `The host at ${running.url} does not serve ${names}, so this command starts another host. Fix: restart the running host`,
    );
  }
  onStart('starts');
  return withHost(
    environment.serversFile,
    (host) => {
      onStart('started');
      return use({ endpoints: at(host.url), host });
    },
    { signal },
  );
}

/** A host on this machine tells the names of its servers. */
async function findRunning(
  { port }: Pick<Environment, 'port'>,
  signal: AbortSignal,
): Promise<{ url: string; names: string[] } | undefined> {
  if (port === 0) return undefined;
  const url = `http://127.0.0.1:${port}`;
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
    const response = await fetch(`${url}/readyz`, { signal: limit });
    const servers = memberOf(await response.json(), 'servers');
    if (!Array.isArray(servers)) return undefined;
    return { url, names: servers.filter(isObject).map(({ name }) => String(name)) };
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
