// After `azd deploy`: what an app takes only when it has code. Installs and compiles nothing.

import { setGatewayKeyAfterDeploy } from './gateway-key.mjs';

await setGatewayKeyAfterDeploy(JSON.parse(process.env.MCP_SERVERS || '[]'));
