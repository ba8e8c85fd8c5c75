// mcp-host doctor: checks this machine or a deployment, and reports what was expected, what came
// and how to fix it.

import { createAsk } from '../doctor/ask.ts';
import { attempt } from '../doctor/attempt.ts';
import { CLIENT_REQUESTS } from '../doctor/client-requests.ts';
import { checkDeployment } from '../doctor/deployment-checks.ts';
import { NOT_SEEN } from '../doctor/entra-clients.ts';
import { checkLocal } from '../doctor/local.ts';
import { exitCodeOf, renderReport } from '../doctor/report.ts';
import type { Row } from '../doctor/row.ts';
import { Progress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { readOptions, UsageError } from '../usage.ts';

const clientIds = CLIENT_REQUESTS.map(({ id }) => id);

/** Shown by `--help`. */
export const help = `mcp-host doctor [--json] [--timeout SECONDS]
mcp-host doctor --deployed [--url URL [--client-id ID]] [--server NAME] [--client NAME]
                [--questions] [--json] [--timeout SECONDS]

Runs checks, changes nothing, and prints one table: what was checked, what came, and how to fix what
is not as expected.

Without --deployed it checks configuration, variables, packages, build, versions and port, and
whether this machine can reach the token issuers.

With --deployed it checks the current azd environment: addresses, access to each server without
credentials, the challenge and metadata document of each server that requires tokens, the issuers,
and for auth: entra the authorize request of each client, up to the sign-in page. If az is signed in, it also
checks the registrations in the directory. It sends no key, token or name, follows no redirect,
repeats no request, and sends an issuer at most one request a second.

  --url        an address instead of the azd environment: scheme and host of the app
  --client-id  the client id to use with Entra, for --url
  --server     check only this server
  --client     only this client: ${clientIds.slice(0, 5).join(', ')},
               ${clientIds.slice(5).join(', ')}
  --questions  also test undocumented behavior of Entra, and print the answers
  --timeout    seconds to wait for each answer (default 20); azd, az and func may take three times
               as long
  --json       print { "ok", "exitCode", "rows", "notSeen" }; a row has group, check, result
               ("expected", "problem", "unknown", "skipped" or "noted"), expected, came and fix
               (null if there is nothing to do)

Exit codes: 0 everything is as expected (skipped and noted rows do not count), 1 a problem (also:
no azd environment, nothing deployed), 2 wrong use, 3 no problem was found, but something could not
be checked.`;

const DEFAULT_TIMEOUT_SECONDS = 20;
/** Tools such as az start slowly, and ask services of their own. */
const TOOL_TIMEOUT_FACTOR = 3;

/** Returns the exit code. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const options = readOptions(args, {
    deployed: { type: 'boolean' },
    url: { type: 'string' },
    'client-id': { type: 'string' },
    server: { type: 'string' },
    client: { type: 'string' },
    questions: { type: 'boolean' },
    json: { type: 'boolean' },
    timeout: { type: 'string' },
  });
  const { deployed = false, json = false, timeout, ...scope } = options;
  refuseLonely(deployed, scope);
  if (scope.client !== undefined && !clientIds.includes(scope.client)) {
    throw new UsageError(`--client: expected one of ${clientIds.join(', ')}`);
  }
  const progress = new Progress(terminal.remark);
  let asked = 'starting';
  const timeoutMs = readTimeoutMs(timeout);
  const toolTimeoutMs = timeoutMs * TOOL_TIMEOUT_FACTOR;
  const ask = createAsk(timeoutMs, (address) => {
    asked = address;
    progress.update('doctor:', asked);
  });
  const checks = () =>
    deployed
      ? checkDeployment(ask, { ...scope, clientId: scope['client-id'], toolTimeoutMs })
      : checkLocal(ask, toolTimeoutMs);
  const rows: Row[] = [];
  try {
    const place = { group: deployed ? 'deployed' : 'local', check: 'doctor' } as const;
    for await (const row of attempt(place, checks)) {
      rows.push(row);
      progress.update('doctor:', `${rows.length} checks, ${asked}`);
    }
  } finally {
    progress.clear();
  }
  const exitCode = exitCodeOf(rows);
  print(rows, exitCode, json, terminal);
  return exitCode;
}

function print(rows: readonly Row[], exitCode: number, json: boolean, terminal: Terminal): void {
  const unseen = rows.some(({ group }) => group === 'clients') ? NOT_SEEN : null;
  if (json) {
    const complete = rows.map((row) => ({ ...row, fix: row.fix ?? null }));
    const report = { ok: exitCode === 0, exitCode, rows: complete, notSeen: unseen };
    terminal.print(JSON.stringify(report, null, 2));
    return;
  }
  for (const line of renderReport(rows)) terminal.print(line);
  if (unseen !== null) terminal.print(unseen);
}

/** Options that mean nothing without another one. */
function refuseLonely(deployed: boolean, scope: Readonly<Record<string, unknown>>): void {
  const [lonely] = Object.keys(scope);
  if (!deployed && lonely !== undefined) throw new UsageError(`--${lonely} needs --deployed`);
  if ('client-id' in scope && !('url' in scope)) throw new UsageError('--client-id needs --url');
}

function readTimeoutMs(written = String(DEFAULT_TIMEOUT_SECONDS)): number {
  const seconds = Number(written);
  if (/^\d+(\.\d+)?$/.test(written) && seconds > 0 && seconds <= 300) return seconds * 1_000;
  throw new UsageError(
    `--timeout: expected seconds, more than 0 and at most 300, got ${JSON.stringify(written)}`,
  );
}
