// After `azd deploy`: sets what an app accepts only after its code was deployed. Installs and
// compiles nothing.

import { setGatewayKeyAfterDeploy } from './gateway-key.mjs';

await setGatewayKeyAfterDeploy(JSON.parse(process.env.MCP_SERVERS || '[]'));
