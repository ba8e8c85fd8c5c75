// The authorize request of each client, as data: what it sends in addition to the client id, state
// and PKCE. `basis` says how a row is known.

/** Where the facts of a client come from. */
export type Basis = 'measured' | 'written' | 'source' | 'reports';

export interface ClientRequest {
  /** With the version that was looked at. */
  readonly client: string;
  /** For `--client`. */
  readonly id: string;
  readonly basis: Basis;
  /**
   * Ports of loopback addresses do not count. `{server}` stands for a part that the client makes of
   * the server's address.
   */
  readonly redirectUri: string;
  /** A client id of its own; absent: MCP_CLIENT_ID. */
  readonly ownClientId?: string;
  /** Word of ENTRA_CLIENTS that registers the redirect URI; absent with a client id of its own. */
  readonly chosenBy?: string;
  readonly asksOfflineAccess: boolean;
  readonly promptsConsent: boolean;
}

/** Visual Studio Code's own registration, which Microsoft owns. */
export const VS_CODE_CLIENT_ID = 'aebc6443-996d-45c2-90f0-388ff96faa56';

/** Words of ENTRA_CLIENTS while no one has set it. */
export const DEFAULT_CLIENTS = 'loopback,vscode';

/** Stands in a redirect URI for what Codex makes of a server's address. */
export const SERVER_PART = '{server}';

const ASKING = { asksOfflineAccess: true, promptsConsent: true } as const;

export const CLIENT_REQUESTS: readonly ClientRequest[] = [
  {
    client: 'VS Code',
    id: 'vscode',
    basis: 'source',
    redirectUri: 'https://vscode.dev/redirect',
    ownClientId: VS_CODE_CLIENT_ID,
    asksOfflineAccess: true,
    promptsConsent: false,
  },
  {
    client: 'VS Code with oauth.clientId',
    id: 'vscode-client-id',
    basis: 'source',
    redirectUri: 'http://127.0.0.1:33418/',
    chosenBy: 'vscode',
    asksOfflineAccess: false,
    promptsConsent: false,
  },
  {
    client: 'Claude Code 2.1.332',
    id: 'claude-code',
    basis: 'measured',
    redirectUri: 'http://localhost:21810/callback',
    chosenBy: 'loopback',
    ...ASKING,
  },
  {
    client: 'Claude (claude.ai, Desktop)',
    id: 'claude',
    basis: 'reports',
    redirectUri: 'https://claude.ai/api/mcp/auth_callback',
    chosenBy: 'claude',
    ...ASKING,
  },
  {
    client: 'ChatGPT',
    id: 'chatgpt',
    basis: 'reports',
    redirectUri: 'https://chatgpt.com/connector_platform_oauth_redirect',
    chosenBy: 'chatgpt',
    asksOfflineAccess: false,
    promptsConsent: false,
  },
  {
    client: 'Codex CLI 0.171.0',
    id: 'codex',
    basis: 'measured',
    redirectUri: `http://127.0.0.1:44857/callback/${SERVER_PART}`,
    chosenBy: 'loopback',
    asksOfflineAccess: true,
    promptsConsent: false,
  },
  {
    client: 'Cursor',
    id: 'cursor',
    basis: 'reports',
    redirectUri: 'cursor://anysphere.cursor-mcp/oauth/callback',
    chosenBy: 'cursor',
    asksOfflineAccess: false,
    promptsConsent: false,
  },
  {
    client: 'Gemini CLI 0.61.0',
    id: 'gemini',
    basis: 'source',
    redirectUri: 'http://localhost:7777/oauth/callback',
    chosenBy: 'loopback',
    asksOfflineAccess: false,
    promptsConsent: false,
  },
  {
    client: 'mcp-remote 0.15.1',
    id: 'mcp-remote',
    basis: 'measured',
    redirectUri: 'http://localhost:21820/oauth/callback',
    chosenBy: 'loopback',
    ...ASKING,
  },
  {
    client: 'MCP Inspector 2.12.0 (CLI)',
    id: 'inspector',
    basis: 'measured',
    redirectUri: 'http://127.0.0.1:6276/oauth/callback',
    chosenBy: 'loopback',
    ...ASKING,
  },
  {
    client: 'opencode 1.18.33',
    id: 'opencode',
    basis: 'written',
    redirectUri: 'http://127.0.0.1:19876/mcp/oauth/callback',
    chosenBy: 'loopback',
    ...ASKING,
  },
];

/** Clients whose request no one knows before it is sent, and why. */
export const UNTESTABLE_CLIENTS: readonly { readonly client: string; readonly because: string }[] =
  [
    { client: 'Copilot CLI', because: 'the path of its redirect URI is not documented' },
    {
      client: 'Copilot Studio, Microsoft 365 Copilot',
      because: 'these clients need their own registration: npx --no mcp-host connect',
    },
  ];
