// After `azd down`: forgets what is gone, and removes the Entra app, which belongs to the directory and
// not to the resource group. When that cannot be done it says how, and `azd down` stays a success.

import { spawnSync } from 'node:child_process';
import { setValues } from './azd.mjs';

const { ENTRA_APP_ID: id = '', APIM_DEPLOYED, MCP_CODE_DEPLOYED_TO } = process.env;

if (APIM_DEPLOYED || MCP_CODE_DEPLOYED_TO) {
  setValues({ APIM_DEPLOYED: '', MCP_CODE_DEPLOYED_TO: '' });
}

// The id goes to a shell, because on Windows az is a script: only a GUID may.
if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) {
  const command = `az ad app delete --id ${id}`;
  const { status } = spawnSync(command, { stdio: 'inherit', shell: true });
  if (status === 0) {
    setValues({ ENTRA_APP_ID: '' });
    process.stdout.write(`Deleted the Entra app ${id}.\n`);
  } else {
    process.stderr.write(`The Entra app is still there. With the Azure CLI: ${command}\n`);
  }
}
