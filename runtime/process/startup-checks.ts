// Reasons not to start. Each is one line with a cause and a fix, never a stack.

import { ConfigError } from '../../config/diagnostics.ts';
import type { Environment } from '../../config/env.ts';
import { isLoopback } from '../../config/loopback.ts';
import type { ServersConfig } from '../../config/schema.ts';
import { hasPath } from '../../config/server-path.ts';
import type { HostedServer } from '../exchange/hosted-server.ts';

/** The process cannot start; the message is complete. */
class StartError extends Error {}

/**
 * A function key is checked by the Functions host, which reaches this process over loopback only.
 * On any other address everyone could call such a server without a key.
 * @throws StartError naming the servers.
 */
export function refuseOpenAddress(config: ServersConfig, environment: Environment): void {
  if (isLoopback(environment.host)) return;
  const names = config.servers
    .filter((server) => server.enabled && server.auth === 'function' && hasPath(server))
    .map(({ name }) => name);
  if (names.length === 0) return;
  throw new StartError(
    `HOST: expected a loopback address, because only Azure checks keys for \`auth: function\` (${names.join(', ')}), got ${environment.host}. Fix: unset HOST, or set \`auth: anonymous\` for servers that everyone may call.`,
  );
}

const ARGUMENTS = ['--stats', '--no-watchdog'] as const;

/** Arguments of this process: `--no-watchdog` is for `mcp-host dev`. @throws StartError for others. */
export function readArguments(args: readonly string[]): { stats: boolean; watchdog: boolean } {
  const unknown = args.find((argument) => !ARGUMENTS.some((known) => known === argument));
  if (unknown === undefined) {
    return { stats: args.includes('--stats'), watchdog: !args.includes('--no-watchdog') };
  }
  throw new StartError(
    `Arguments: expected --stats or none, got ${JSON.stringify(unknown.slice(0, 64))}. Fix: npm start -- --stats`,
  );
}

const PAUSES: readonly (string | undefined)[] = ['crashing', 'blocked'];

/**
 * For `host.strict: true`. A server that was loaded before and has ended processes since is no
 * reason: for any caller it could end all the others with it.
 * @throws StartError naming each unavailable server and its reason.
 */
export function refuseUnavailable(servers: readonly HostedServer[]): void {
  const lines = servers.flatMap(({ config, state }) =>
    state.is === 'unavailable' && !PAUSES.includes(state.word)
      ? [`servers.${config.name}: ${state.word}`]
      : [],
  );
  if (lines.length === 0) return;
  throw new StartError(
    `${lines.join('\n')}\nhost.strict is true, so the host does not start without these servers. Fix: correct the problems in the log lines above.`,
  );
}

/**
 * What to print for an error at start: one line for what an operator can fix, the stack for a
 * fault of ours.
 */
export function describeStartError(error: unknown, environment: Environment | undefined): string {
  if (error instanceof ConfigError || error instanceof StartError) return error.message;
  const { code, message, stack } = error as NodeJS.ErrnoException;
  const { host, port } = environment ?? {};
  if (code === 'EADDRINUSE') {
    return `PORT: expected a free port, got ${port}, which is in use (EADDRINUSE). Fix: stop the other process, or set PORT.`;
  }
  if (code === 'EADDRNOTAVAIL' || code === 'EACCES' || code === 'ENOTFOUND') {
    return `HOST and PORT: expected an address that this process may listen on, got ${host}:${port} (${code}). Fix: unset HOST, or set PORT above 1023.`;
  }
  return stack ?? message;
}
