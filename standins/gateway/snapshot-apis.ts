// The APIs of a snapshot: what the gateway serves at which path, with the policy of each.

import { type PredictedResource, resourcesOf, type Snapshot } from './snapshot.ts';

const SERVICE = 'Microsoft.ApiManagement/service';

/** One API, as the template deploys it. */
export interface Api {
  readonly name: string;
  /** With a slash at its front; empty: the root. */
  readonly path: string;
  /** Path of the backend behind the app's address. */
  readonly backendPath: string;
  readonly policy: string | undefined;
  readonly operations: readonly Operation[];
}

export interface Operation {
  readonly name: string;
  readonly method: string;
  readonly urlTemplate: string;
  readonly policy: string | undefined;
}

export function apisOf(snapshot: Snapshot): Api[] {
  const operations = resourcesOf(snapshot, `${SERVICE}/apis/operations`);
  const policies = resourcesOf(snapshot, `${SERVICE}/apis/policies`);
  const operationPolicies = resourcesOf(snapshot, `${SERVICE}/apis/operations/policies`);
  return resourcesOf(snapshot, `${SERVICE}/apis`).map((api) => {
    const { path, serviceUrl } = api.properties;
    return {
      name: lastName(api),
      path: path === '' ? '' : `/${path}`,
      backendPath: backendPathOf(serviceUrl),
      policy: policyOf(policies, api),
      operations: operations.filter(isBelow(api)).map((operation) => ({
        name: lastName(operation),
        method: operation.properties.method,
        urlTemplate: operation.properties.urlTemplate,
        policy: policyOf(operationPolicies, operation),
      })),
    };
  });
}

/**
 * The app's address is known to a deployment only; before, an expression puts the path behind it.
 */
function backendPathOf(serviceUrl: string): string {
  if (/^\[reference\(.*\)\.outputs\.url\.value\]$/.test(serviceUrl)) return '';
  const [, path] =
    /^\[format\('\{0\}(\/[^']+)'/.exec(serviceUrl) ??
    /^\[format\('\{0\}\{1\}', .*, '(\/[^']+)'\)\]$/.exec(serviceUrl) ??
    [];
  if (path === undefined) throw new Error(`serviceUrl: ${serviceUrl}`);
  return path;
}

/** The text of a policy, when the resource has one. */
function policyOf(policies: readonly PredictedResource[], owner: PredictedResource) {
  const found = policies.filter(isBelow(owner));
  if (found.length > 1) throw new Error(`${owner.name} has ${found.length} policies`);
  return found[0]?.properties.value as string | undefined;
}

function isBelow({ name }: PredictedResource) {
  return (resource: PredictedResource) => resource.name?.startsWith(`${name}/`) ?? false;
}

function lastName({ name = '' }: PredictedResource): string {
  return name.split('/').at(-1) ?? '';
}

/**
 * Puts the values of a deployment in place of named values:
 * https://learn.microsoft.com/azure/api-management/api-management-howto-properties
 */
export function withNamedValues(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{([A-Za-z0-9._-]+)\}\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) throw new Error(`There is no named value ${whole}`);
    return value;
  });
}
