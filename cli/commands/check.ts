// mcp-host check: every problem of servers.yaml and host.json at once, before anything is started
// or deployed.

import {
  ConfigError,
  type Diagnostic,
  inFileOrder,
  MAX_SHOWN,
  renderDiagnostics,
} from '../../config/diagnostics.ts';
import { requiredVariables, textsOf } from '../../config/entry-texts.ts';
import {
  type Environment,
  missingEntraVariables,
  readEnvironment,
  resolveServer,
} from '../../config/env.ts';
import { parseUrl } from '../../config/formats.ts';
import { loadConfig } from '../../config/load.ts';
import { placeProblemsIn } from '../../config/locate.ts';
import { isLoopbackHost } from '../../config/loopback.ts';
import { ownProgramsNote } from '../../config/own-programs.ts';
import type { ServersConfig } from '../../config/schema.ts';
import { hasPath } from '../../config/server-path.ts';
import { findHostJsonProblems } from '../host-json.ts';
import { findHostWarnings } from '../host-warnings.ts';
import { checkLock } from '../lock/check-lock.ts';
import { findModuleProblem } from '../module-check.ts';
import { type EntryProblem, findProgramProblems } from '../program-check.ts';
import { green, red, type Terminal } from '../terminal.ts';
import { readOptions, UsageError } from '../usage.ts';

/** Shown by `--help`. */
export const help = `mcp-host check [--env] [--gateway] [--target azure] [--json]

Finds every problem of servers.yaml (or of the file that MCP_SERVERS_FILE names) and of the
host.json next to it: unknown keys, wrong values, overlapping paths, missing modules, programs and
packages, and time limits that contradict each other. Servers with "command" or "url" are
compared with servers.lock.json, which "mcp-host lock" writes.

  --env     also fail if a variable that the file uses as \${NAME}, or that "auth: entra" needs, is
            not set here
  --gateway API Management is in front: do not warn about settings that need it
  --target azure
            also fail on programs that the app in Azure does not have
  --json    print { "ok", "servers", "host", "problems", "warnings", "problemCount", "warningCount" }; a
            problem or warning has file, line, column, path, message and fix; "host" has the settings
            of that name with their defaults, or null if the file cannot be read

At most 100 problems are printed; the others are counted.
Exit code 1: there is a problem.`;

/** Returns the exit code. */
export function run(args: readonly string[], terminal: Terminal): number {
  const {
    env = false,
    gateway = false,
    target,
    json = false,
  } = readOptions(args, {
    env: { type: 'boolean' },
    gateway: { type: 'boolean' },
    target: { type: 'string' },
    json: { type: 'boolean' },
  });
  if (target !== undefined && target !== 'azure') {
    throw new UsageError(
      `--target: expected azure, got ${JSON.stringify(target)}. Fix: --target azure`,
    );
  }
  const scope = { withVariables: env, hasGateway: gateway, forAzure: target === 'azure' };
  const { servers, host, problems, warnings } = findProblems(scope);
  if (json) {
    const report = {
      ok: problems.length === 0,
      servers,
      host: host ?? null,
      problems: problems.slice(0, MAX_SHOWN),
      warnings: warnings.slice(0, MAX_SHOWN),
      problemCount: problems.length,
      warningCount: warnings.length,
    };
    terminal.print(JSON.stringify(report, null, 2));
    return problems.length === 0 ? 0 : 1;
  }
  for (const line of renderDiagnostics(warnings)) terminal.remark(`Warning: ${line}`);
  if (problems.length === 0) {
    const count = servers.length === 1 ? '1 server' : `${servers.length} servers`;
    const variables = env ? ', all variables are set' : '';
    const names = servers.join(', ');
    terminal.print(`${green('servers.yaml is fine')}: ${count} (${names})${variables}.`);
  } else {
    for (const line of renderDiagnostics(problems)) terminal.remark(line);
    terminal.remark(red(problems.length === 1 ? '1 problem.' : `${problems.length} problems.`));
  }
  return problems.length === 0 ? 0 : 1;
}

export interface Findings {
  readonly servers: readonly string[];
  /** undefined if the file cannot be read. */
  readonly host?: ServersConfig['host'];
  readonly problems: readonly Diagnostic[];
  /** What may be meant so: it stops nothing. */
  readonly warnings: readonly Diagnostic[];
}

/** What is looked at. */
export interface Scope {
  /** Also what this environment lacks. */
  readonly withVariables: boolean;
  /** Whether API Management is in front. Some warnings depend on it. */
  readonly hasGateway: boolean;
  /** Also what cannot run in the image of the app. */
  readonly forAzure: boolean;
}

/** What is wrong with the configuration. */
export function findProblems({ withVariables, hasGateway, forAzure }: Scope): Findings {
  try {
    const environment = readEnvironment();
    const config = loadConfig(environment.serversFile);
    const lock = checkLock(config, environment);
    const programs = findProgramFindings(config, environment, forAzure);
    const problems = [
      ...inFileOrder([
        ...findModuleProblems(config),
        ...programs.problems,
        ...(forAzure ? findUrlsOfThisMachine(config) : []),
        ...(withVariables
          ? [...findMissingVariables(config), ...findMissingEntraSettings(config, environment)]
          : []),
      ]),
      ...findHostJsonProblems(config),
      ...lock.problems,
    ];
    const warnings = inFileOrder([
      ...(hasGateway ? [] : findPreflightsWithoutKey(config)),
      ...findOwnPrograms(config),
      ...findHostWarnings(config),
      ...programs.warnings,
      ...lock.warnings,
    ]);
    const { host, servers } = config;
    return { servers: servers.map(({ name }) => name), host, problems, warnings };
  } catch (error) {
    if (error instanceof ConfigError) {
      return { servers: [], problems: error.diagnostics, warnings: [] };
    }
    throw error;
  }
}

