// After `azd down`: clears outdated settings and removes the Entra apps, which belong to the
// directory and not to the resource group. If it cannot remove them, it prints the command, and
// `azd down` still succeeds.

import { setValues } from './azd.mjs';
import { deleteEntraApps } from './entra.mjs';

const { APIM_DEPLOYED, MCP_CODE_DEPLOYED_TO } = process.env;

if (APIM_DEPLOYED || MCP_CODE_DEPLOYED_TO) {
  setValues({ APIM_DEPLOYED: '', MCP_CODE_DEPLOYED_TO: '' });
}
deleteEntraApps(process.env);
