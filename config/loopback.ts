// Addresses and names of this machine.

import { isIP } from 'node:net';

/** Where `func start` listens (Core Tools' default). */
export const CORE_TOOLS_URL = 'http://localhost:7071';

export const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** @param host an address or name to listen on. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

/**
 * For `localhost` Fastify would listen with a server per address, of which a drain watches only the
 * first.
 */
export function oneAddress(host: string): string {
  return host === 'localhost' ? '127.0.0.1' : host;
}

/**
 * Whether a `Host` value names this machine: whoever was led here by another name (DNS rebinding)
 * sends that one.
 */
export function isLoopbackHost(value: string | undefined): boolean {
  return value !== undefined && LOOPBACK_NAMES.includes(hostNameOf(value));
}

/** The name in a `Host` value, without its port. */
export function hostNameOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}
