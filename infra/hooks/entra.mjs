// Microsoft Entra in the hooks: checks what Entra would refuse in the middle of a deployment,
// registers the addresses that Entra must know, and removes its apps, which azd does not manage.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setValues } from './azd.mjs';
import { isGuid } from './settings.mjs';

/** Redirect URIs by the words of ENTRA_CLIENTS; the template reads the same file. */
const knownClients = JSON.parse(
  readFileSync(new URL('../entra-clients.json', import.meta.url), 'utf8'),
);
const defaultClients = 'loopback,vscode';

// https://learn.microsoft.com/entra/identity-platform/reply-url and supported-accounts-validation
const maxRedirectUris = 256;
const maxIdentifierUriLength = 255;

/** @typedef {{ name: string, path: string, auth: string, scopes: string[] }} Server */
/** @typedef {Readonly<NodeJS.ProcessEnv>} Env */

/** @type {(text: string | undefined) => string[]} */
const listOf = (text) =>
  (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);

/** @param {readonly Server[]} servers */
const entraServers = (servers) => servers.filter(({ auth }) => auth === 'entra');

/**
 * One line for each value that Entra or the template would refuse.
 * @param {Env} env
 * @returns {string[]}
 */
export function entraSettingProblems(env) {
  const words = Object.keys(knownClients);
  const unknown = listOf(env.ENTRA_CLIENTS).find((word) => !words.includes(word));
  if (unknown !== undefined) {
    const expected = `a list of these words, separated by commas: ${words.join(', ')}`;
    return [problem('ENTRA_CLIENTS', expected, unknown)];
  }
  return [...redirectProblems(env), ...groupProblems(env.ENTRA_ROLE_GROUPS)];
}

/** @param {Env} env @returns {string[]} */
function redirectProblems(env) {
  const name = 'ENTRA_REDIRECT_URIS';
  const more = listOf(env[name]);
  const bad = more.find((uri) => !isRedirectUri(uri));
  if (bad !== undefined) {
    const expected =
      'https addresses, http://localhost or http://127.0.0.1, or a scheme of the client, ' +
      "separated by commas, without the characters * # ! $ ' ( ) ; and with at most 256 characters each";
    return [problem(name, expected, bad)];
  }
  const words = listOf(env.ENTRA_CLIENTS || defaultClients);
  /** @type {string[]} */
  const all = [...new Set([...words.flatMap((word) => knownClients[word]), ...more])];
  const [uri, other] =
    all.flatMap((one, index) => {
      const twin = all.slice(0, index).find((each) => withoutPort(each) === withoutPort(one));
      return twin === undefined ? [] : [[one, twin]];
    })[0] ?? [];
  if (uri !== undefined) {
    const expected = `redirect URIs that differ in more than the port, because Entra ignores the port (${other} is already in the list)`;
    return [problem(name, expected, uri)];
  }
  if (all.length <= maxRedirectUris) return [];
  return [problem(name, `at most ${maxRedirectUris} redirect URIs in total`, String(all.length))];
}

