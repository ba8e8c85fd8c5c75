// The only reader of process.env in config, runtime and cli: read once, checked, frozen, passed on
// as arguments.

import { homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { ConfigError } from './diagnostics.ts';
import { publicUrl } from './formats.ts';
import { inheritedVariables } from './inherited.ts';
import { ONCE } from './once.ts';
import { type ResolvedTexts, resolveTexts } from './resolved-texts.ts';
import type { ServerConfig } from './schema.ts';

const LOG_FORMATS = ['json', 'text'] as const;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/**
 * The process's surroundings. Values come from environment variables; their names are given at each
 * field.
 */
export interface Environment {
  /**
   * FUNCTIONS_CUSTOMHANDLER_PORT (set by the Functions host), else PORT, else 3000. 0 = any free
   * port (PORT only).
   */
  readonly port: number;
  /** HOST: the address to listen on. Default: 127.0.0.1. */
  readonly host: string;
  /**
   * LOG_LEVEL: fatal, error, warn, info, debug, trace or silent. Default: info; warn in Azure while
   * telemetry is exported, because the Functions host copies each line to the same place.
   */
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /**
   * LOG_FORMAT: json or text. Default: text on a terminal, else json. Behind the Functions host it is
   * always json.
   */
  readonly logFormat?: (typeof LOG_FORMATS)[number];
  /** TERM=dumb: a terminal that cannot move its cursor. */
  readonly isDumbTerminal: boolean;
  /**
   * FUNCTIONS_CUSTOMHANDLER_PORT is set: the Functions host started this process and stands in
   * front of it.
   */
  readonly behindFunctionsHost: boolean;
  /** FUNCTIONS_CORETOOLS_ENVIRONMENT=true: `func start` on a developer's machine. */
  readonly underCoreTools: boolean;
  /** NODE_ENV=development or AZURE_FUNCTIONS_ENVIRONMENT=Development. */
  readonly development: boolean;
  /** WEBSITE_HOSTNAME: the app's host name in Azure. */
  readonly websiteHostname?: string;
  /** WEBSITE_AUTH_ENABLED=true: App Service authentication is in front of the app. */
  readonly easyAuthEnabled: boolean;
  /** MCP_PUBLIC_BASE_URL: the origin that clients use; wins over `host.publicUrl`. */
  readonly publicBaseUrl?: string;
  /** MCP_ENTRA_TENANT_ID: the directory whose tokens `auth: entra` accepts. */
  readonly entraTenantId?: string;
  /**
   * MCP_ENTRA_CLIENT_ID: the app registration that tokens for `auth: entra` are issued for (their
   * `aud`).
   */
  readonly entraClientId?: string;
  /**
   * MCP_ENTRA_SERVER_URIS: what stands before a scope when clients ask for it. address: the address
   * of the server, which the app registration has as an identifier URI. none: it has none, so the
   * client id. Default: address.
   */
  readonly entraServerUris: 'address' | 'none';
  /** AZURE_AUTHORITY_HOST: the origin of Entra's sign-in. Default: that of the public cloud. */
  readonly authorityHost: string;
  /**
   * MCP_HOST_STATE_KEY: seals what clients keep for this host; instances that share it serve each
   * other's clients.
   */
  readonly stateKey?: string;
  /** MCP_SERVERS_FILE as an absolute path. Default: servers.yaml in the current directory. */
  readonly serversFile: string;
  /** What every program of servers.yaml inherits, such as PATH and HOME. */
  readonly inherited: Readonly<Record<string, string>>;
  /** Present where App Service gives out tokens of the app's identity. */
  readonly identity?: AppIdentity;
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, also in lower case, which wins; empty when unset. */
  readonly proxy: ProxyVariables;
  /** Absent without a destination: then no telemetry package is loaded. */
  readonly telemetry?: TelemetrySettings;
}

/** How to get tokens of the app's identity. */
export interface AppIdentity {
  /** IDENTITY_ENDPOINT. */
  readonly endpoint: string;
  /** IDENTITY_HEADER: the secret that the endpoint requires. */
  readonly header: string;
  /** AZURE_CLIENT_ID: which of the app's identities; absent for the system-assigned one. */
  readonly clientId?: string;
}

/** Addresses of proxies by the scheme of what is called, and who is called without one. */
export interface ProxyVariables {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/**
 * Where telemetry goes, and how much of it. Values are checked when telemetry is loaded: a wrong
 * one must not keep the host from serving.
 */
export interface TelemetrySettings {
  /** APPLICATIONINSIGHTS_CONNECTION_STRING: the Application Insights resource to export to. */
  readonly connectionString?: string;
  /**
   * APPLICATIONINSIGHTS_AUTHENTICATION_STRING: `ClientId=<guid>;Authorization=AAD` asks for the
   * app's identity.
   */
  readonly authentication?: string;
  /** IDENTITY_ENDPOINT: where App Service gives out tokens of the app's identity. */
  readonly identityEndpoint?: string;
  /** IDENTITY_HEADER: the secret that IDENTITY_ENDPOINT requires. */
  readonly identityHeader?: string;
  /** Names of variables that are set and have no effect: the host sets these options itself. */
  readonly ignored: readonly string[];
  /** OTEL_EXPORTER_OTLP_ENDPOINT: base URL of an OTLP receiver (HTTP, protobuf). */
  readonly otlpEndpoint?: string;
  /**
   * OTEL_SERVICE_NAME, else WEBSITE_SITE_NAME, else functions-mcp-host: the first half of each
   * server's role.
   */
  readonly serviceName: string;
  /** WEBSITE_INSTANCE_ID: tells instances apart. Default: the name of this machine. */
  readonly instanceId: string;
  /** OTEL_TRACES_SAMPLER. Default: always_on. */
  readonly sampler: string;
  /**
   * OTEL_TRACES_SAMPLER_ARG: the share of traces to export, 0 to 1, for samplers that take one.
   * Default: 1.
   */
  readonly samplerArgument: string;
  /** OTEL_METRIC_EXPORT_INTERVAL, milliseconds. Default: 60000. */
  readonly metricIntervalMs: string;
}

function port(minimum: number) {
  const error = `a port number from ${minimum} to 65535`;
  return z
    .string()
    .regex(/^\d{1,5}$/, { error })
    .transform(Number)
    .pipe(z.int().min(minimum, { error }).max(65_535, { error }));
}

/** Compared with claims, which Entra writes in lower case. */
function guid() {
  return z
    .string()
    .toLowerCase()
    .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, { error: 'a GUID' });
}

function origin(example: string) {
  return z.string().refine((value) => publicUrl.explain(value) === undefined, {
    error: `an https origin such as ${example} (http for this machine only)`,
  });
}

const variables = z.object({
  FUNCTIONS_CUSTOMHANDLER_PORT: port(1).optional(),
  PORT: port(0).default(3000),
  HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:-]+$/, { error: 'a host name or an address' })
    .default('127.0.0.1'),
  LOG_LEVEL: z
    .string()
    .toLowerCase()
    // Without all level names: a line with "warn" in it is not an error to the Functions host.
    .pipe(z.enum(LOG_LEVELS, { error: 'a level from fatal to trace, or silent' }))
    .optional(),
  LOG_FORMAT: z
    .string()
    .toLowerCase()
    .pipe(z.enum(LOG_FORMATS, { error: 'json or text' }))
    .optional(),
  TERM: z.string().default(''),
  FUNCTIONS_CORETOOLS_ENVIRONMENT: z.string().default(''),
  NODE_ENV: z.string().default(''),
  AZURE_FUNCTIONS_ENVIRONMENT: z.string().default(''),
  WEBSITE_HOSTNAME: z.string().optional(),
  WEBSITE_AUTH_ENABLED: z.string().default(''),
  MCP_PUBLIC_BASE_URL: origin('https://mcp.example.com').optional(),
  MCP_ENTRA_TENANT_ID: guid().optional(),
  MCP_ENTRA_CLIENT_ID: guid().optional(),
  MCP_ENTRA_SERVER_URIS: z
    .enum(['address', 'none'], { error: 'address or none' })
    .default('address'),
  // Azure's own tools write it with a slash at the end.
  AZURE_AUTHORITY_HOST: z
    .string()
    .transform((value) => value.replace(/\/$/, ''))
    .pipe(origin('https://login.microsoftonline.us'))
    .default('https://login.microsoftonline.com'),
  MCP_HOST_STATE_KEY: z.string().min(32, { error: 'at least 32 characters' }).optional(),
  MCP_SERVERS_FILE: z.string().default('servers.yaml'),
  APPLICATIONINSIGHTS_CONNECTION_STRING: z.string().optional(),
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: z.string().optional(),
  APPLICATIONINSIGHTS_CONFIGURATION_CONTENT: z.string().optional(),
  APPLICATIONINSIGHTS_CONFIGURATION_FILE: z.string().optional(),
  IDENTITY_ENDPOINT: z.string().optional(),
  IDENTITY_HEADER: z.string().optional(),
  AZURE_CLIENT_ID: z.string().optional(),
  HTTP_PROXY: z.string().default(''),
  HTTPS_PROXY: z.string().default(''),
  NO_PROXY: z.string().default(''),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().optional(),
  OTEL_SDK_DISABLED: z.string().default(''),
  OTEL_SERVICE_NAME: z.string().optional(),
  WEBSITE_SITE_NAME: z.string().default('functions-mcp-host'),
  WEBSITE_INSTANCE_ID: z.string().default(hostname()),
  OTEL_TRACES_SAMPLER: z.string().default('always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.string().default('1'),
  OTEL_METRIC_EXPORT_INTERVAL: z.string().default('60000'),
});

