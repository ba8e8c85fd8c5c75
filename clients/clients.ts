// The MCP clients that entries and install links are known for: one row of data each. In the texts, <name>, <url>, <client id>,
// <scopes> (a list), <scope> (the same in one text) and <key> stand for values of a server.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is what clients fill in.

/** A part of an entry: merged over the other parts, lists one behind the other. */
export interface Template {
  readonly [member: string]: string | boolean | readonly string[] | Template;
}

/** What a client reads, and how. */
export interface Client {
  /** For people. */
  readonly title: string;
  /**
   * The user's file by operating system; `~` is the home folder, `<config>` the folder of settings, `<xdg>`
   * XDG_CONFIG_HOME. Of several, the first one that is there. No row: not verified there.
   */
  readonly file?: Readonly<Partial<Record<'linux' | 'darwin' | 'win32', readonly string[]>>>;
  /** A variable that names another folder for the user's file. */
  readonly folderVariable?: 'CODEX_HOME' | 'CLAUDE_CONFIG_DIR';
  /** The file in a project. */
  readonly projectFile?: string;
  readonly format: 'json' | 'toml';
  /** The key of the file that holds the entries. */
  readonly root: string;
  readonly entry: Template;
  /** Added only when the entry is new, and in the user's file: afterwards it is the owner's choice. */
  readonly atFirst?: Template;
  /** Added where the caller must send the key. */
  readonly key: Template;
  /** The client's own placeholder for the key. Without one the key would have to stand in the file. */
  readonly keyPlaceholder?: string;
  /** The file has `inputs`: questions whose answers the client keeps. */
  readonly asks?: true;
  /** Added for sign-in at Entra. None: the client has no such fields, or has a client id of its own. */
  readonly signIn?: Template;
  /** Install links: <entry>, <base64 entry> and <named entry> are encoded for an address. */
  readonly links?: readonly string[];
  /** The client's own command; the second and third list are added for the key and for sign-in. */
  readonly command?: {
    readonly words: readonly string[];
    readonly key?: readonly string[];
    readonly signIn?: readonly string[];
  };
  readonly refusedNames?: readonly string[];
  /** Why entries are printed but never written. */
  readonly unverified?: string;
}

const everywhere = (...files: string[]) => ({ linux: files, darwin: files, win32: files });
const KEY_HEADERS = { headers: { 'x-functions-key': '<key>' } } as const;
const TYPED = { type: 'http', url: '<url>' } as const;
const HTTP_SERVERS = {
  format: 'json',
  root: 'mcpServers',
  entry: TYPED,
  key: KEY_HEADERS,
} as const;
const BRIDGE = {
  format: 'json',
  root: 'mcpServers',
  entry: { command: 'npx', args: ['-y', 'mcp-remote@0.15.1', '<url>', '--transport', 'http-only'] },
  // Without a blank after the colon: some clients and Windows cut arguments at blanks.
  key: {
    args: ['--header', 'x-functions-key:${MCP_FUNCTION_KEY}'],
    env: { MCP_FUNCTION_KEY: '<key>' },
  },
  signIn: {
    args: [
      '--static-oauth-client-info',
      '{"client_id":"<client id>"}',
      '--static-oauth-client-metadata',
      '{"scope":"<scope>"}',
    ],
  },
} as const;