/** @param {string} text */
function isRedirectUri(text) {
  if (text.length > 256 || !/^[a-z][a-z0-9+.-]*:\/\/[^\s*#!$'();,"\\]+$/i.test(text)) return false;
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username || password || ['javascript:', 'data:', 'file:'].includes(protocol)) return false;
  return protocol !== 'http:' || hostname === 'localhost' || hostname === '127.0.0.1';
}

/** Only for loopback is the port ignored. @param {string} uri */
function withoutPort(uri) {
  return uri
    .replace(/^[^:]+:\/\/[^/]*/, (origin) => origin.toLowerCase())
    .replace(/^(https?:\/\/(?:localhost|127\.0\.0\.1)):\d+/, '$1');
}

/** @param {string | undefined} text @returns {string[]} */
function groupProblems(text) {
  const bad = listOf(text).find((entry) => {
    const [id = '', role, ...rest] = entry.split('=').reverse();
    return (
      !isGuid(id) || rest.length > 0 || (role !== undefined && !/^[A-Za-z0-9._-]+$/.test(role))
    );
  });
  if (bad === undefined) return [];
  const expected =
    'object ids of groups (GUIDs), each alone or after a role, such as mcp.weather.app=GUID';
  return [problem('ENTRA_ROLE_GROUPS', expected, bad)];
}

/**
 * What only the servers tell: roles that no server has, and addresses that are too long.
 * @param {Env} env
 * @param {readonly Server[]} servers
 * @returns {string[]}
 */
export function entraProblems(env, servers) {
  const own = entraServers(servers);
  const roles = own.map(({ name }) => `mcp.${name}.app`);
  const unknown = listOf(env.ENTRA_ROLE_GROUPS)
    .filter((entry) => entry.includes('='))
    .map((entry) => entry.split('=')[0] ?? '')
    .find((role) => !roles.includes(role));
  const origin = originOf(env, resourceToken(env));
  const long = own.find(({ path }) => `${origin ?? ''}${path}`.length > maxIdentifierUriLength);
  return [
    ...(unknown === undefined
      ? []
      : [problem('ENTRA_ROLE_GROUPS', `only the roles ${roles.join(', ') || 'none'}`, unknown)]),
    ...(long === undefined || env.ENTRA_SERVER_URIS === 'none'
      ? []
      : [
          `servers.yaml: expected an address of at most ${maxIdentifierUriLength} characters for ${long.name}, because Entra must store it. ` +
            'Fix: give the server a shorter "path"',
        ]),
  ];
}

/**
 * What the template gets to know: the token of all names, and Codex' redirect URIs, which contain a
 * hash that Bicep cannot make.
 * @param {Env} env
 * @param {readonly Server[]} servers
 * @returns {Record<string, string>}
 */
export function entraValues(env, servers) {
  const token = resourceToken(env);
  const origin = originOf(env, token);
  const uris = origin
    ? entraServers(servers).map(({ path }) => codexRedirectUri(origin + path))
    : [];
  return {
    ...(token !== undefined && { RESOURCE_TOKEN: token }),
    ...((uris.length > 0 || env.ENTRA_CODEX_REDIRECT_URIS) && {
      ENTRA_CODEX_REDIRECT_URIS: uris.join(','),
    }),
  };
}

/** As Codex makes it since 0.171: https://github.com/openai/codex/pull/20237 @param {string} address */
function codexRedirectUri(address) {
  const id = createHash('sha256').update(address).digest('base64url').slice(0, 12);
  return `http://127.0.0.1/callback/${id}`;
}

/**
 * The part that all names share. That of a deployed app stays; otherwise it comes from what azd asked
 * for, so that a second checkout of the project makes the same.
 * @param {Env} env
 * @returns {string | undefined} undefined while azd has not asked yet
 */
function resourceToken({ AZURE_FUNCTION_NAME, RESOURCE_TOKEN, ...env }) {
  const deployed = /^func-([a-z0-9]{13})$/.exec(AZURE_FUNCTION_NAME ?? '')?.[1];
  if (deployed || AZURE_FUNCTION_NAME) return deployed;
  if (RESOURCE_TOKEN) return RESOURCE_TOKEN;
  const parts = [env.AZURE_SUBSCRIPTION_ID, env.AZURE_ENV_NAME, env.AZURE_LOCATION];
  if (!parts.every(Boolean)) return undefined;
  const bytes = createHash('sha256').update(parts.join('\n').toLowerCase()).digest();
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  return Array.from(bytes.subarray(0, 13), (byte) => alphabet[byte % 32]).join('');
}

/**
 * Scheme and host that clients use, as main.bicep has them.
 * @param {Env} env
 * @param {string | undefined} token
 */
function originOf({ APIM_SKU, APIM_CUSTOM_DOMAIN: domain }, token) {
  const usesGateway = Boolean(APIM_SKU) && APIM_SKU !== 'none';
  if (usesGateway && domain) return `https://${domain}`;
  if (token === undefined) return undefined;
  return usesGateway
    ? `https://apim-${token}.azure-api.net`
    : `https://func-${token}.azurewebsites.net`;
}

/** The output with the id of each app, and the value that outlives `azd down`, which forgets outputs. */
const apps = [
  { output: 'ENTRA_CLIENT_ID', kept: 'ENTRA_APP_ID', what: 'Entra app' },
  { output: 'MCP_CLIENT_ID', kept: 'ENTRA_CLIENTS_APP_ID', what: 'Entra app for clients' },
];

/**
 * Keeps the ids of both apps.
 * @param {Env} env
 * @returns {string[]} lines to print: how to delete apps that no server uses any longer
 */
export function rememberEntraApps(env) {
  const inUse = apps.filter(({ output, kept }) => env[output] && env[output] !== env[kept]);
  if (inUse.length > 0) {
    setValues(Object.fromEntries(inUse.map(({ output, kept }) => [kept, env[output] ?? ''])));
  }
  return apps.flatMap(({ output, kept, what }) =>
    env[output] || !env[kept]
      ? []
      : [
          `No server has "auth: entra" any longer, but the ${what} still exists. To delete it:`,
          `  ${deletion(env[kept])}`,
          `  azd env set ${kept} ""`,
        ],
  );
}

/** Deletes both apps, or says how. @param {Env} env */
export function deleteEntraApps(env) {
  for (const { kept, what } of apps) {
    const id = env[kept] ?? '';
    // The id goes to a shell, because on Windows az is a script: only a GUID may.
    if (!isGuid(id)) continue;
    const { status } = spawnSync(deletion(id), { stdio: 'inherit', shell: true });
    if (status === 0) {
      setValues({ [kept]: '' });
      process.stdout.write(`Deleted the ${what} ${id}.\n`);
    } else {
      process.stderr.write(
        `The ${what} still exists. To delete it with the Azure CLI: ${deletion(id)}\n`,
      );
    }
  }
}

/** @param {string | undefined} id */
function deletion(id) {
  return `az ad app delete --id ${id}`;
}

/** @param {string} name @param {string} expected @param {string} got */
function problem(name, expected, got) {
  return `${name}: expected ${expected}, got ${JSON.stringify(got)}. Fix: azd env set ${name} VALUE`;
}