type Variables = z.infer<typeof variables>;

/** How to repair each variable that can be wrong. */
const FIXES: Readonly<Record<string, string>> = {
  PORT: 'set PORT=3000, or PORT=0 for any free port',
  FUNCTIONS_CUSTOMHANDLER_PORT: 'unset it; only the Functions host may set it',
  HOST: 'unset it, or set HOST=127.0.0.1',
  LOG_LEVEL: 'set LOG_LEVEL=info, or another level from docs/configuration.md',
  LOG_FORMAT: 'unset it, or set LOG_FORMAT=json or LOG_FORMAT=text',
  MCP_PUBLIC_BASE_URL: 'set it to the scheme and host only, without a trailing slash',
  MCP_ENTRA_TENANT_ID: 'set it to the tenant (directory) id, not to its domain name',
  MCP_ENTRA_CLIENT_ID: 'set it to the application (client) id of the app registration',
  MCP_ENTRA_SERVER_URIS: 'unset it, or set it to none',
  AZURE_AUTHORITY_HOST: "unset it, or set it to the origin of your cloud's sign-in",
};

/**
 * Reads what the process needs from environment variables. An empty variable counts as unset.
 * @throws ConfigError with one diagnostic per faulty variable
 */
export function readEnvironment(source: NodeJS.ProcessEnv = process.env): Environment {
  const parsed = variables.safeParse(relevant(source), ONCE);
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map(({ path: [name], message }) => ({
        path: String(name),
        message: `expected ${message}, got ${shown(String(name), source[String(name)] ?? '')}`,
        fix: FIXES[String(name)] ?? 'correct it',
      })),
    );
  }
  const values = parsed.data;
  return Object.freeze({
    port: values.FUNCTIONS_CUSTOMHANDLER_PORT ?? values.PORT,
    host: values.HOST,
    logLevel: values.LOG_LEVEL ?? defaultLogLevel(values),
    ...(values.LOG_FORMAT === undefined ? {} : { logFormat: values.LOG_FORMAT }),
    isDumbTerminal: values.TERM === 'dumb',
    behindFunctionsHost: values.FUNCTIONS_CUSTOMHANDLER_PORT !== undefined,
    underCoreTools: isTrue(values.FUNCTIONS_CORETOOLS_ENVIRONMENT),
    development:
      values.NODE_ENV === 'development' || values.AZURE_FUNCTIONS_ENVIRONMENT === 'Development',
    ...(values.WEBSITE_HOSTNAME === undefined ? {} : { websiteHostname: values.WEBSITE_HOSTNAME }),
    easyAuthEnabled: isTrue(values.WEBSITE_AUTH_ENABLED),
    ...(values.MCP_PUBLIC_BASE_URL === undefined
      ? {}
      : { publicBaseUrl: values.MCP_PUBLIC_BASE_URL }),
    ...(values.MCP_ENTRA_TENANT_ID === undefined
      ? {}
      : { entraTenantId: values.MCP_ENTRA_TENANT_ID }),
    ...(values.MCP_ENTRA_CLIENT_ID === undefined
      ? {}
      : { entraClientId: values.MCP_ENTRA_CLIENT_ID }),
    entraServerUris: values.MCP_ENTRA_SERVER_URIS,
    authorityHost: values.AZURE_AUTHORITY_HOST,
    ...(values.MCP_HOST_STATE_KEY === undefined ? {} : { stateKey: values.MCP_HOST_STATE_KEY }),
    serversFile: resolve(values.MCP_SERVERS_FILE),
    // Read now: modules set variables of this process later.
    inherited: inheritedVariables(source, process.platform),
    proxy: {
      httpProxy: source.http_proxy || values.HTTP_PROXY,
      httpsProxy: source.https_proxy || values.HTTPS_PROXY,
      noProxy: source.no_proxy || values.NO_PROXY,
    },
    ...appIdentity(values),
    ...telemetrySettings(values),
  });
}

