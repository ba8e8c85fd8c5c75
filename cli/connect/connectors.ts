// The connectors of Microsoft that need a registration of their own, as data: their redirect URIs
// and the fields of their forms.

import type { ServerConfig } from '../../config/schema.ts';

/** What the fields are filled in with. */
export interface FormValues {
  readonly server: ServerConfig;
  /** Address of the server. */
  readonly address: string;
  /** What stands before the name of a scope, without the slash. */
  readonly scopePrefix: string;
  readonly authorityHost: string;
  readonly tenantId: string;
}

export interface Connector {
  readonly title: string;
  /** How its redirect URIs begin. */
  readonly redirectPrefix: string;
  /** The same for all callers; absent: made when the form is saved. */
  readonly fixedRedirectUri?: string;
  /** Where its form is. */
  readonly where: string;
  readonly fields: (values: FormValues) => readonly (readonly [name: string, value: string])[];
  /** @param command the one that was run, to be repeated with more. */
  readonly afterwards: (redirectUri: string | undefined, command: string) => readonly string[];
}

const CLIENT_ID = 'what echo "$CLIENT_ID" prints';
const CLIENT_SECRET = 'what the last command of step 1 prints; it is shown once';

function endpoints({ authorityHost, tenantId }: FormValues) {
  const base = `${authorityHost}/${tenantId}/oauth2/v2.0`;
  return { authorize: `${base}/authorize`, token: `${base}/token` };
}

function scopesOf({ scopePrefix, server }: FormValues): string {
  return [...server.scopes.map((scope) => `${scopePrefix}/${scope}`), 'offline_access'].join(' ');
}

/** By the names that the command line takes. */
export const connectors: Readonly<Record<'copilot-studio' | 'm365', Connector>> = {
  // https://learn.microsoft.com/microsoft-copilot-studio/mcp-add-existing-server-to-agent
  'copilot-studio': {
    title: 'Copilot Studio',
    redirectPrefix: 'https://global.consent.azure-apim.net/redirect/',
    where: 'Tools > Add a tool > New tool > Model Context Protocol',
    fields: (values) => {
      const { authorize, token } = endpoints(values);
      const { name, title = name, description = title } = values.server;
      return [
        ['Server name', title],
        ['Server description', description],
        ['Server URL', values.address],
        ['Authentication', 'OAuth 2.0, type Manual'],
        ['Client ID', CLIENT_ID],
        ['Client secret', CLIENT_SECRET],
        ['Authorization URL', authorize],
        ['Token URL template', token],
        ['Refresh URL', token],
        ['Scopes', scopesOf(values)],
      ];
    },
    afterwards: (redirectUri, command) =>
      redirectUri === undefined
        ? ['  The form shows a redirect URL. Register it:', `  ${command} --redirect <that URL>`]
        : ['  Create a new connection in Copilot Studio and sign in.'],
  },
  // https://learn.microsoft.com/microsoft-365/copilot/extensibility/plugin-authentication-oauth
  m365: {
    title: 'Microsoft 365 Copilot',
    redirectPrefix: 'https://teams.microsoft.com/api/platform/v1.0/oAuthRedirect',
    fixedRedirectUri: 'https://teams.microsoft.com/api/platform/v1.0/oAuthRedirect',
    where: 'Teams developer portal > Tools > OAuth client registration',
    fields: (values) => {
      const { authorize, token } = endpoints(values);
      const { name, title = name } = values.server;
      return [
        ['Registration name', title],
        ['Base URL', new URL(values.address).origin],
        ['Client ID', CLIENT_ID],
        ['Client secret', CLIENT_SECRET],
        ['Authorization endpoint', authorize],
        ['Token endpoint', token],
        ['Refresh endpoint', token],
        ['Scope', scopesOf(values)],
        ['Enable PKCE', 'yes'],
      ];
    },
    afterwards: () => [
      '  The portal shows a registration id. Write it into the manifest of the plugin:',
      '  "auth": { "type": "OAuthPluginVault", "reference_id": "<registration id>" }',
    ],
  },
};

const MAX_URI_CHARACTERS = 256;

/** @returns what was expected, when Entra would refuse the URI or a shell could read it */
export function findRedirectProblem(uri: string): string | undefined {
  // Without this, URL would complete what Entra takes as it is.
  if (!/^https:\/\/[^/:@]/.test(uri) || !URL.canParse(uri)) return 'an https address';
  if (uri.length > MAX_URI_CHARACTERS) return `at most ${MAX_URI_CHARACTERS} characters`;
  if (new URL(uri).hash !== '' || uri.includes('#')) return 'an address without #';
  if (new URL(uri).username !== '') return 'an address without a user name';
  if (!/^[\w.~:/?@=+-]+$/.test(uri)) return 'letters, digits and _.~:/?@=+- only';
  return undefined;
}
