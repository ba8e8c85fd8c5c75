// Functions of a custom handler: one per entry of `customHandler.http.routes`, and which of them
// takes a request.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type HostConfiguration, HostConfigurationError } from './host-configuration.ts';
import {
  InvalidRouteError,
  matchesRoute,
  parseRouteTemplate,
  type RouteTemplate,
} from './route-template.ts';

/** One generated HTTP function. */
export interface HttpFunction {
  /** `http-handlerN`, N counted in the order of the routes. */
  readonly name: string;
  /** `anonymous`, `function` or `admin`. */
  readonly authorizationLevel: string;
  readonly template: RouteTemplate;
}

// host: WebJobs.Script/Workers/Http/HttpWorkerFunctionProvider.cs; a CONNECT never gets so far
// (measured).
const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE'];

/** The real host starts with this mistake, and answers 503 to everything (measured). */
export class FunctionJsonError extends Error {
  override readonly name = 'FunctionJsonError';
}

/**
 * Builds the functions, in the order in which they are matched: by name, so that `http-handler10`
 * comes before `http-handler2`. A function with an invalid route is reported and left out.
 *
 * @throws HostConfigurationError for routes under another runtime than custom.
 * @throws FunctionJsonError for routes beside function.json folders.
 */
export function loadFunctions(
  configuration: HostConfiguration,
  appRoot: string,
  report: (line: string) => void,
): HttpFunction[] {
  const { routes, routePrefix } = configuration;
  if (routes.length > 0 && !configuration.runtimeIsCustom) {
    throw new HostConfigurationError(
      'Routes configuration is only allowed for worker runtime: custom',
    );
  }
  if (routes.length > 0 && hasFunctionJson(appRoot)) {
    throw new FunctionJsonError(
      'Detected both function.json files and custom handler HTTP route configuration definition in host.json',
    );
  }
  const prefix = routePrefix === '' ? '' : `${routePrefix}/`;
  const functions = routes.flatMap(({ route, authorizationLevel }, index) => {
    const name = `http-handler${index + 1}`;
    try {
      parseRouteTemplate(route);
      return [{ name, authorizationLevel, template: parseRouteTemplate(prefix + route) }];
    } catch (error) {
      if (!(error instanceof InvalidRouteError)) throw error;
      report(`Unable to create function '${name}' for '${route}': ${error.message}`);
      return [];
    }
  });
  return functions.sort((one, other) => (one.name < other.name ? -1 : 1));
}

function hasFunctionJson(appRoot: string): boolean {
  return readdirSync(appRoot, { withFileTypes: true }).some(
    (entry) => entry.isDirectory() && existsSync(join(appRoot, entry.name, 'function.json')),
  );
}

/** The first function that takes this method and decoded path. */
export function findFunction(
  functions: readonly HttpFunction[],
  method: string,
  path: string,
): HttpFunction | undefined {
  if (!methods.includes(method)) return undefined;
  return functions.find(({ template }) => matchesRoute(template, path));
}