/**
 * MCP_SERVERS_FILE alone, for programs that need no other variable. An empty variable counts as
 * unset.
 */
export function readServersFile(source: NodeJS.ProcessEnv = process.env): string {
  return resolve(source.MCP_SERVERS_FILE || 'servers.yaml');
}

/** A variable that a person names on the command line. An empty variable counts as unset. */
export function readSecret(
  name: string,
  source: NodeJS.ProcessEnv = process.env,
): string | undefined {
  return source[name] || undefined;
}

function appIdentity(values: Variables): Pick<Environment, 'identity'> {
  const {
    IDENTITY_ENDPOINT: endpoint,
    IDENTITY_HEADER: header,
    AZURE_CLIENT_ID: clientId,
  } = values;
  if (endpoint === undefined || header === undefined) return {};
  return { identity: { endpoint, header, ...(clientId !== undefined && { clientId }) } };
}

/** Options of @azure/monitor-opentelemetry that it would take before those of the host. */
const OWN_OPTIONS = [
  'APPLICATIONINSIGHTS_CONFIGURATION_CONTENT',
  'APPLICATIONINSIGHTS_CONFIGURATION_FILE',
] as const;

function telemetrySettings(values: Variables): Pick<Environment, 'telemetry'> {
  const connectionString = values.APPLICATIONINSIGHTS_CONNECTION_STRING;
  const otlpEndpoint = values.OTEL_EXPORTER_OTLP_ENDPOINT;
  const isWanted = connectionString !== undefined || otlpEndpoint !== undefined;
  if (!isWanted || isTrue(values.OTEL_SDK_DISABLED)) return {};
  const optional = {
    connectionString,
    otlpEndpoint,
    authentication: values.APPLICATIONINSIGHTS_AUTHENTICATION_STRING,
    identityEndpoint: values.IDENTITY_ENDPOINT,
    identityHeader: values.IDENTITY_HEADER,
  };
  const present = Object.entries(optional).filter(([, value]) => value !== undefined);
  return {
    telemetry: {
      ...Object.fromEntries(present),
      ignored: OWN_OPTIONS.filter((name) => values[name] !== undefined),
      serviceName: values.OTEL_SERVICE_NAME ?? values.WEBSITE_SITE_NAME,
      instanceId: values.WEBSITE_INSTANCE_ID,
      sampler: values.OTEL_TRACES_SAMPLER,
      samplerArgument: values.OTEL_TRACES_SAMPLER_ARG,
      metricIntervalMs: values.OTEL_METRIC_EXPORT_INTERVAL,
    },
  };
}

