// Checks whether the region offers every service that the template uses. It runs only before the
// first deployment, and a region that cannot be checked does not stop the deployment.

import { usesGateway } from './gateway.mjs';
import { askResourceManager } from './resource-manager.mjs';

/**
 * @param {Readonly<NodeJS.ProcessEnv>} env
 * @returns {Promise<string[]>}
 */
export async function regionProblems(env) {
  const { AZURE_SUBSCRIPTION_ID: subscription, AZURE_LOCATION: location, APIM_SKU: sku } = env;
  if (!subscription || !location) return [];
  const providers = `/subscriptions/${subscription}/providers`;
  const problems = [];
  if (!env.AZURE_FUNCTION_NAME) {
    const regions = await list(
      `${providers}/Microsoft.Web/geoRegions?sku=FlexConsumption&api-version=2024-11-01`,
      ({ name }) => [name],
    );
    problems.push(...refuse(location, 'Functions on Flex Consumption', regions));
  }
  if (usesGateway() && !env.APIM_NAME) {
    const regions = await list(
      `${providers}/Microsoft.ApiManagement/skus?api-version=2024-05-01`,
      ({ name, resourceType, locations }) =>
        name === sku && resourceType === 'service' ? locations : [],
    );
    problems.push(...refuse(location, `API Management ${sku}`, regions));
  }
  return problems;
}

/**
 * @param {string} location
 * @param {string} what
 * @param {readonly string[]} regions none: no one knows
 */
function refuse(location, what, regions) {
  if (regions.length === 0 || regions.includes(nameOf(location))) return [];
  return [
    `AZURE_LOCATION: expected a region with ${what}, got ${location}. ` +
      `Fix: azd env set AZURE_LOCATION REGION, with one of ${regions.toSorted().join(', ')}`,
  ];
}

/**
 * @param {string} path
 * @param {(item: any) => readonly string[]} regionsOf
 * @returns {Promise<string[]>}
 */
async function list(path, regionsOf) {
  const { body, problem } = await askResourceManager('GET', path);
  if (problem)
    process.stderr.write(
      `The deployment continues without a check that the region offers all services: ${problem}\n`,
    );
  const items = Array.isArray(body?.value) ? body.value : [];
  return [...new Set(items.flatMap(regionsOf).map(nameOf))];
}

/** "Sweden Central" and swedencentral are one region. @param {string} region */
function nameOf(region) {
  return region.replaceAll(' ', '').toLowerCase();
}
