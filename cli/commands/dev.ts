// mcp-host dev: compiles on change, and runs the host anew whenever the compiled code, servers.yaml,
// its lock file or .env changes.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readEnvironment } from '../../config/env.ts';
import { lockFileOf } from '../../config/lock-place.ts';
import { startNode } from '../dev/child.ts';
import { Restarter } from '../dev/restarter.ts';
import { watchContent } from '../dev/watch.ts';
import {
  buildNeeded,
  COMPILED_HOST_SCRIPT,
  hostArguments,
  VARIABLES_FILE,
} from '../host-script.ts';
import type { Terminal } from '../terminal.ts';
import { readOptions } from '../usage.ts';

/** Shown by `--help`. */
export const help = `mcp-host dev (npm run dev builds first)

Runs the TypeScript compiler in watch mode, and the host. When dist/, servers.yaml, its lock file or
.env changes, the host finishes its requests, exits and restarts. If it cannot start, it prints why
and waits for the next change. The host gets the variables of .env; variables that are already set
are not overwritten.`;

const OUTPUT_FOLDER = 'dist';
const COMPILER_ARGUMENTS = [
  'node_modules/typescript/bin/tsc',
  ...['-p', 'tsconfig.build.json', '--watch', '--preserveWatchOutput'],
];

/** Returns the exit code, after Ctrl-C or SIGTERM. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  readOptions(args, {});
  if (!existsSync(COMPILED_HOST_SCRIPT)) {
    terminal.remark(buildNeeded(COMPILED_HOST_SCRIPT));
    return 1;
  }
  const stopped = stopSignal();
  const host = new Restarter(
    () => startNode([...hostArguments(COMPILED_HOST_SCRIPT), '--no-watchdog']),
    (outcome) => {
      terminal.remark(`The host stopped (${outcome}). It starts again after your next change.`);
    },
  );
  const { serversFile } = readEnvironment();
  const files = [serversFile, lockFileOf(serversFile), resolve(VARIABLES_FILE)];
  const endWatching = watchContent({ folder: OUTPUT_FOLDER, files }, () => {
    terminal.remark('Files changed. The host restarts.');
    void host.restart();
  });
  const compiler = new Restarter(startCompiler, (outcome) => {
    terminal.remark(`The compiler stopped (${outcome}). Your changes are no longer compiled.`);
  });
  await compiler.restart();
  await host.restart();
  await stopped;
  endWatching();
  await Promise.all([host.stop(), compiler.stop()]);
  return 0;
}

function startCompiler() {
  return startNode(COMPILER_ARGUMENTS, { withDescendants: true });
}

/** Further signals are taken and left without effect: a terminal and npm may each send one. */
function stopSignal(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => done());
  });
}
