// After `azd provision`: prints where the servers are, who may call them, what clients need, and
// the next step. MCP_JSON=write merges the client entries into .vscode/mcp.json instead of printing
// them.

import { setValues } from './azd.mjs';
import { rememberEntraApps } from './entra.mjs';
import { deleteGatewayLeftovers, gatewayOffer } from './gateway.mjs';
import { setGatewayKeyWhereCodeIs } from './gateway-key.mjs';
import { listServers, mcpHost, withPath } from './project.mjs';

const { env } = process;

/** What a caller needs, by the word `auth`. */
const needs = new Map([
  ['anonymous', 'open to everyone'],
  ['function', 'key'],
  ['entra', 'Microsoft Entra token'],
  ['jwt', 'token of its issuer'],
]);

const servers = withPath(listServers());
const gatewayUrl = env.APIM_GATEWAY_URL;
const url = gatewayUrl || env.SERVICE_MCP_URI;

const leftApps = rememberEntraApps(env);
if (leftApps.length > 0) print('');
for (const line of leftApps) print(line);
rememberGateway();
await setGatewayKeyWhereCodeIs(servers);
print('');
print('Servers:');
for (const { name, path, auth } of servers) print(`  ${name}  ${url}${path}  (${needs.get(auth)})`);
if (servers.some(({ auth }) => auth === 'function')) {
  print('');
  print('The key (header x-functions-key):');
  print(`  ${keyCommand()}`);
}
if (env.MEMORY_WARNING) print(`\nWarning: ${env.MEMORY_WARNING}`);
print('');
print('Client entries; VS Code asks for the key:');
mcpHost([
  'mcp-json',
  ...(gatewayUrl ? ['--target', 'apim', '--url', gatewayUrl] : ['--azd']),
  ...(env.MCP_JSON === 'write' ? ['--write', '.vscode/mcp.json'] : []),
]);
print('');
print('For Claude Code, Cursor, Codex and others, written to the file of the client:');
print('  npx --no mcp-host install --azd --client claude-code');
if (gatewayUrl) {
  const lines = deleteGatewayLeftovers(servers);
  if (lines.length > 0) print('');
  for (const line of lines) print(line);
}
for (const line of gatewayUrl ? [] : gatewayOffer()) print(`\n${line}`);
print('');
print(
  'Next: azd deploy (azd up does this automatically). For keys, clients, costs and troubleshooting, see docs/deploy.md',
);

function keyCommand() {
  const { AZURE_FUNCTION_NAME: name, AZURE_RESOURCE_GROUP: group } = env;
  return `az functionapp keys list --resource-group ${group} --name ${name} --query functionKeys.default --output tsv`;
}

/** A deployment without a gateway leaves the old one, and its price, where they are. */
function rememberGateway() {
  const { APIM_NAME: inUse, APIM_DEPLOYED: known, AZURE_RESOURCE_GROUP: group } = env;
  if (inUse && inUse !== known) setValues({ APIM_DEPLOYED: inUse });
  if (inUse || !known) return;
  print('');
  print(
    'APIM_SKU no longer requests a gateway, but the gateway still exists and costs money. To delete it:',
  );
  print(`  az apim delete --resource-group ${group} --name ${known} --yes`);
  // Otherwise Azure keeps the name for 48 hours, and a new gateway cannot have it.
  const location = env.AZURE_LOCATION;
  print(`  az apim deletedservice purge --service-name ${known} --location ${location}`);
  print('  azd env set APIM_DEPLOYED ""');
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}
