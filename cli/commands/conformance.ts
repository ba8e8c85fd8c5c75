// mcp-host conformance: the official suite against one server of servers.yaml, as far as that needs
// no fixture.

import { readEnvironment } from '../../config/env.ts';
import { loadConfig } from '../../config/load.ts';
import type { ServerConfig } from '../../config/schema.ts';
import { ERAS, type Era } from '../conformance/eras.ts';
import { findNode } from '../conformance/installation.ts';
import { renderOutcomes } from '../conformance/report.ts';
import { testServer } from '../conformance/server-run.ts';
import { findServer } from '../find-server.ts';
import { Progress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { readArgument, UsageError } from '../usage.ts';

/** Shown by `--help`. */
export const help = `mcp-host conformance <server> [--era ${ERAS.join('|')}] [--json]

Starts the built host and runs the official conformance suite against one server of servers.yaml
(or of the file that MCP_SERVERS_FILE names), in both protocol eras. Most scenarios call tools,
prompts and resources of a test fixture; these are shown as not applicable, with what they need.
Lists are tested if the server has them. One check calls the first tool without arguments, but
only if that tool requires arguments (so it refuses) or declares readOnlyHint: true. Needs the suite:
npm ci --prefix test/official-tools

  --era     test only this era
  --json    print { "ok", "server", "scenarios" }; a scenario has scenario, era, outcome
            ("passed", "failed" or "not applicable"), needs (null when it was tested) and checks,
            a check id, outcome (also "warning", which fails nothing) and message

Exit code 1: something failed, or the server cannot be tested.`;

/** Returns the exit code. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const { argument: name, options } = readArgument(
    args,
    { era: { type: 'string' }, json: { type: 'boolean' } },
    'the name of a server',
  );
  const wanted = options.era === undefined ? ERAS : [readEra(options.era)];
  const config = loadConfig(readEnvironment().serversFile);
  const server = findServer(config, name);
  const node = findNode();
  warnOfRateLimit(server, terminal);
  const progress = new Progress(terminal.remark);
  const outcomes = await testServer({
    serversFile: config.file,
    server,
    eras: wanted,
    node,
    progress,
  }).finally(() => progress.clear());
  const ok = outcomes.every(({ outcome }) => outcome !== 'failed');
  if (options.json) {
    terminal.print(JSON.stringify({ ok, server: name, scenarios: outcomes }, null, 2));
  } else {
    for (const line of renderOutcomes(wanted, outcomes)) terminal.print(line);
  }
  return ok ? 0 : 1;
}

function readEra(written: string): Era {
  const era = ERAS.find((known) => known === written);
  if (era === undefined) {
    throw new UsageError(`--era: expected ${ERAS.join(' or ')}, got ${JSON.stringify(written)}`);
  }
  return era;
}

/** The suite sends some hundred requests within seconds. */
function warnOfRateLimit({ name, rateLimit }: ServerConfig, terminal: Terminal): void {
  if (rateLimit === undefined) return;
  terminal.remark(
    `${name} allows ${rateLimit.max} calls per ${rateLimit.windowSeconds} s (rateLimit): ` +
      'calls that it refuses because of this limit count as failed.',
  );
}
