// What hooks need of this project: its packages and its compiled command line, which a fresh clone
// does not have yet. Only Node's own modules here.

import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail } from './azd.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** `check --env` asks for what the app will have; these are only known when the template has run. */
const madeByTemplate = {
  MCP_ENTRA_TENANT_ID: '00000000-0000-0000-0000-000000000000',
  MCP_ENTRA_CLIENT_ID: '00000000-0000-0000-0000-000000000000',
};

/** Installs when the lock file is newer than what is installed, and compiles. */
export function installAndBuild() {
  const installed = changedMs('node_modules/.package-lock.json');
  if (installed < changedMs('package-lock.json')) npm('ci', '--no-audit', '--no-fund');
  npm('run', '--silent', 'build');
}

/**
 * Runs `mcp-host` for the servers.yaml that is deployed, and ends the hook when it finds a problem.
 * @param {readonly string[]} args
 * @param {string} [advice] what to do when it fails
 * @returns {void}
 */
export function mcpHost(args, advice) {
  const { status } = spawn(process.execPath, ['cli/mcp-host.js', ...args], 'inherit');
  if (status !== 0) fail(advice ?? `mcp-host ${args[0]} failed`);
}

/**
 * The enabled servers, as `mcp-host list --json` shows them.
 * @returns {readonly { name: string, path: string, auth: string, scopes: string[], variables: string[] }[]}
 */
export function listServers() {
  const { stdout } = spawn(process.execPath, ['cli/mcp-host.js', 'list', '--json'], 'pipe');
  return JSON.parse(stdout).filter((/** @type {{ enabled: boolean }} */ { enabled }) => enabled);
}

/**
 * The settings below `host` in servers.yaml, with all defaults.
 * @returns {{ pages: boolean, registry: boolean }}
 */
export function hostSettings() {
  const { stdout } = spawn(process.execPath, ['cli/mcp-host.js', 'check', '--json'], 'pipe');
  return JSON.parse(stdout).host;
}

/**
 * Those that clients can reach: the others are only there as members of a combination.
 * @template {{ path: string }} Server
 * @param {readonly Server[]} servers
 */
export function withPath(servers) {
  return servers.filter(({ path }) => path !== 'none');
}

/** @param {readonly string[]} args */
function npm(...args) {
  // On Windows npm is a script, which only a shell can start; the arguments are ours.
  const command = ['npm', ...args].join(' ');
  const { status } = spawnSync(command, { cwd: root, stdio: 'inherit', shell: true });
  if (status !== 0) fail(`${command} failed: see above. Node 20.19 or later, 22 or 24 is needed.`);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {'inherit' | 'pipe'} stdout
 */
function spawn(command, args, stdout) {
  // Bicep reads the file in the root, so no other one is looked at.
  const { MCP_SERVERS_FILE: _, ...variables } = process.env;
  const env = { ...madeByTemplate, ...variables };
  return spawnSync(command, args, {
    cwd: root,
    env,
    encoding: 'utf8',
    stdio: ['ignore', stdout, 'inherit'],
  });
}

/** @param {string} name */
function changedMs(name) {
  return statSync(resolve(root, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
