// The key of the Functions app that only the gateway has: the template gives it to the gateway, this
// file to the app. An app without code refuses keys, so it is set after code was deployed.
// https://github.com/Azure/azure-functions-host/issues/11379

import { setTimeout as wait } from 'node:timers/promises';
import { fail, setValues } from './azd.mjs';
import { takesTokens } from './gateway.mjs';
import { askResourceManager } from './resource-manager.mjs';

const { env } = process;

/** A new app needs some time for its first start, which makes its keys. */
const waitsMs = [1000, 2000, 4000, 8000, 15_000, 30_000, 30_000];

/** @typedef {readonly { auth: string }[]} Servers */

/**
 * After `azd deploy`: the app has code now. Ends azd when the key cannot be set.
 * @param {Servers} servers
 */
export async function setGatewayKeyAfterDeploy(servers) {
  const { AZURE_FUNCTION_NAME: app = '', MCP_CODE_DEPLOYED_TO: known } = env;
  if (isNeeded(servers)) {
    const problem = await setKey(waitsMs);
    if (problem) {
      fail(
        `The key of the gateway could not be set in the app. The gateway answers 502 until it is set: ${problem}`,
      );
    }
  }
  if (app !== known) setValues({ MCP_CODE_DEPLOYED_TO: app });
}

/**
 * After `azd provision`: a gateway that is new, or has a new key, in front of an app that has code.
 * A failure here is reported and not fatal: in `azd up` the deployment follows, and sets it again.
 * @param {Servers} servers
 */
export async function setGatewayKeyWhereCodeIs(servers) {
  if (!isNeeded(servers)) return;
  if (env.MCP_CODE_DEPLOYED_TO !== env.AZURE_FUNCTION_NAME) {
    process.stdout.write('Run azd deploy next. It also sets the key of the gateway in the app.\n');
    return;
  }
  const problem = await setKey([]);
  if (problem) {
    process.stderr.write(
      `The key of the gateway could not be set in the app yet. azd deploy sets it: ${problem}\n`,
    );
  }
}

/** @param {Servers} servers */
function isNeeded(servers) {
  return Boolean(env.APIM_NAME) && servers.some(takesTokens);
}

/**
 * @param {readonly number[]} pausesMs before each further attempt
 * @returns {Promise<string>} what is wrong; empty when the key is set
 */
async function setKey(pausesMs) {
  const { AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP, AZURE_FUNCTION_NAME } = env;
  const value = env.MCP_GATEWAY_KEY;
  if (!value) {
    return (
      'MCP_GATEWAY_KEY: expected the key that azd provision set in the gateway, got none. ' +
      'Fix: deploy from the environment in which you ran azd provision, or store the key as a secret of the pipeline'
    );
  }
  const path =
    `/subscriptions/${AZURE_SUBSCRIPTION_ID}/resourceGroups/${AZURE_RESOURCE_GROUP}/providers/Microsoft.Web` +
    `/sites/${AZURE_FUNCTION_NAME}/host/default/functionKeys/gateway?api-version=2024-11-01`;
  const body = { properties: { name: 'gateway', value } };
  let { problem, status } = await askResourceManager('PUT', path, body);
  for (const pauseMs of pausesMs) {
    if (!problem || status === 401 || status === 403) break;
    await wait(pauseMs);
    ({ problem, status } = await askResourceManager('PUT', path, body));
  }
  return problem;
}
