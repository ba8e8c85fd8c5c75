// What the process says once it listens: for people a table of the servers and what to do next, for
// programs one line of JSON.

import type { Logger } from 'pino';
import type { Environment } from '../../config/env.ts';
import { memberOf } from '../../config/json-value.ts';
import { CORE_TOOLS_URL, isLoopbackHost } from '../../config/loopback.ts';
import type { HostConfig } from '../../config/schema.ts';
import { hasPath } from '../../config/server-path.ts';
import { textTable } from '../../config/text-table.ts';
import type { BackendState } from '../exchange/backend.ts';
import type { JsonObject } from '../exchange/exchange.ts';
import type { HostedServer } from '../exchange/hosted-server.ts';
import type { LineSink } from '../exchange/line-sink.ts';
import type { Color, Screen } from '../exchange/screen.ts';

/** Where `mcp-host tools` looks for a host by itself. */
const DEFAULT_URL = 'http://127.0.0.1:3000';

export interface Announcement {
  readonly servers: readonly HostedServer[];
  /** Where the process listens. */
  readonly url: string;
  readonly host: Pick<HostConfig, 'pages'>;
  readonly environment: Environment;
  /** Whether people read the log. */
  readonly isText: boolean;
  readonly screen: Screen;
  readonly sink: Pick<LineSink, 'write'>;
  readonly log: Logger;
}

export function announce(announcement: Announcement): void {
  const { servers, url, environment, isText, screen, sink, log } = announcement;
  if (!isText && !environment.underCoreTools) {
    const paths = servers.map(({ config }) => config).filter(hasPath);
    log.info({ url, servers: paths.map(({ path }) => path) }, 'listening');
    return;
  }
  const base = environment.underCoreTools ? CORE_TOOLS_URL : url;
  // Core Tools have a terminal of their own, and say themselves how they are stopped.
  const lines = [
    '',
    ...serverTable(servers, base, screen),
    '',
    ...(isText ? [...nextSteps(announcement), ''] : []),
  ];
  for (const line of lines) sink.write(line === '' ? '\n' : `  ${line}\n`);
}

/** One row per server: its name, its URL and its state; two lines where a row does not fit. */
function serverTable(
  servers: readonly HostedServer[],
  url: string,
  { columns = Number.POSITIVE_INFINITY, paint }: Screen,
): string[] {
  const rows = servers.map(({ config, state }) => {
    const [status, color] = shownAs(state);
    const address = hasPath(config) ? url + config.path : 'no path';
    return { name: config.name, address, status, color };
  });
  const plain = textTable(rows.map(({ name, address, status }) => [name, address, status]));
  if (plain.some((line) => line.length + 2 > columns)) {
    return rows.flatMap(({ name, address, status, color }) => [
      `${name}  ${paint(color, status)}`,
      `  ${address}`,
    ]);
  }
  return textTable(
    rows.map(({ name, address, status, color }) => [name, address, paint(color, status)]),
  );
}

function nextSteps({ servers, url, host }: Announcement): string[] {
  const reachable = servers.filter(({ config }) => hasPath(config));
  const isElsewhere = url !== DEFAULT_URL && isLoopbackHost(new URL(url).host);
  const place = isElsewhere ? ` --url ${url}` : '';
  const call = exampleCall(reachable);
  return [
    ...(host.pages ? [`Open ${url}/ in a browser.`] : []),
    ...(reachable.length > 0 ? [`List the tools: npx --no mcp-host tools${place}`] : []),
    ...(call === undefined ? [] : [`Call a tool: npx --no mcp-host call ${call}${place}`]),
    'Ctrl-C stops.',
  ];
}

/** A tool that can be called as it is: no argument, no token. Nothing is started to find one. */
function exampleCall(servers: readonly HostedServer[]): string | undefined {
  for (const { config, state, backend } of servers) {
    if (state.is !== 'serving' || config.auth === 'entra' || config.auth === 'jwt') continue;
    const tool = backend.declarations?.tools?.find(takesNothing);
    if (tool) return `${config.name} ${tool.name}`;
  }
  return undefined;
}

function takesNothing({ name, inputSchema, annotations }: JsonObject): boolean {
  const required = memberOf(inputSchema, 'required');
  const needsNothing = required === undefined || (Array.isArray(required) && required.length === 0);
  const isHarmless = memberOf(annotations, 'destructiveHint') !== true;
  return needsNothing && isHarmless && /^[\w.-]+$/.test(String(name));
}

/** Red is for what an operator has to repair. */
function shownAs({ is, word, absentMembers = [] }: BackendState): [string, Color] {
  if (absentMembers.length > 0) return [`partial: without ${absentMembers.join(', ')}`, 'yellow'];
  if (is === 'idle') return ['idle: its first call starts it', 'green'];
  const status = word ? `${is}: ${word}` : is;
  return [status, is === 'serving' ? 'green' : 'red'];
}