/** By the name that `--client` takes. */
export const clients = {
  vscode: {
    ...HTTP_SERVERS,
    title: 'VS Code',
    file: everywhere('<config>/Code/User/mcp.json'),
    projectFile: '.vscode/mcp.json',
    root: 'servers',
    keyPlaceholder: '${input:mcp-function-key}',
    asks: true,
    links: [
      'vscode:mcp/install?<named entry>',
      'https://vscode.dev/redirect/mcp/install?name=<name>&config=<entry>&inputs=<inputs>',
    ],
    command: { words: ['code', '--add-mcp', '{"name":"<name>","type":"http","url":"<url>"}'] },
  },
  'vscode-insiders': {
    ...HTTP_SERVERS,
    title: 'VS Code Insiders',
    file: everywhere('<config>/Code - Insiders/User/mcp.json'),
    projectFile: '.vscode/mcp.json',
    root: 'servers',
    keyPlaceholder: '${input:mcp-function-key}',
    asks: true,
    links: ['vscode-insiders:mcp/install?<named entry>'],
    command: {
      words: ['code-insiders', '--add-mcp', '{"name":"<name>","type":"http","url":"<url>"}'],
    },
  },
  'visual-studio': {
    ...HTTP_SERVERS,
    title: 'Visual Studio',
    file: { win32: ['~/.mcp.json'] },
    projectFile: '.mcp.json',
    root: 'servers',
    keyPlaceholder: '${input:mcp-function-key}',
    asks: true,
    links: ['https://vs-open.link/mcp-install?<named entry>'],
  },
  'claude-code': {
    ...HTTP_SERVERS,
    title: 'Claude Code',
    file: everywhere('~/.claude.json'),
    folderVariable: 'CLAUDE_CONFIG_DIR',
    projectFile: '.mcp.json',
    keyPlaceholder: '${MCP_FUNCTION_KEY}',
    signIn: { oauth: { clientId: '<client id>', scopes: '<scope>' } },
    command: {
      words: ['claude', 'mcp', 'add', '--transport', 'http', '--scope', 'user', '<name>', '<url>'],
      key: ['--header', 'x-functions-key: <key>'],
      signIn: ['--client-id', '<client id>'],
    },
    refusedNames: ['workspace', 'claude-in-chrome', 'computer-use'],
  },
  'claude-desktop': {
    ...BRIDGE,
    title: 'Claude Desktop',
    file: {
      darwin: ['<config>/Claude/claude_desktop_config.json'],
      win32: ['<config>/Claude/claude_desktop_config.json'],
    },
  },
  cursor: {
    ...HTTP_SERVERS,
    title: 'Cursor',
    file: everywhere('~/.cursor/mcp.json'),
    projectFile: '.cursor/mcp.json',
    entry: { url: '<url>' },
    keyPlaceholder: '${env:MCP_FUNCTION_KEY}',
    signIn: { auth: { CLIENT_ID: '<client id>', scopes: '<scopes>' } },
    links: [
      'cursor://anysphere.cursor-deeplink/mcp/install?name=<name>&config=<base64 entry>',
      'https://cursor.com/en/install-mcp?name=<name>&config=<base64 entry>',
    ],
  },
  codex: {
    title: 'Codex',
    file: everywhere('~/.codex/config.toml'),
    folderVariable: 'CODEX_HOME',
    projectFile: '.codex/config.toml',
    format: 'toml',
    root: 'mcp_servers',
    entry: { url: '<url>' },
    key: { env_http_headers: { 'x-functions-key': '<key>' } },
    keyPlaceholder: 'MCP_FUNCTION_KEY',
    signIn: { scopes: '<scopes>', oauth: { client_id: '<client id>' } },
    command: {
      words: ['codex', 'mcp', 'add', '<name>', '--url', '<url>'],
      signIn: ['--oauth-client-id', '<client id>'],
    },
  },
  'gemini-cli': {
    ...HTTP_SERVERS,
    title: 'Gemini CLI',
    file: everywhere('~/.gemini/settings.json'),
    projectFile: '.gemini/settings.json',
    keyPlaceholder: '$MCP_FUNCTION_KEY',
    // Without scopes of its own it asks for those of the issuer, and Entra refuses them.
    signIn: { oauth: { enabled: true, clientId: '<client id>', scopes: '<scopes>' } },
    command: {
      words: ['gemini', 'mcp', 'add', '-t', 'http', '-s', 'user', '<name>', '<url>'],
      key: ['-H', 'x-functions-key: <key>'],
    },
  },
  'copilot-cli': {
    ...HTTP_SERVERS,
    title: 'Copilot CLI',
    file: everywhere('~/.copilot/mcp-config.json'),
    projectFile: '.mcp.json',
    atFirst: { tools: ['*'] },
    signIn: {
      oauthClientId: '<client id>',
      oauthPublicClient: true,
      oauthScopes: '<scopes>',
    },
    command: { words: ['copilot', 'mcp', 'add', '--transport', 'http', '<name>', '<url>'] },
  },
  opencode: {
    ...HTTP_SERVERS,
    title: 'opencode',
    file: everywhere('<xdg>/opencode/opencode.jsonc', '<xdg>/opencode/opencode.json'),
    projectFile: 'opencode.json',
    root: 'mcp',
    entry: { type: 'remote', url: '<url>' },
    key: { ...KEY_HEADERS, oauth: false },
    keyPlaceholder: '{env:MCP_FUNCTION_KEY}',
    signIn: { oauth: { clientId: '<client id>', scope: '<scope>' } },
    command: {
      words: ['opencode', 'mcp', 'add', '<name>', '--url', '<url>'],
      key: ['--header', 'x-functions-key=<key>'],
    },
  },
  windsurf: {
    ...HTTP_SERVERS,
    title: 'Windsurf',
    file: everywhere('~/.codeium/windsurf/mcp_config.json'),
    entry: { serverUrl: '<url>' },
    keyPlaceholder: '${env:MCP_FUNCTION_KEY}',
    unverified: 'its versions read different files',
  },
  zed: {
    ...HTTP_SERVERS,
    title: 'Zed',
    // On other systems the pages disagree about the place: Zed's command "zed: open settings file" tells it.
    file: { linux: ['<xdg>/zed/settings.json'] },
    projectFile: '.zed/settings.json',
    root: 'context_servers',
    entry: { url: '<url>' },
  },
  'lm-studio': {
    ...HTTP_SERVERS,
    title: 'LM Studio',
    file: everywhere('~/.lmstudio/mcp.json'),
    entry: { url: '<url>' },
    links: [
      'lmstudio://add_mcp?name=<name>&config=<base64 entry>',
      'https://lmstudio.ai/install-mcp?name=<name>&config=<base64 entry>',
    ],
  },
  kiro: {
    ...HTTP_SERVERS,
    title: 'Kiro',
    file: everywhere('~/.kiro/settings/mcp.json'),
    projectFile: '.kiro/settings/mcp.json',
    entry: { url: '<url>' },
    keyPlaceholder: '${MCP_FUNCTION_KEY}',
    signIn: { oauth: { clientId: '<client id>', oauthScopes: '<scopes>' } },
    links: ['https://kiro.dev/launch/mcp/add?name=<name>&config=<entry>'],
  },
  'mcp-remote': {
    ...BRIDGE,
    title: 'mcp-remote (a bridge for clients that start programs only)',
    command: {
      words: ['npx', '-y', 'mcp-remote@0.15.1', '<url>', '--transport', 'http-only'],
      signIn: BRIDGE.signIn.args,
    },
  },
  other: {
    ...HTTP_SERVERS,
    title: 'other clients that read "mcpServers"',
    keyPlaceholder: '${MCP_FUNCTION_KEY}',
  },
} as const satisfies Readonly<Record<string, Client>>;
