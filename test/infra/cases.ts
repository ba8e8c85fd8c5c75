// The named cases: a servers.yaml and settings each, and what Bicep predicts for them
// (snapshots/<case>.json). At most ten: each takes the compiler some seconds.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseConfig } from '../../config/load.ts';
import { hasPath } from '../../config/server-path.ts';
import { resourcesOf, type Snapshot } from '../../standins/gateway/snapshot.ts';

export interface Case {
  readonly name: string;
  readonly serversYaml: string;
  /** Values of the azd environment. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Stands for every secret; a value of it in a template, snapshot or output is a leak. */
export const canary = 'canary-that-nobody-may-see-in-a-template';

const sample = readFileSync(resolve(import.meta.dirname, '../../servers.yaml'), 'utf8');

const everyAuth = `# Every word of auth, from the server and from defaults; numbers as YAML allows them.
host:
  strict: true
  registry: true
  serverCards: true
defaults:
  auth: anonymous
  timeoutMs: 0x7530
  rateLimit: { max: 600, windowSeconds: 60 }
  jwt: &issuer { issuer: https://login.example.com, audience: https://mcp.example.com/tokens }
servers:
  open:
    module: ./open.ts
    title: 'Open "data" <& more>'
    description: It's for everybody.
  deep-open: { module: ./deep.ts, path: /custom/path/mcp, enabled: True }
  keyed: { module: ./keyed.ts, auth: function, rateLimit: { max: 5, windowSeconds: 300 } }
  opener: { module: ./opener.ts, auth: function, registry: false, env: { KEY: "\${SERVER_KEY}" } }
  desk: { combine: { inner: {}, notes: { prefix: n }, opener: {} }, auth: entra, title: Desk }
  notes: { module: ./notes.ts, auth: entra, title: Notes }
  tasks: { module: ./tasks.ts, auth: entra, path: /team/tasks, scopes: [tasks.read, tasks.write] }
  tokens: { module: ./tokens.ts, auth: jwt, jwt: *issuer, scopes: [read], allowedOrigins: [https://app.example] }
  issuer:
    module: ./issuer.ts
    auth: jwt
    timeoutMs: 1e4
    jwt:
      issuer: https://id.example.com/tenant
      audience: mcp
      openIdConfigUrl: https://id.example.com/tenant/.well-known/openid-configuration
  sketch: { module: ./sketch.ts, enabled: false, auth: entra, isolation: thread, memoryMb: 4000 }
  inner: { module: ./inner.ts, auth: entra, path: none }
  program: { command: node, args: [./program.mjs], memoryMb: 1000 }
  thread: { module: ./thread.ts, isolation: thread, memoryMb: 500 }
  elsewhere: { url: "https://crm.example.com/mcp", headers: { x-api-key: "\${CRM_KEY}" }, auth: function }
`;

const oneEntra = `servers:
  notes: { module: ./notes.ts, auth: entra }
  weather: { module: ./weather.ts, instance: shared }
`;

const withoutPages = `host: { pages: false }
${oneEntra}`;

/** A browser finds the page of `notes`, and nothing at `/`. */
const withoutList = `defaults: { registry: false }
${oneEntra}`;

/**
 * Where the gateway's case has its tokens from, and what they are for: tests put their own in
 * place.
 */
export const gatewayAddresses = {
  issuer: 'https://issuer.example.com',
  url: 'https://mcp.example.com',
} as const;

/** Every word of auth behind the gateway, with and without limits, scopes and origins. */
const gateway = `host: { registry: true }
servers:
  notes:
    module: ./kernel-v2.mjs
    auth: jwt
    jwt: { issuer: "${gatewayAddresses.issuer}", audience: "${gatewayAddresses.url}/notes/mcp" }
    scopes: [notes.read, notes.write]
    allowedOrigins: [https://app.example.com, http://localhost:8080, chrome-extension://abcdefghijklmnop, app://obsidian.md]
  tasks:
    module: ./kernel-v1.mjs
    instance: shared
    auth: jwt
    jwt: { issuer: "${gatewayAddresses.issuer}", audience: "${gatewayAddresses.url}/tasks/mcp" }
    rateLimit: { max: 30, windowSeconds: 60 }
  weather: { module: ./kernel-v1.mjs, auth: entra }
  time: { module: ./kernel-v2.mjs, instance: shared, auth: entra, rateLimit: { max: 30, windowSeconds: 60 } }
  open: { module: ./kernel-v2.mjs, auth: anonymous, timeoutMs: 500, allowedOrigins: [https://app.example.com] }
  few: { module: ./kernel-v2.mjs, auth: anonymous, rateLimit: { max: 30, windowSeconds: 60 } }
  keyed: { module: ./kernel-v2.mjs, auth: function, maxBodyBytes: 1000, rateLimit: { max: 1000000, windowSeconds: 300 } }
  counted: { module: ./kernel-v2.mjs, auth: function, rateLimit: { max: 30, windowSeconds: 60 } }
`;

export const cases: readonly Case[] = [
  { name: 'sample', serversYaml: sample, settings: {} },
  {
    name: 'network',
    serversYaml: sample,
    settings: {
      VNET_ENABLED: 'true',
      ALWAYS_READY: '1',
      INSTANCE_MEMORY_MB: '512',
      MAX_INSTANCES: '5',
      ALLOWED_IP_RANGES: '192.0.2.0/24, 198.51.100.7/32',
      LOG_RETENTION_DAYS: '90',
      LOG_DAILY_CAP_GB: '5',
      TRACE_SAMPLING_PERCENT: '5',
      ALERT_EMAIL: 'people@example.com',
    },
  },
  {
    name: 'alerts',
    serversYaml: sample,
    settings: {
      ALERT_EMAIL: 'people@example.com',
      ALERTS_ENABLED: 'true',
      ALERT_FAILED_PERCENT: '25',
      ALERT_LATENCY_MS: '2500',
      ALERT_REFUSALS: '7',
    },
  },
  {
    name: 'every-auth',
    serversYaml: everyAuth,
    settings: { MCP_SERVER_ENV: JSON.stringify({ SERVER_KEY: canary }) },
  },
  {
    name: 'entra-changes',
    serversYaml: withoutPages,
    settings: {
      ENTRA_SCOPES: 'mcp.notes,mcp.gone',
      ENTRA_ROLES: 'mcp.notes.app,mcp.gone.app',
      PRE_AUTHORIZED_CLIENT_IDS:
        '11111111-1111-1111-1111-111111111111, 22222222-2222-2222-2222-222222222222',
      ENTRA_ASSIGNMENT_REQUIRED: 'true',
      SERVICE_MANAGEMENT_REFERENCE: '33333333-3333-3333-3333-333333333333',
      RESOURCE_TOKEN: 'abcdefgh23456',
      ENTRA_CODEX_REDIRECT_URIS: 'http://127.0.0.1/callback/hBdzNJrW4OL1',
      // Emptied: as if it were not set.
      ENTRA_SERVER_URIS: '',
      ENTRA_CLIENTS: '',
    },
  },
  {
    name: 'entra-clients',
    serversYaml: withoutList,
    settings: {
      RESOURCE_TOKEN: 'abcdefgh23456',
      ENTRA_CLIENTS: 'loopback, vscode, claude, cursor, chatgpt',
      ENTRA_REDIRECT_URIS:
        'http://127.0.0.1/another/callback, https://chatgpt.com/connector/oauth/abc123, https://global.consent.azure-apim.net/redirect/abc123',
      ENTRA_CODEX_REDIRECT_URIS: 'http://127.0.0.1/callback/hBdzNJrW4OL1',
      ENTRA_ROLE_GROUPS:
        // The last one has its role already.
        '44444444-4444-4444-4444-444444444444, mcp.notes.app=55555555-5555-5555-5555-555555555555, mcp.notes.app=44444444-4444-4444-4444-444444444444',
    },
  },
  {
    name: 'entra-none',
    serversYaml: withoutPages,
    settings: { ENTRA_SERVER_URIS: 'none', ENTRA_CLIENTS: 'vscode', APIM_SKU: 'BasicV2' },
  },
  { name: 'gateway', serversYaml: gateway, settings: { APIM_SKU: 'BasicV2' } },
  { name: 'gateway-keys', serversYaml: sample, settings: { APIM_SKU: 'Developer' } },
  {
    name: 'gateway-domain',
    serversYaml: oneEntra,
    settings: {
      APIM_SKU: 'StandardV2',
      ALLOWED_IP_RANGES: '192.0.2.0/24,198.51.100.7/32',
      APIM_PUBLISHER_EMAIL: 'mcp@example.com',
      APIM_CUSTOM_DOMAIN: 'mcp.example.com',
      APIM_CERTIFICATE_URL: 'https://vault.vault.azure.net/secrets/mcp',
    },
  },
];

/** Whether API Management is in front. */
export function hasGateway({ settings }: Pick<Case, 'settings'>): boolean {
  return (settings.APIM_SKU ?? 'none') !== 'none';
}

/**
 * Whether the route of a server needs no key: behind the gateway, which has one, only `anonymous`
 * does.
 */
export function isOpenRoute(auth: string, one: Pick<Case, 'settings'>): boolean {
  return auth === 'anonymous' || (auth !== 'function' && !hasGateway(one));
}

/** What a browser is given: a list at `/`, and whether the app has it without a key. */
export function homeOf(one: Pick<Case, 'serversYaml' | 'settings'>): {
  readonly isThere: boolean;
  readonly isOpen: boolean;
} {
  const { host, servers } = parseConfig(one.serversYaml, 'servers.yaml');
  const served = servers.filter((each) => each.enabled && hasPath(each));
  const isOnList = ({ auth, registry }: (typeof served)[number]) =>
    auth !== 'function' && registry !== false;
  const isThere = host.pages && served.some(isOnList);
  const hasKey = hasGateway(one) && served.some(({ auth }) => auth === 'entra' || auth === 'jwt');
  return { isThere, isOpen: isThere && !hasKey };
}

/** Settings as the hook leaves them: there is always a sealing key. */
export function settingsOf({ settings }: Pick<Case, 'settings'>): Record<string, string> {
  return { MCP_HOST_STATE_KEY: canary, MCP_GATEWAY_KEY: canary, ...settings };
}

/** Path of a case's committed snapshot. */
export function snapshotPath(name: string): string {
  return join(import.meta.dirname, 'snapshots', `${name}.json`);
}

export function readSnapshot(name: string): Snapshot {
  return JSON.parse(readFileSync(snapshotPath(name), 'utf8'));
}

/**
 * The app settings that are known before a deployment. Together they are one expression, because
 * the variables of servers are a secret parameter; in it, names and texts stand side by side.
 */
export function literalSettings(snapshot: Snapshot): Record<string, string> {
  const [settings] = resourcesOf(snapshot, 'Microsoft.Web/sites/config');
  const pairs = String(settings?.properties).matchAll(/'(\w+)', '((?:[^']|'')*)'(?=[,)])/g);
  return Object.fromEntries(
    [...pairs].map(([, name, text]) => [name as string, (text as string).replaceAll("''", "'")]),
  );
}
