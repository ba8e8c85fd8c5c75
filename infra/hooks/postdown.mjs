// After `azd down`: forgets what is gone, and removes the Entra apps, which belong to the directory and
// not to the resource group. When that cannot be done it says how, and `azd down` stays a success.

import { setValues } from './azd.mjs';
import { deleteEntraApps } from './entra.mjs';

const { APIM_DEPLOYED, MCP_CODE_DEPLOYED_TO } = process.env;

if (APIM_DEPLOYED || MCP_CODE_DEPLOYED_TO) {
  setValues({ APIM_DEPLOYED: '', MCP_CODE_DEPLOYED_TO: '' });
}
deleteEntraApps(process.env);
