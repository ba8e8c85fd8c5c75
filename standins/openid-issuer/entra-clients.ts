// Clients of a server with `auth: entra`, with the requests that they send when people sign in.
// docs/authorization.md shows the same table: what the model says comes from a run, what a tenant
// says from whoever reported it.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { EntraApp } from './entra-apps.ts';

export interface EntraClient {
  /** As the documentation names it. */
  readonly client: string;
  /**
   * Where the requests come from: recorded from the client itself, or written after its
   * documentation or source.
   */
  readonly requests: 'recorded' | 'written';
  /** A word of ENTRA_CLIENTS beyond the defaults, or the setting that this client needs. */
  readonly needs?: 'claude' | 'cursor' | 'chatgpt' | 'ENTRA_REDIRECT_URIS';
  readonly sends: Requests;
}

/** Members with < > are filled in for each run. */
export interface Requests {
  readonly authorize: Readonly<Record<string, string>>;
  readonly exchange: Readonly<Record<string, string>>;
  readonly refresh?: Readonly<Record<string, string>>;
  readonly stepUp?: Readonly<Record<string, string>>;
}

type Recorded = Record<string, Record<string, Record<string, string>>>;
const recordings: Recorded = JSON.parse(
  readFileSync(new URL('recorded-requests.json', import.meta.url), 'utf8'),
);

function recorded(name: string): Pick<EntraClient, 'requests' | 'sends'> {
  const { authorize = {}, authorization_code, refresh_token, stepUp } = recordings[name] ?? {};
  const sends: Requests = {
    authorize: withHash(authorize),
    exchange: withHash(authorization_code ?? {}),
    ...(refresh_token && { refresh: refresh_token }),
    ...(stepUp && { stepUp }),
  };
  return { requests: 'recorded', sends };
}

/**
 * Codex puts a hash of the server's address at the end, which was another one when it was recorded.
 */
function withHash(request: Record<string, string>): Record<string, string> {
  const { redirect_uri: uri = '' } = request;
  return { ...request, redirect_uri: uri.replace(/(\/callback\/).+$/, '$1<hash>') };
}

interface Written {
  readonly redirectUri: string;
  /** Scopes in the authorize request. Default: what the challenge says. */
  readonly scope?: string;
  readonly prompt?: 'consent';
  readonly resource?: string;
  /** The refresh has no scope. */
  readonly refreshWithoutScope?: boolean;
  readonly clientId?: string;
  readonly secret?: boolean;
}

function written(options: Written): Pick<EntraClient, 'requests' | 'sends'> {
  const { redirectUri, scope = '<scope> offline_access', resource = '<resource>' } = options;
  const target = resource === '' ? {} : { resource };
  const client = { client_id: options.clientId ?? '<client>' };
  const secret = options.secret ? { client_secret: '<secret>' } : {};
  const sends: Requests = {
    authorize: {
      response_type: 'code',
      ...client,
      state: '<state>',
      code_challenge: '<code_challenge>',
      code_challenge_method: 'S256',
      redirect_uri: redirectUri,
      scope,
      ...(options.prompt && { prompt: options.prompt }),
      ...target,
    },
    exchange: {
      grant_type: 'authorization_code',
      code: '<code>',
      code_verifier: '<code_verifier>',
      redirect_uri: redirectUri,
      ...client,
      ...secret,
      ...target,
    },
    refresh: {
      grant_type: 'refresh_token',
      refresh_token: '<refresh_token>',
      ...client,
      ...secret,
      ...(!options.refreshWithoutScope && { scope }),
      ...target,
    },
  };
  return { requests: 'written', sends };
}

/**
 * The app of VS Code's Microsoft provider, which belongs to Microsoft; where it comes back to is
 * our guess.
 */
export const VS_CODE_APP: EntraApp = {
  appId: 'aebc6443-996d-45c2-90f0-388ff96faa56',
  identifierUris: [],
  scopes: [],
  redirects: { public: ['http://localhost/'], web: [], spa: [] },
  preAuthorized: {},
  tokenVersion: 2,
};

