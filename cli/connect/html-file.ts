// Writes one page of all servers to a file, for an intranet. It starts no server.

import { type ClientEntry, entriesFor } from '../../clients/client-entries.ts';
import { readEnvironment } from '../../config/env.ts';
import { loadConfig } from '../../config/load.ts';
import { type Lock, readLocks } from '../../config/lock-file.ts';
import type { ServerConfig } from '../../config/schema.ts';
import { Supervisor } from '../../runtime/backends/supervisor.ts';
import type { Declarations } from '../../runtime/exchange/backend.ts';
import { composeLayers } from '../../runtime/exchange/layers/compose.ts';
import { GENERATOR } from '../../runtime/pages/document.ts';
import { renderFile } from '../../runtime/pages/page.ts';
import { showServer } from '../../runtime/pages/shown-server.ts';
import { deployedAddress, readPublicUrl } from '../address.ts';
import { addSignIn } from '../entra-sign-in.ts';
import { readTarget, replaceTarget } from '../replace-file.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage.ts';

export interface HtmlOptions {
  readonly html: string;
  readonly url?: string | undefined;
  readonly azd?: boolean | undefined;
}

/** Returns the exit code. */
export function writeHtml({ html: file, url, azd }: HtmlOptions, terminal: Terminal): number {
  if (file === '') throw new UsageError('--html: expected the name of a file, got none');
  if ((url === undefined) === !azd) {
    throw new UsageError('--html needs the address of the host: --url URL, or --azd');
  }
  const config = loadConfig(readEnvironment().serversFile);
  const place =
    url === undefined
      ? deployedAddress()
      : { place: 'remote' as const, baseUrl: readPublicUrl(url) };
  const plain = entriesFor(place.place, place.baseUrl, config.servers, true);
  const { entries } = azd ? addSignIn(plain, config.servers, terminal.remark) : { entries: plain };
  if (entries.length === 0) {
    throw new Error('no enabled server has a path. Fix: enable a server in servers.yaml');
  }
  const target = readTarget(file);
  refuseForeign(file, target.text);
  const locks = readLocks(config);
  const shown = entries.map((entry) => {
    const server = config.servers.find(({ name }) => name === entry.name) as ServerConfig;
    return shownInFile(server, entry, locks.get(server.name));
  });
  replaceTarget(file, target, renderFile(shown));
  terminal.print(`Wrote ${file}: ${entries.map(({ name }) => name).join(', ')}.`);
  return 0;
}

function shownInFile(config: ServerConfig, entry: ClientEntry, lock: Lock | undefined) {
  const declarations = declaredBy(config, lock);
  return showServer({ config, view: 'full', declarations, entry, checksKeys: true });
}

/** As the host would show them before it has started the server: as in the lock file, with the settings of `tools`. */
function declaredBy(config: ServerConfig, lock: Lock | undefined): Declarations | undefined {
  const silent = (): void => {};
  const resting = new Supervisor({
    startTimeoutMs: config.startTimeoutMs,
    log: { unavailable: silent, recovered: silent },
  });
  return composeLayers(resting, config, {
    lock,
    masksErrors: true,
    onServerError: silent,
    onToolsChanged: silent,
    onTaskTools: silent,
    onUnmatched: silent,
    onDuplicate: silent,
  }).declarations;
}

/** A page that somebody wrote by hand must not be lost. */
function refuseForeign(file: string, text: string): void {
  if (text.trim() === '' || text.includes(`name="generator" content="${GENERATOR}"`)) return;
  throw new Error(
    `${file} exists and was not written by this command; nothing was changed. Fix: name another file, or delete this one`,
  );
}
