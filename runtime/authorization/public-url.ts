// The address at which clients reach this host, for the documents that name it.

import { isIP } from 'node:net';
import type { Environment } from '../../config/env.ts';
import { isSecure, publicUrl } from '../../config/formats.ts';
import { CORE_TOOLS_URL, isLoopback, oneAddress } from '../../config/loopback.ts';
import type { HostConfig } from '../../config/schema.ts';

/**
 * From configuration only: a `Host` header is the client's word, and would send it to whoever wrote
 * it.
 * @param port the port that this process listens on; asked when it is needed, since `PORT=0` is
 * known late.
 * @returns undefined when nothing tells: then MCP_PUBLIC_BASE_URL is missing.
 */
export function publicUrlOf(
  host: HostConfig,
  environment: Environment,
  port: () => number,
): (() => string) | undefined {
  const { websiteHostname, underCoreTools, behindFunctionsHost } = environment;
  const known =
    environment.publicBaseUrl ??
    host.publicUrl ??
    (websiteHostname ? siteUrl(websiteHostname) : undefined) ??
    (underCoreTools ? CORE_TOOLS_URL : undefined);
  if (known !== undefined) return () => known;
  // There the port of this process is known to the Functions host only.
  if (behindFunctionsHost || !isLoopback(environment.host)) return undefined;
  return () => ownUrlOf(environment, port());
}

/** The address on this machine: under `func start`, that of the Functions host. */
export function ownUrlOf({ host, underCoreTools }: Environment, port: number): string {
  if (underCoreTools) return CORE_TOOLS_URL;
  // "All addresses of this machine" is not an address.
  const address = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? oneAddress(host);
  return `http://${isIP(address) === 6 ? `[${address}]` : address}:${port}`;
}

/** WEBSITE_HOSTNAME: a host name in Azure, `localhost:7071` under `func start`. */
function siteUrl(hostname: string): string | undefined {
  const isLocal = URL.canParse(`http://${hostname}`) && isSecure(new URL(`http://${hostname}`));
  const url = `${isLocal ? 'http' : 'https'}://${hostname.toLowerCase()}`;
  return publicUrl.explain(url) === undefined ? url : undefined;
}
