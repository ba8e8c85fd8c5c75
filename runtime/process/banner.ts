// What the process says once it listens: a table of the servers for people, one line of JSON for
// programs.

import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import type { Logger } from 'pino';
import type { Environment } from '../../config/env.ts';
import { CORE_TOOLS_URL } from '../../config/loopback.ts';
import { hasPath } from '../../config/server-path.ts';
import { textTable } from '../../config/text-table.ts';
import type { BackendState } from '../exchange/backend.ts';
import type { HostedServer } from '../exchange/hosted-server.ts';

/**
 * Tells where the servers are: a table on a terminal and under `func start`, otherwise a log line.
 */
export function announce(
  servers: readonly HostedServer[],
  url: string,
  environment: Environment,
  log: Logger,
  output: Pick<WriteStream, 'write' | 'isTTY'>,
): void {
  if (!output.isTTY && !environment.underCoreTools) {
    const paths = servers.map(({ config }) => config).filter(hasPath);
    log.info({ url, servers: paths.map(({ path }) => path) }, 'listening');
    return;
  }
  const base = environment.underCoreTools ? CORE_TOOLS_URL : url;
  output.write(serverTable(servers, base, output.isTTY));
}

/** One row per server: its name, its state and its URL. */
function serverTable(servers: readonly HostedServer[], url: string, inColor: boolean): string {
  const rows = servers.map(({ config, state }) => {
    const [status, color] = shownAs(state);
    const shown = inColor ? styleText(color, status) : status;
    return [config.name, hasPath(config) ? url + config.path : 'no path', shown];
  });
  const lines = textTable(rows).map((line) => `  ${line}\n`);
  return `\n${lines.join('')}\n`;
}

/** Red is for what an operator has to repair. */
function shownAs({
  is,
  word,
  absentMembers = [],
}: BackendState): [string, 'green' | 'yellow' | 'red'] {
  if (absentMembers.length > 0) return [`partial: without ${absentMembers.join(', ')}`, 'yellow'];
  if (is === 'idle') return ['idle: its first call starts it', 'green'];
  const status = word ? `${is}: ${word}` : is;
  return [status, is === 'serving' ? 'green' : 'red'];
}
