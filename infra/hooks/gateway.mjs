// API Management in the hooks: its price, its limits, and the APIs of servers that no longer exist.
// azd has no commands for it, so the hooks call az.

import { spawnSync } from 'node:child_process';

const { env } = process;

/** What a month costs about, in US dollars, and how many APIs fit. */
// https://learn.microsoft.com/azure/api-management/service-limits (the pages name none for classic tiers)
const skus = new Map([
  ['BasicV2', { dollars: 150, apis: 150 }],
  ['StandardV2', { dollars: 700, apis: 500 }],
  ['Developer', { dollars: 50, apis: Number.POSITIVE_INFINITY }],
  ['Basic', { dollars: 150, apis: Number.POSITIVE_INFINITY }],
  ['Standard', { dollars: 700, apis: Number.POSITIVE_INFINITY }],
  ['Premium', { dollars: 2800, apis: Number.POSITIVE_INFINITY }],
]);

/** All servers' documents are operations of one API, which takes no more. */
const maxOperationsOfApi = 100;

export const skuNames = [...skus.keys()];

/** The API with the documents; gateway-apis.bicep. */
const documents = 'protected-resource-metadata';

/** APIs beside those of the servers, of which an app may have all. */
const otherApis = [documents, 'pages', 'registry'];

/** @typedef {{ name: string, path: string, auth: string }} Server */

/** Servers whose calls carry the key of the gateway. @param {{ auth: string }} server */
export const takesTokens = ({ auth }) => auth === 'entra' || auth === 'jwt';

export const usesGateway = () => skus.has(env.APIM_SKU ?? '');

export function gatewayCosts() {
  return `API Management ${env.APIM_SKU}: ${price(env.APIM_SKU ?? '')}`;
}

/** One line for people who have not decided; nothing when they have. */
export function gatewayOffer() {
  if (env.APIM_SKU) return [];
  return [
    `To put API Management in front of the app (${price('BasicV2')}): azd env set APIM_SKU BasicV2, then azd up. See docs/gateway.md`,
  ];
}

/** @param {string} name */
function price(name) {
  return `about $${skus.get(name)?.dollars} a month, charged from the first minute, with or without traffic`;
}

/**
 * What API Management would refuse in the middle of a deployment.
 * @param {readonly Server[]} servers
 * @returns {string[]}
 */
export function gatewayProblems(servers) {
  const limit = (skus.get(env.APIM_SKU ?? '')?.apis ?? 0) - otherApis.length;
  const tokens = servers.filter(takesTokens).length;
  /** @type {Server[]} */
  const deployed = env.APIM_NAME ? JSON.parse(env.MCP_SERVERS || '[]') : [];
  const names = new Set(servers.map(({ name }) => name));
  const blocking = deployed.filter(
    ({ name, path }) =>
      !names.has(name) && servers.some((server) => `${server.path}/`.startsWith(`${path}/`)),
  );
  return [
    ...(servers.length > limit
      ? [
          `APIM_SKU=${env.APIM_SKU}: expected at most ${limit} servers in servers.yaml, got ${servers.length}. ` +
            'Fix: disable servers, or choose a larger SKU with azd env set APIM_SKU',
        ]
      : []),
    ...(tokens > maxOperationsOfApi
      ? [
          `APIM_SKU: expected at most ${maxOperationsOfApi} servers with "auth: entra" or "jwt", got ${tokens}. ` +
            'Fix: disable servers, or deploy two environments',
        ]
      : []),
    ...blocking.map(
      ({ name, path }) =>
        `servers.yaml: "${path}" is still the path of ${name} at the gateway, but that server was renamed or removed. ` +
        `Fix: ${deleteApi(`mcp-${name}`)}`,
    ),
  ];
}

/**
 * APIs and documents that the gateway has and servers.yaml no longer: deployments take nothing away.
 * @param {readonly Server[]} servers
 * @returns {string[]} lines to print
 */
export function gatewayLeftovers(servers) {
  /** @type {Set<string>} */
  const expected = new Set(JSON.parse(env.APIM_APIS || '[]'));
  const withDocument = new Set(servers.filter(takesTokens).map(({ name }) => name));
  const apis = env.APIM_APIS ? list(`az apim api list ${service()}`) : undefined;
  if (apis === undefined) {
    return ['To see what the gateway serves:', `  az apim api list ${service()} --output table`];
  }
  const commands = apis
    .filter((name) => name.startsWith('mcp-') || otherApis.includes(name))
    .filter((name) => !expected.has(name))
    .map(deleteApi);
  const operations = expected.has(documents)
    ? (list(`az apim api operation list ${service()} --api-id ${documents}`) ?? [])
    : [];
  const stale = operations
    .filter((name) => !withDocument.has(name))
    .map(
      (name) =>
        `az apim api operation delete ${service()} --api-id ${documents} --operation-id ${name}`,
    );
  const all = [...commands, ...stale];
  if (all.length === 0) return [];
  return [
    'The gateway still has APIs that servers.yaml no longer needs. To delete them:',
    ...all.map((command) => `  ${command}`),
  ];
}

/** @param {string} name */
function deleteApi(name) {
  return `az apim api delete ${service()} --api-id ${name} --delete-revisions true --yes`;
}

function service() {
  return `--resource-group ${env.AZURE_RESOURCE_GROUP} --service-name ${env.APIM_NAME}`;
}

/**
 * @param {string} command its values are names of resources that the template made
 * @returns {string[] | undefined} names, or undefined when az cannot be asked
 */
function list(command) {
  if (!/^[\w .()-]+$/.test(command)) return undefined;
  // On Windows az is a script, which only a shell can start.
  const query = `${command} --query "[].name" --output tsv`;
  const { status, stdout } = spawnSync(query, {
    encoding: 'utf8',
    shell: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? stdout.split(/\s+/).filter(Boolean) : undefined;
}