/** A disabled server may be a sketch: its module or program is not looked for. */
function findModuleProblems({ file, directory, servers }: ServersConfig): Diagnostic[] {
  const place = placeProblemsIn(file);
  return servers
    .filter(({ enabled }) => enabled)
    .flatMap((server) => {
      if (server.kind !== 'module') return [];
      const problem = findModuleProblem(server.module, directory);
      return problem === undefined ? [] : [place(['servers', server.name, 'module'], problem)];
    });
}

/** The app runs on another machine. */
function findUrlsOfThisMachine({ file, servers }: ServersConfig): Diagnostic[] {
  const place = placeProblemsIn(file);
  return servers
    .filter(({ enabled }) => enabled)
    .flatMap((server) => {
      if (server.kind !== 'url') return [];
      const host = parseUrl(server.url)?.host;
      if (!isLoopbackHost(host)) return [];
      const problem = {
        expected: 'an address that the app in Azure can reach',
        got: `"${host}", which is the machine of the app itself in Azure`,
        fix: 'write the address at which the app can reach the server',
      };
      return [place(['servers', server.name, 'url'], problem)];
    });
}

function findProgramFindings(
  { file, directory, servers }: ServersConfig,
  environment: Environment,
  forAzure: boolean,
): Pick<Findings, 'problems' | 'warnings'> {
  const place = placeProblemsIn(file);
  const problems: Diagnostic[] = [];
  const warnings: Diagnostic[] = [];
  for (const server of servers) {
    if (!server.enabled || server.kind !== 'command') continue;
    const found = findProgramProblems(server, directory, environment, forAzure);
    const placed = ({ path, problem }: EntryProblem) =>
      place(['servers', server.name, ...path], problem);
    problems.push(...found.problems.map(placed));
    warnings.push(...found.warnings.map(placed));
  }
  return { problems, warnings };
}

/**
 * A browser asks with OPTIONS before it calls, and sends no key with it. In Azure the Functions
 * host answers that with 401 before this host sees it.
 */
function findPreflightsWithoutKey({ file, servers }: ServersConfig): Diagnostic[] {
  const place = placeProblemsIn(file);
  return servers
    .filter((one) => one.enabled && hasPath(one))
    .filter((one) => one.auth === 'function' && one.allowedOrigins.length > 0)
    .map(({ name }) =>
      place(['servers', name, 'allowedOrigins'], {
        expected:
          'an "auth" other than "function", or API Management in front of the app (APIM_SKU)',
        got: '"auth: function"; in Azure, preflight requests of web pages carry no key and are refused with 401',
        fix: 'choose "entra", "jwt" or "anonymous", or add the gateway: azd env set APIM_SKU BasicV2',
      }),
    );
}

/**
 * Nothing is ever shared silently, and nothing is kept where an owner may expect it. One warning,
 * since most entries that are pasted are like this.
 */
function findOwnPrograms({ file, servers }: ServersConfig): Diagnostic[] {
  const names = servers
    .filter((server) => server.enabled && ownProgramsNote(server) !== undefined)
    .map(({ name }) => name);
  const [first] = names;
  if (first === undefined) return [];
  return [
    placeProblemsIn(file)(['servers', first, 'command'], {
      expected: 'an "auth" that tells callers apart',
      got: `"auth: function" or "auth: anonymous" (${names.join(', ')}); the host starts a separate program for each request without a 2025-era session`,
      fix: 'write "instance: shared" if the program stores nothing per caller, or use "auth: entra" or "auth: jwt"',
    }),
  ];
}

function findMissingVariables({ file, servers }: ServersConfig): Diagnostic[] {
  const place = placeProblemsIn(file);
  return servers
    .filter(({ enabled }) => enabled)
    .flatMap((server) => {
      const resolved = resolveServer(server);
      const missing = new Set('missing' in resolved ? resolved.missing : []);
      return textsOf(server).flatMap((text) =>
        requiredVariables(server, text)
          .filter((variable) => missing.has(variable))
          .map((variable) =>
            place(['servers', server.name, ...text.path], {
              expected: `the variable ${variable} to be set`,
              got: 'none',
              fix: `set ${variable}, or write a default: \${${variable}:-…}`,
            }),
          ),
      );
    });
}

function findMissingEntraSettings(
  { file, servers }: ServersConfig,
  environment: Environment,
): Diagnostic[] {
  const place = placeProblemsIn(file);
  return servers
    .filter(({ enabled, auth }) => enabled && auth === 'entra')
    .flatMap(({ name }) =>
      missingEntraVariables(environment).map((variable) =>
        place(['servers', name, 'auth'], {
          expected: `the variable ${variable} to be set`,
          got: 'none',
          fix: `set ${variable}; the host compares Entra tokens with it`,
        }),
      ),
    );
}
