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

/** APIs beside those of the servers. */
const otherApis = [documents, 'pages', 'registry'];

/** @typedef {{ name: string, path: string, auth: string, registry?: boolean | null }} Server */
/** @typedef {{ pages: boolean, registry: boolean }} HostSettings */

/**
 * The APIs that the template makes for servers.yaml: `gatewayApiNames` in servers.bicep. Another kind of API is another
 * line here.
 * @param {readonly Server[]} servers
 * @param {HostSettings} host
 */
export function apisFor(servers, { pages, registry }) {
  const isListed = servers.some((one) => one.auth !== 'function' && one.registry !== false);
  return [
    ...servers.map(({ name }) => `mcp-${name}`),
    ...(registry ? ['registry'] : []),
    ...(pages && isListed ? ['pages'] : []),
    ...(servers.some(takesTokens) ? [documents] : []),
  ];
}

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
 * @param {HostSettings} host
 * @returns {string[]}
 */
export function gatewayProblems(servers, host) {
  const limit = skus.get(env.APIM_SKU ?? '')?.apis ?? 0;
  const apis = apisFor(servers, host);
  const others = apis.filter((name) => otherApis.includes(name));
  const tokens = servers.filter(takesTokens).length;
  /** @type {Server[]} */
  const deployed = env.APIM_NAME ? JSON.parse(env.MCP_SERVERS || '[]') : [];
  const names = new Set(servers.map(({ name }) => name));
  const blocking = deployed.filter(
    ({ name, path }) =>
      !names.has(name) && servers.some((server) => `${server.path}/`.startsWith(`${path}/`)),
  );
  return [
    ...(apis.length > limit
      ? [
          `APIM_SKU=${env.APIM_SKU}: expected at most ${limit} APIs, got ${apis.length}: one for each of ` +
            `${[`${servers.length} servers`, ...others].join(', ')}. ` +
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
 * Deletes APIs and documents that servers.yaml no longer needs: deployments take nothing away. An API is ours if it has
 * one of our names and leads to this app.
 * @param {readonly Server[]} servers
 * @returns {string[]} lines to print
 */
export function deleteGatewayLeftovers(servers) {
  /** @type {Set<string>} */
  const expected = new Set(JSON.parse(env.APIM_APIS || '[]'));
  const apis = env.APIM_APIS
    ? list(`az apim api list ${service()}`, '[].[name, serviceUrl]')
    : undefined;
  if (apis === undefined) {
    return ['To see what the gateway serves:', `  az apim api list ${service()} --output table`];
  }
  const left = apis
    .filter(([name = '']) => name.startsWith('mcp-') || otherApis.includes(name))
    .filter(([name = '']) => !expected.has(name))
    .map(([name = '', url = '']) => ({ name, isOurs: leadsToApp(url), command: deleteApi(name) }));
  const withDocument = new Set(servers.filter(takesTokens).map(({ name }) => name));
  const operations = expected.has(documents)
    ? (list(`az apim api operation list ${service()} --api-id ${documents}`, '[].[name]') ?? [])
    : [];
  const stale = operations.flatMap(([name = '']) =>
    withDocument.has(name) ? [] : [{ name: `${documents}/${name}`, command: deleteDocument(name) }],
  );
  const ours = [...left.filter(({ isOurs }) => isOurs), ...stale];
  const deleted = ours.filter(({ command }) => runAz(command) !== undefined);
  const failed = ours.filter((each) => !deleted.includes(each));
  const foreign = left.filter(({ isOurs }) => !isOurs);
  return [
    ...(deleted.length > 0
      ? [
          `Deleted at the gateway, because servers.yaml no longer needs them: ${deleted.map(({ name }) => name).join(', ')}.`,
        ]
      : []),
    ...commandsUnder('These could not be deleted at the gateway. Delete them yourself:', failed),
    ...commandsUnder(
      'The gateway has APIs with such names that do not lead to this app. If nobody needs them:',
      foreign,
    ),
  ];
}

/**
 * @param {string} title
 * @param {readonly { command: string }[]} left
 */
function commandsUnder(title, left) {
  return left.length === 0 ? [] : [title, ...left.map(({ command }) => `  ${command}`)];
}

/** @param {string} serviceUrl */
function leadsToApp(serviceUrl) {
  const app = env.SERVICE_MCP_URI;
  return Boolean(app) && (serviceUrl === app || serviceUrl.startsWith(`${app}/`));
}

/** @param {string} name */
function deleteApi(name) {
  return `az apim api delete ${service()} --api-id ${name} --delete-revisions true --yes`;
}

/** @param {string} name of an operation */
function deleteDocument(name) {
  return `az apim api operation delete ${service()} --api-id ${documents} --operation-id ${name}`;
}

function service() {
  return `--resource-group ${env.AZURE_RESOURCE_GROUP} --service-name ${env.APIM_NAME}`;
}

/**
 * @param {string} command
 * @param {string} query a list of lists of texts
 * @returns {string[][] | undefined} undefined when az cannot be asked
 */
function list(command, query) {
  const output = runAz(command, ` --query "${query}" --output tsv`);
  return output
    ?.split(/\r?\n/)
    .filter(Boolean)
    .map((line) => line.split('\t'));
}

/**
 * @param {string} command its values are names of resources that the template made
 * @param {string} [further] options that are ours
 * @returns {string | undefined} what az printed; undefined if it failed or is not installed
 */
function runAz(command, further = '') {
  if (!/^[\w .()-]+$/.test(command)) return undefined;
  // On Windows az is a script, which only a shell can start.
  const { status, stdout } = spawnSync(command + further, {
    encoding: 'utf8',
    shell: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? stdout : undefined;
}
