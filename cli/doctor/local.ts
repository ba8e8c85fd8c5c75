// This machine and this folder: configuration, build, port, variables, and whether the issuers of
// tokens can be reached.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ConfigError } from '../../config/diagnostics.ts';
import { type Environment, missingEntraVariables, readEnvironment } from '../../config/env.ts';
import { loadConfig } from '../../config/load.ts';
import type { ServerConfig } from '../../config/schema.ts';
import { findProblems } from '../commands/check.ts';
import { HOST_SCRIPT } from '../host-script.ts';
import { type Ask, describe, readJson } from './ask.ts';
import { attempt, attemptRead, attemptRow } from './attempt.ts';
import { checkIssuer, configurationOf, type Issuer, jwtIssuer } from './issuer.ts';
import { compare, type Row, type Rows } from './row.ts';
import { checkVersions } from './versions.ts';

const GROUP = 'local';
const HERE = { withVariables: false, hasGateway: false, forAzure: false };

/** @param toolTimeoutMs how long each tool may take to say its version */
export async function* checkLocal(ask: Ask, toolTimeoutMs: number): Rows {
  const settings = { group: GROUP, check: 'settings' } as const;
  const environment = yield* attemptRead(settings, () => readEnvironment());
  if (environment === undefined) yield withoutSettings();
  else {
    yield* attemptRow({ group: GROUP, check: 'servers.yaml, host.json' }, checkConfiguration);
    yield* attemptRow({ group: GROUP, check: 'variables of servers' }, checkVariables);
  }
  yield* attemptRow({ group: GROUP, check: 'packages' }, checkPackages);
  yield* attemptRow({ group: GROUP, check: 'build' }, checkBuild);
  yield* checkVersions(toolTimeoutMs);
  if (environment === undefined) return;
  yield* attemptRow({ group: GROUP, check: 'port' }, () => checkPort(ask, environment));
  yield* attempt({ group: GROUP, check: 'issuers' }, () => checkIssuers(ask, environment));
}

function withoutSettings(): Row {
  return {
    group: GROUP,
    check: 'servers.yaml, variables of servers, port, issuers',
    result: 'skipped',
    expected: 'no problem',
    came: 'skipped: the settings of the host cannot be read',
  };
}

function checkConfiguration(): Row {
  const { servers, problems } = findProblems(HERE);
  return compare({
    group: GROUP,
    check: 'servers.yaml, host.json',
    expected: 'no problem',
    isExpected: problems.length === 0,
    came: problems.length === 0 ? `${servers.length} servers` : count(problems.length, 'problem'),
    fix: 'npx --no mcp-host check',
  });
}

function checkVariables(): Row {
  const without = findProblems(HERE).problems.length;
  const missing = findProblems({ ...HERE, withVariables: true }).problems.length - without;
  return compare({
    group: GROUP,
    check: 'variables of servers',
    expected: 'all are set in this environment',
    isExpected: missing === 0,
    came: missing === 0 ? 'all' : `${count(missing, 'variable')} missing`,
    fix: 'npx --no mcp-host check --env',
  });
}

function count(number: number, word: string): string {
  return number === 1 ? `1 ${word}` : `${number} ${word}s`;
}

function checkPackages(): Row {
  const installedMs = changedMs('node_modules/.package-lock.json');
  const isExpected = installedMs > 0 && installedMs >= changedMs('package-lock.json');
  return compare({
    group: GROUP,
    check: 'packages',
    expected: 'the versions in package-lock.json',
    isExpected,
    came: isExpected ? 'installed' : installedMs === 0 ? 'not installed' : 'older than that file',
    fix: 'npm ci',
  });
}

const SOURCE_FOLDERS = ['config', 'runtime', 'servers'];

function checkBuild(): Row {
  const builtMs = changedMs(HOST_SCRIPT);
  const isExpected = builtMs > 0 && builtMs >= Math.max(...SOURCE_FOLDERS.map(newestSourceMs));
  return compare({
    group: GROUP,
    check: 'build',
    expected: `${HOST_SCRIPT}, newer than the code`,
    isExpected,
    came: isExpected ? 'newer' : builtMs === 0 ? 'none' : 'older',
    fix: 'npm run build',
  });
}

function newestSourceMs(folder: string): number {
  if (!existsSync(folder)) return 0;
  const times = readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return newestSourceMs(path);
      return /\.[cm]?[jt]s$/.test(entry.name) ? changedMs(path) : 0;
    });
  return Math.max(0, ...times);
}

function changedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

async function checkPort(ask: Ask, { host, port }: Environment): Promise<Row> {
  const row = {
    group: GROUP,
    check: `port ${port}`,
    expected: 'free, or taken by this host',
  } as const;
  const code = await tryToListen(host, port);
  if (code === undefined) return { ...row, result: 'expected', came: 'free' };
  if (code !== 'EADDRINUSE') {
    return { ...row, result: 'problem', came: code, fix: 'set a different PORT or HOST' };
  }
  const answer = await ask({ url: `http://127.0.0.1:${port}/healthz` });
  const isOurs = !('failure' in answer) && readJson(answer)?.status === 'alive';
  return compare({
    ...row,
    isExpected: isOurs,
    came: isOurs ? 'taken by this host' : `taken by something else: ${describe(answer)}`,
    fix: 'stop the other program, or set a different PORT',
  });
}

/** @returns Node's code when it is refused */
function tryToListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

async function* checkIssuers(ask: Ask, environment: Environment): Rows {
  const servers = enabledServers(environment);
  const issuers = new Map<string, Issuer>();
  for (const server of servers.filter(({ auth }) => auth === 'entra' || auth === 'jwt')) {
    const issuer = issuerHere(server, environment);
    if (issuer !== undefined) issuers.set(issuer.openIdConfigUrl, issuer);
    else {
      yield {
        group: GROUP,
        check: `issuer of ${server.name}`,
        result: 'skipped',
        expected: 'it can be reached',
        came: `unknown: ${missingEntraVariables(environment).join(', ')} not set in this environment`,
        fix: 'run doctor --deployed to check the issuer of the deployment',
      };
    }
  }
  for (const issuer of issuers.values()) {
    const check = `discovery of ${new URL(issuer.issuer).host}`;
    yield* attempt({ group: GROUP, check }, () => checkIssuer(ask, issuer, GROUP));
  }
}

/** Empty when the file has problems, which have a row of their own. */
function enabledServers({ serversFile }: Environment): readonly ServerConfig[] {
  try {
    return loadConfig(serversFile).servers.filter(({ enabled }) => enabled);
  } catch (error) {
    if (error instanceof ConfigError) return [];
    throw error;
  }
}

function issuerHere(server: ServerConfig, environment: Environment): Issuer | undefined {
  const { authorityHost, entraTenantId: tenantId } = environment;
  if (server.jwt !== undefined && server.auth === 'jwt') return jwtIssuer(server.jwt);
  if (tenantId === undefined) return undefined;
  const issuer = `${authorityHost}/${tenantId}/v2.0`;
  return { issuer, openIdConfigUrl: configurationOf(issuer) };
}
