// After `azd provision`: where the servers are, who may call, what clients need, and what comes
// next. MCP_JSON=write merges the client entries into .vscode/mcp.json instead of printing them.

import { setValues } from './azd.mjs';
import { listServers, mcpHost } from './project.mjs';

const { env } = process;

/** What a caller needs, by the word `auth`. */
const needs = new Map([
  ['anonymous', 'open to everybody'],
  ['function', 'key'],
  ['entra', 'token of Microsoft Entra'],
  ['jwt', 'token of its issuer'],
]);

const servers = listServers();
const url = env.SERVICE_MCP_URI;

rememberEntraApp();
print('');
print('Servers:');
for (const { name, path, auth } of servers) print(`  ${name}  ${url}${path}  (${needs.get(auth)})`);
if (servers.some(({ auth }) => auth === 'function')) {
  print('');
  print('The key (header x-functions-key):');
  print(`  ${keyCommand()}`);
}
print('');
print('Client entries; VS Code asks for the key:');
mcpHost([
  'mcp-json',
  '--azd',
  ...(env.MCP_JSON === 'write' ? ['--write', '.vscode/mcp.json'] : []),
]);
print('');
print('Next: azd deploy (azd up does it by itself). Key, clients, costs, trouble: docs/deploy.md');

function keyCommand() {
  const { AZURE_FUNCTION_NAME: name, AZURE_RESOURCE_GROUP: group } = env;
  return `az functionapp keys list --resource-group ${group} --name ${name} --query functionKeys.default --output tsv`;
}

/** `azd down` forgets outputs and leaves the app, so its id is kept as a value of its own. */
function rememberEntraApp() {
  const { ENTRA_CLIENT_ID: inUse, ENTRA_APP_ID: known } = env;
  if (inUse && inUse !== known) setValues({ ENTRA_APP_ID: inUse });
  if (inUse || !known) return;
  print('');
  print('No server says "auth: entra" any more, but its Entra app is still there. To delete it:');
  print(`  az ad app delete --id ${known}`);
  print('  azd env set ENTRA_APP_ID ""');
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}