export const ENTRA_CLIENTS: readonly EntraClient[] = [
  {
    client: 'VS Code, by its Microsoft account',
    ...written({ redirectUri: 'http://localhost:40123/', clientId: VS_CODE_APP.appId }),
  },
  {
    client: 'VS Code with oauth.clientId',
    ...written({ redirectUri: 'http://127.0.0.1:33418/' }),
  },
  { client: 'vscode.dev', ...written({ redirectUri: 'https://vscode.dev/redirect' }) },
  { client: 'Claude Code 2.1.332', ...recorded('claude-code@2.1.332') },
  {
    client: 'claude.ai, Claude Desktop',
    needs: 'claude',
    ...written({
      redirectUri: 'https://claude.ai/api/mcp/auth_callback',
      prompt: 'consent',
      refreshWithoutScope: true,
    }),
  },
  {
    client: 'ChatGPT, older connectors',
    needs: 'chatgpt',
    ...written({ redirectUri: 'https://chatgpt.com/connector_platform_oauth_redirect' }),
  },
  {
    client: 'ChatGPT',
    needs: 'ENTRA_REDIRECT_URIS',
    ...written({ redirectUri: 'https://chatgpt.com/connector/oauth/abc123' }),
  },
  { client: 'Codex CLI 0.171.0', ...recorded('codex@0.171.0') },
  { client: 'Cursor', ...written({ redirectUri: 'http://localhost:8787/callback' }) },
  {
    client: 'Cursor, by its own scheme',
    needs: 'cursor',
    ...written({ redirectUri: 'cursor://anysphere.cursor-mcp/oauth/callback' }),
  },
  {
    client: 'Gemini CLI 0.61.0 with oauth.scopes',
    ...written({ redirectUri: 'http://localhost:40123/oauth/callback', scope: '<scope>' }),
  },
  {
    client: 'Gemini CLI 0.61.0 without oauth.scopes',
    ...written({
      redirectUri: 'http://localhost:40123/oauth/callback',
      scope: 'openid profile email offline_access',
    }),
  },
  { client: 'mcp-remote 0.15.1', ...recorded('mcp-remote@0.15.1') },
  {
    client: 'mcp-remote with --disable-resource-parameter',
    ...written({ redirectUri: 'http://localhost:21820/oauth/callback', resource: '' }),
  },
  { client: 'MCP Inspector 2.12.0, command line', ...recorded('inspector-cli@2.12.0') },
  {
    client: 'MCP Inspector 2.12.0, web',
    ...written({ redirectUri: 'http://localhost:6274/oauth/callback', prompt: 'consent' }),
  },
  {
    client: 'opencode 1.18.33',
    ...written({ redirectUri: 'http://127.0.0.1:19876/mcp/oauth/callback', prompt: 'consent' }),
  },
  {
    client: 'Copilot Studio',
    needs: 'ENTRA_REDIRECT_URIS',
    ...written({
      redirectUri: 'https://global.consent.azure-apim.net/redirect/abc123',
      secret: true,
    }),
  },
  {
    client: "a client with the servers' own client id",
    ...written({ redirectUri: 'http://localhost:40123/callback', clientId: '<servers>' }),
  },
  {
    client: 'a client with an unknown client id',
    ...written({ redirectUri: 'http://localhost:40123/callback', clientId: '<unknown>' }),
  },
  {
    client: 'a client that asks for mcp.x alone',
    ...written({ redirectUri: 'http://localhost:40123/callback', scope: '<short> offline_access' }),
  },
  {
    client: 'a client that asks for <client id>/mcp.x',
    ...written({
      redirectUri: 'http://localhost:40123/callback',
      scope: '<servers>/<short> offline_access',
    }),
  },
];

/** What Codex puts at the end of its redirect URI. */
export function hashOf(address: string): string {
  return createHash('sha256').update(address).digest('base64url').slice(0, 12);
}