function defaultLogLevel(values: Variables): Environment['logLevel'] {
  const isExported = telemetrySettings(values).telemetry?.connectionString !== undefined;
  return isExported && values.WEBSITE_HOSTNAME !== undefined ? 'warn' : 'info';
}

/**
 * PORT is not looked at where the Functions host names the port: there it may belong to something
 * else.
 */
function relevant(source: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const written = Object.entries(source).filter(([, value]) => value !== '');
  const isPortGiven = Boolean(source.FUNCTIONS_CUSTOMHANDLER_PORT);
  return Object.fromEntries(written.filter(([name]) => name !== 'PORT' || !isPortGiven));
}

/** Only what cannot be a secret is repeated: an address may carry a password. */
function shown(name: string, value: string): string {
  return !name.startsWith('MCP_') && value.length <= 16
    ? JSON.stringify(value)
    : `a text of ${value.length} characters`;
}

function isTrue(value: string): boolean {
  return value.toLowerCase() === 'true';
}

/** Where programs keep the settings of the person who runs this. */
export interface PersonalFolders {
  readonly platform: NodeJS.Platform;
  /** HOME; on Windows USERPROFILE. */
  readonly home: string;
  /** XDG_CONFIG_HOME. Default: .config in the home folder. */
  readonly xdg: string;
  /**
   * The system's folder of settings: APPDATA on Windows, Library/Application Support on macOS, else
   * as `xdg`.
   */
  readonly config: string;
  /** CODEX_HOME and CLAUDE_CONFIG_DIR: folders of their own for these clients. */
  readonly CODEX_HOME?: string | undefined;
  readonly CLAUDE_CONFIG_DIR?: string | undefined;
}

