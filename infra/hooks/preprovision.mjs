// Before `azd provision`: nothing is deployed that `mcp-host check` refuses. Fills in what the
// template cannot know (the sealing key, the variables of servers), and says what costs money.

import { randomBytes } from 'node:crypto';
import { fail, plainJson, setValues } from './azd.mjs';
import { entraProblems, entraSettingProblems, entraValues } from './entra.mjs';
import { gatewayCosts, gatewayProblems, usesGateway } from './gateway.mjs';
import { hostSettings, installAndBuild, listServers, mcpHost, withPath } from './project.mjs';
import { regionProblems } from './regions.mjs';
import { settingProblems, stateKeyProblems } from './settings.mjs';

const { env } = process;

/** Azure sets these itself, and refuses them as app settings. */
const platform = /^(FUNCTIONS_|AZURE_FUNCTIONS_|AzureWebJobs|AzureFunctionsJobHost_|WEBSITE_)/i;

failWith([...settingProblems(env), ...stateKeyProblems(env), ...entraSettingProblems(env)]);
failWith(await regionProblems(env));
installAndBuild();
mcpHost(
  ['check', '--env', '--target', 'azure', ...(usesGateway() ? ['--gateway'] : [])],
  'Nothing was deployed. To set a variable: azd env set NAME VALUE (for a secret: azd env set-secret NAME)',
);
const enabled = listServers();
const servers = withPath(enabled);
failWith(entraProblems(env, servers));
if (usesGateway()) failWith(gatewayProblems(servers, hostSettings()));
setValues({
  ...(usesGateway() && {
    MCP_GATEWAY_KEY: env.MCP_GATEWAY_KEY || randomBytes(32).toString('base64url'),
  }),
  MCP_HOST_STATE_KEY: env.MCP_HOST_STATE_KEY || randomBytes(32).toString('base64url'),
  ...entraValues(env, servers),
  MCP_SERVER_ENV: plainJson(serverVariables()),
});
tellWhatGoes();
tellWhatCosts();

/** @param {readonly string[]} problems */
function failWith(problems) {
  if (problems.length > 0) fail(problems.join('\n'));
}

/** What `env` of the servers refers to, as far as it is set; the rest has a default in servers.yaml. */
function serverVariables() {
  const names = new Set(enabled.flatMap(({ variables }) => variables));
  const settings = [...names]
    .filter((name) => !platform.test(name) && env[name])
    .map((name) => [name, asKeyVaultReference(String(env[name]))]);
  return Object.fromEntries(settings);
}

/**
 * `azd env set-secret` leaves akvs://subscription/vault/secret in the environment; the app reads the
 * vault itself, so the secret never comes here.
 * @param {string} value
 */
function asKeyVaultReference(value) {
  return value.replace(
    /^akvs:\/\/[^/]+\/([^/]+)\/([^/]+)$/,
    '@Microsoft.KeyVault(VaultName=$1;SecretName=$2)',
  );
}

function tellWhatGoes() {
  const names = new Set(enabled.map(({ name }) => name));
  /** @type {{ name: string }[]} */
  const deployed = JSON.parse(env.MCP_SERVERS || '[]');
  const gone = deployed.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  if (gone.length > 0) {
    print(`No longer in servers.yaml: ${gone.join(', ')}.`);
    print('Their paths, routes and variables are removed by the next deployment (azd up).');
    if (env.APIM_NAME) print('Their APIs at the gateway are deleted after the deployment.');
  }
  const scopes = new Set(
    servers.flatMap((server) => (server.auth === 'entra' ? server.scopes : [])),
  );
  const dropped = (env.ENTRA_SCOPES || '')
    .split(',')
    .filter((scope) => scope && !scopes.has(scope));
  if (dropped.length > 0 && scopes.size > 0) {
    print(`Scopes of the Entra app that no server uses: ${dropped.join(', ')}.`);
    print('They are now disabled. To delete them, run azd provision again.');
  }
}

function tellWhatCosts() {
  const alwaysReady = Number(env.ALWAYS_READY || 0);
  print('What costs money in this deployment (see docs/deploy.md for amounts):');
  print('  Functions, Flex Consumption: by use, with a monthly free grant; free without calls');
  if (alwaysReady > 0)
    print(`  ALWAYS_READY=${alwaysReady}: charged per second, with or without traffic`);
  print(`  Logs: per GB, at most ${env.LOG_DAILY_CAP_GB || 1} GB a day (LOG_DAILY_CAP_GB)`);
  if (env.ALERTS_ENABLED === 'true')
    print('  ALERTS_ENABLED=true: four alert rules, charged per month');
  print('  Storage: cents');
  if (usesGateway()) print(`  ${gatewayCosts()}`);
  if (env.VNET_ENABLED === 'true')
    print('  VNET_ENABLED=true: a private endpoint, charged per hour');
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}
