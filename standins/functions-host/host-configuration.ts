// host.json, its profile and the app settings as one typed value, or an error that the real host
// would also stop with. Does not look at the handler or at routes' templates.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { layerFromEnvironment, layerFromJson, Settings } from './configuration-layers.ts';
import { parseTimeSpanMs } from './time-span.ts';

/** The Functions host refuses to start with this configuration. */
export class HostConfigurationError extends Error {
  override readonly name = 'HostConfigurationError';
}

/**
 * `customHandler.description` with the defaults of host:
 * WebJobs.Script/Workers/Http/HttpWorkerDescription.cs.
 */
export interface HandlerDescription {
  readonly defaultExecutablePath: string;
  readonly defaultWorkerPath: string | undefined;
  readonly workingDirectory: string | undefined;
  readonly arguments: readonly string[];
  readonly workerArguments: readonly string[];
  /** Default true: every stderr line without "warn" is an error. */
  readonly useStdErrorStreamForErrorsOnly: boolean;
}

/** One entry of `customHandler.http.routes`; an absent level is the default level. */
export interface RouteSetting {
  readonly route: string;
  readonly authorizationLevel: string;
}

/** What the stand-in takes from the configuration. */
export interface HostConfiguration {
  readonly routePrefix: string;
  readonly description: HandlerDescription;
  /** `undefined`: the host looks for a free port. */
  readonly port: number | undefined;
  readonly initializationTimeoutMs: number | undefined;
  /** `Infinity` for `-1`. */
  readonly functionTimeoutMs: number | undefined;
  readonly routes: readonly RouteSetting[];
  readonly runtimeIsCustom: boolean;
  /** `OpenTelemetry`, or else the classic Application Insights. */
  readonly telemetryMode: string;
}

const handlerProfiles = ['mcp-custom-handler', 'web-app-custom-handler'];

// host: WebJobs.Script/Configuration/HostConfigurationProfile.cs
const profileLayer = layerFromJson({
  customHandler: { enableProxyingHttpRequest: true, http: { routes: [{ route: '{*route}' }] } },
  extensions: { http: { routePrefix: '' } },
});

/**
 * Reads host.json below the app settings and above its profile.
 *
 * @throws HostConfigurationError where the real host would not start, and for configurations that
 * the stand-in does not implement (anything but proxying).
 */
export function readHostConfiguration(
  appRoot: string,
  environment: Readonly<Record<string, string>>,
): HostConfiguration {
  const hostJson = layerFromJson(JSON.parse(readFileSync(join(appRoot, 'host.json'), 'utf8')));
  const written = [hostJson, layerFromEnvironment(environment)];
  const profile = handlerProfile(new Settings(written));
  const settings = new Settings(profile ? [profileLayer, ...written] : written);
  const version = settings.text('version');
  if (version !== '2.0') {
    throw new HostConfigurationError(
      `host.json: expected "version": "2.0", got ${JSON.stringify(version)}`,
    );
  }
  if (settings.text('customHandler:enableProxyingHttpRequest')?.toLowerCase() !== 'true') {
    throw new HostConfigurationError('The stand-in needs customHandler.enableProxyingHttpRequest');
  }
  const port = settings.text('customHandler:port');
  return {
    routePrefix: settings.text('extensions:http:routePrefix') ?? 'api',
    description: readDescription(settings),
    port: port === undefined ? undefined : Number(port),
    initializationTimeoutMs: timeSpanMs(settings, 'customHandler:initializationTimeout'),
    functionTimeoutMs: timeSpanMs(settings, 'functionTimeout'),
    routes: readRoutes(settings),
    telemetryMode: settings.text('telemetryMode') ?? 'ApplicationInsights',
    runtimeIsCustom: profile || runtimeIsCustom(environment),
  };
}

function handlerProfile(settings: Settings): boolean {
  const name = settings.text('configurationProfile')?.toLowerCase() ?? '';
  if (handlerProfiles.includes(name)) return true;
  if (name === '' || name === 'default') return false;
  throw new HostConfigurationError(`The configuration profile '${name}' is not supported.`);
}

function readDescription(settings: Settings): HandlerDescription {
  const at = 'customHandler:description';
  const defaultExecutablePath = settings.text(`${at}:defaultExecutablePath`);
  if (!settings.has(at)) throw new HostConfigurationError('Missing worker Description.');
  if (!defaultExecutablePath) {
    throw new HostConfigurationError('WorkerDescription DefaultExecutablePath cannot be empty');
  }
  const list = (key: string) => settings.elements(key).map((item) => settings.text(item) ?? '');
  return {
    defaultExecutablePath,
    defaultWorkerPath: settings.text(`${at}:defaultWorkerPath`),
    workingDirectory: settings.text(`${at}:workingDirectory`),
    arguments: list(`${at}:arguments`),
    workerArguments: list(`${at}:workerArguments`),
    useStdErrorStreamForErrorsOnly:
      settings.text(`${at}:useStdErrorStreamForErrorsOnly`)?.toLowerCase() !== 'false',
  };
}

function readRoutes(settings: Settings): RouteSetting[] {
  const defaultLevel = settings.text('customHandler:http:defaultAuthorizationLevel') ?? 'function';
  return settings.elements('customHandler:http:routes').map((at) => ({
    route: settings.text(`${at}:route`) ?? '',
    authorizationLevel: (settings.text(`${at}:authorizationLevel`) ?? defaultLevel).toLowerCase(),
  }));
}

function runtimeIsCustom(environment: Readonly<Record<string, string>>): boolean {
  const flags = environment.AzureWebJobsFeatureFlags?.split(',') ?? [];
  return (
    environment.FUNCTIONS_WORKER_RUNTIME === 'custom' ||
    flags.some((flag) => flag.trim() === 'EnableMcpCustomHandlerPreview')
  );
}

function timeSpanMs(settings: Settings, key: string): number | undefined {
  const text = settings.text(key);
  if (text === undefined) return undefined;
  const milliseconds = parseTimeSpanMs(text);
  if (milliseconds !== undefined) return milliseconds;
  throw new HostConfigurationError(`${key}: expected hh:mm:ss or -1, got ${JSON.stringify(text)}`);
}
