// Further clients. Most are known from their documentation or from other programs that write their files: docs/clients.md
// says which ran.

import { BRIDGE, type Client, everywhere, HTTP_SERVERS, KEY_HEADERS } from './client.ts';

/** By the name that `--client` takes. */
export const furtherClients = {
  goose: {
    title: 'goose',
    file: {
      linux: ['<xdg>/goose/config.yaml'],
      darwin: ['<xdg>/goose/config.yaml'],
      win32: ['<config>/Block/goose/config/config.yaml'],
    },
    format: 'yaml',
    root: 'extensions',
    entry: { name: '<name>', type: 'streamable_http', uri: '<url>' },
    atFirst: { enabled: true, timeout: 300, description: '' },
    key: KEY_HEADERS,
    links: [
      'goose://extension?url=<url>&type=streamable_http&id=<name>&name=<name>&description=<name>',
    ],
    // https://github.com/aaif-goose/goose/issues/4006
    linksOnlyOpen: true,
  },
  cline: {
    ...HTTP_SERVERS,
    title: 'Cline',
    file: everywhere(
      '<config>/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json',
    ),
    folder: '<config>/Code/User/globalStorage/saoudrizwan.claude-dev',
    // Without a type it takes the older HTTP+SSE transport.
    entry: { type: 'streamableHttp', url: '<url>' },
  },
  kilo: {
    ...HTTP_SERVERS,
    title: 'Kilo Code',
    file: everywhere('~/.config/kilo/kilo.jsonc', '~/.config/kilo/kilo.json'),
    folder: '~/.config/kilo',
    projectFile: 'kilo.jsonc',
    root: 'mcp',
    entry: { type: 'remote', url: '<url>' },
    key: { ...KEY_HEADERS, oauth: false },
    keyPlaceholder: '{env:MCP_FUNCTION_KEY}',
    signInBy: 'kilo mcp auth <name>',
  },
  continue: {
    ...HTTP_SERVERS,
    title: 'Continue',
    file: everywhere('~/.continue/mcpServers/mcp.json'),
    projectFile: '.continue/mcpServers/mcp.json',
  },
  amp: {
    ...HTTP_SERVERS,
    title: 'Amp',
    file: {
      linux: ['<xdg>/amp/settings.json'],
      darwin: ['<xdg>/amp/settings.json'],
      win32: ['<config>/amp/settings.json'],
    },
    projectFile: '.amp/settings.json',
    root: 'amp.mcpServers',
    entry: { url: '<url>' },
    command: { words: ['amp', 'mcp', 'add', '<name>', '<url>'] },
  },
  antigravity: {
    ...HTTP_SERVERS,
    title: 'Antigravity',
    file: everywhere('~/.gemini/config/mcp_config.json', '~/.gemini/antigravity/mcp_config.json'),
    folder: '~/.gemini/antigravity',
    projectFile: '.agents/mcp_config.json',
    entry: { serverUrl: '<url>' },
    unverified: 'its versions read different files',
  },
  junie: {
    ...HTTP_SERVERS,
    title: 'Junie',
    file: everywhere('~/.junie/mcp/mcp.json'),
    projectFile: '.junie/mcp/mcp.json',
    entry: { url: '<url>' },
    unverified: 'not every version takes an address; the bridge (--client mcp-remote) always works',
  },
  jetbrains: {
    ...BRIDGE,
    title: 'JetBrains AI Assistant',
    unverified: 'it has a form in place of a file',
    pasteInto: 'Settings → Tools → AI Assistant → MCP',
  },
  droid: {
    ...HTTP_SERVERS,
    title: 'Factory Droid',
    file: everywhere('~/.factory/mcp.json'),
    projectFile: '.factory/mcp.json',
    command: { words: ['droid', 'mcp', 'add', '<name>', '<url>', '--type', 'http'] },
  },
  warp: {
    ...HTTP_SERVERS,
    title: 'Warp',
    file: everywhere('~/.warp/.mcp.json'),
    projectFile: '.warp/.mcp.json',
    entry: { url: '<url>' },
  },
  qwen: {
    ...HTTP_SERVERS,
    title: 'Qwen Code',
    file: everywhere('~/.qwen/settings.json'),
    projectFile: '.qwen/settings.json',
    entry: { httpUrl: '<url>' },
    keyPlaceholder: '$MCP_FUNCTION_KEY',
    command: {
      words: ['qwen', 'mcp', 'add', '--transport', 'http', '--scope', 'user', '<name>', '<url>'],
    },
  },
  kimi: {
    ...HTTP_SERVERS,
    title: 'Kimi',
    file: everywhere('~/.kimi/mcp.json', '~/.kimi-code/mcp.json'),
    entry: { transport: 'http', url: '<url>' },
    unverified: 'its versions read different files',
  },
  'mistral-vibe': {
    title: 'Mistral Vibe',
    file: everywhere('~/.vibe/config.toml'),
    projectFile: '.vibe/config.toml',
    format: 'toml-list',
    root: 'mcp_servers',
    entry: { name: '<name>', transport: 'streamable-http', url: '<url>' },
    key: {
      api_key_env: '<key>',
      api_key_header: 'x-functions-key',
      api_key_format: '{token}',
    },
    keyPlaceholder: 'MCP_FUNCTION_KEY',
  },
  trae: {
    ...HTTP_SERVERS,
    title: 'Trae',
    file: everywhere('<config>/Trae/User/mcp.json'),
    entry: { url: '<url>' },
  },
  qoder: {
    ...HTTP_SERVERS,
    title: 'Qoder',
    file: everywhere('~/.qoder/mcp.json'),
    entry: { url: '<url>' },
    unverified: 'its form was not checked',
  },
  auggie: {
    ...HTTP_SERVERS,
    title: 'Auggie',
    file: everywhere('~/.augment/settings.json'),
    command: {
      words: ['auggie', 'mcp', 'add', '<name>', '--transport', 'http', '--url', '<url>'],
    },
  },
  'copilot-coding-agent': {
    ...HTTP_SERVERS,
    title: 'Copilot coding agent',
    atFirst: { tools: ['*'] },
    unverified: 'it has a form in place of a file, which was not checked',
    pasteInto: 'the settings of the repository → MCP configuration',
  },
  inspector: {
    ...HTTP_SERVERS,
    title: 'MCP Inspector',
    file: everywhere('~/.mcp-inspector/mcp.json'),
    entry: { type: 'streamable-http', url: '<url>' },
    signIn: { oauth: { clientId: '<client id>' } },
  },
} as const satisfies Readonly<Record<string, Client>>;