/** An empty variable counts as unset. */
export function readPersonalFolders(
  source: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): PersonalFolders {
  const home = (platform === 'win32' ? source.USERPROFILE : source.HOME) || homedir();
  const xdg = source.XDG_CONFIG_HOME || join(home, '.config');
  const configs: Partial<Record<NodeJS.Platform, string>> = {
    win32: source.APPDATA || join(home, 'AppData', 'Roaming'),
    darwin: join(home, 'Library', 'Application Support'),
  };
  return Object.freeze({
    platform,
    home,
    xdg,
    config: configs[platform] ?? xdg,
    CODEX_HOME: source.CODEX_HOME || undefined,
    CLAUDE_CONFIG_DIR: source.CLAUDE_CONFIG_DIR || undefined,
  });
}

/** Names of the variables that `auth: entra` needs and this environment lacks. */
export function missingEntraVariables(environment: Environment): string[] {
  return [
    ...(environment.entraTenantId === undefined ? ['MCP_ENTRA_TENANT_ID'] : []),
    ...(environment.entraClientId === undefined ? ['MCP_ENTRA_CLIENT_ID'] : []),
  ];
}

/** @returns the texts of an entry, or the sorted names of all variables that are missing */
export function resolveServer(
  server: ServerConfig,
  source: NodeJS.ProcessEnv = process.env,
): ResolvedTexts | { readonly missing: readonly string[] } {
  return resolveTexts(server, source);
}

/**
 * Writes the resolved variables of a module in the thread of the host to process.env, before it is
 * imported. Such modules share one environment: each sees what the others set. Two that give one
 * name two values are refused by the rules. Resolve the variables of all servers before any are
 * applied, so that what one sets is no reference of another.
 */
export function applyServerEnv(values: Readonly<Record<string, string>>): void {
  Object.assign(process.env, values);
}

/** Added by a module, it would switch off the checks of certificates for all. */
const OF_EVERYBODY = ['NODE_TLS_REJECT_UNAUTHORIZED'];

/**
 * Remembers the variables that are set now. Call it when those of the servers are.
 * @returns gives each of them its value back, and returns the names of those that had another one.
 * Further variables stay: modules read them from files of their own.
 */
export function watchEnvironment(): () => string[] {
  const before: NodeJS.ProcessEnv = { ...process.env };
  const names = [...new Set([...Object.keys(before), ...OF_EVERYBODY])];
  return () => {
    const changed = names.filter((name) => process.env[name] !== before[name]);
    for (const name of changed) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    return changed;
  };
}

/** Secrets of the host and of the Functions host; no server needs them. */
const OF_THE_HOST = /^(MCP_HOST_|APPLICATIONINSIGHTS_|AzureWebJobs)/i;

/**
 * What the environment of a module in a thread begins with: a copy of the host's, without its own
 * secrets. Call it before any values are applied: they are those of other servers.
 */
export function inheritedEnvironment(
  source: NodeJS.ProcessEnv = process.env,
): Readonly<Record<string, string>> {
  const entries = Object.entries(source) as [string, string][];
  return Object.fromEntries(entries.filter(([name]) => !OF_THE_HOST.test(name)));
}

/**
 * What @azure/monitor-opentelemetry takes from variables only, or from variables before what it is
 * told. To be called before it is imported.
 * @param metricIntervalMs as it was checked.
 */
export function prepareAzureMonitor(metricIntervalMs: number): void {
  const defaults = {
    // Reports on itself, to Microsoft and into our own resource.
    APPLICATION_INSIGHTS_NO_STATSBEAT: '1',
    APPLICATIONINSIGHTS_SDKSTATS_DISABLED: 'true',
    APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED: 'true',
    OTEL_NODE_RESOURCE_DETECTORS: 'env',
    // Baggage is the client's, and would travel on to third parties.
    OTEL_PROPAGATORS: 'tracecontext',
    // Bounds of what a server's own spans may carry.
    OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '4096',
    OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '64',
    OTEL_SPAN_EVENT_COUNT_LIMIT: '16',
    OTEL_SPAN_LINK_COUNT_LIMIT: '8',
  };
  for (const [name, value] of Object.entries(defaults)) process.env[name] ??= value;
  process.env.OTEL_METRIC_EXPORT_INTERVAL = String(metricIntervalMs);
  // Other options would be taken before ours, also from a file above this app. They could turn on
  // what the bundle leaves out.
  process.env.APPLICATIONINSIGHTS_CONFIGURATION_CONTENT = '{}';
  // Exporters that these name would be added, by its SDK alone and without our settings.
  for (const signal of ['TRACES', 'METRICS', 'LOGS'])
    process.env[`OTEL_${signal}_EXPORTER`] = 'none';
  // Read and checked already. Its own reading hears what a client says of sampling, and tells no
  // rate.
  delete process.env.OTEL_TRACES_SAMPLER;
  delete process.env.OTEL_TRACES_SAMPLER_ARG;
}
