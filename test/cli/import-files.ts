// Files as clients write them, and the entries that they become.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is what clients and servers.yaml fill in.

export interface ImportCase {
  readonly client: string;
  readonly file: string;
  readonly text: string;
  readonly servers: Readonly<Record<string, object>>;
  /** Each stands somewhere on standard error. */
  readonly told: readonly string[];
  /** Default: 0. */
  readonly code?: number;
}

export const clientFiles: readonly ImportCase[] = [
  {
    client: 'Claude Desktop',
    file: 'claude_desktop_config.json',
    text: `{
      "globalShortcut": "",
      "mcpServers": {
        "Memory Server": { "command": "npx", "args": ["-y", "@modelcontextprotocol/server-memory"] },
        "files": {
          "command": "cmd",
          "args": ["/c", "npx", "-y", "@modelcontextprotocol/server-filesystem", "C:\\\\Users\\\\me\\\\docs"]
        },
        "crm": {
          "command": "npx",
          "args": ["-y", "mcp-remote@0.1.43", "https://crm.example.com/mcp", "--header", "Authorization:\${AUTH}"],
          "env": { "AUTH": "Bearer 0123456789" }
        }
      }
    }`,
    servers: {
      'memory-server': { command: 'npx', args: ['-y', '@modelcontextprotocol/server-memory'] },
      files: {
        command: 'npx',
        args: ['-y', '@modelcontextprotocol/server-filesystem', 'C:\\Users\\me\\docs'],
      },
      crm: {
        url: 'https://crm.example.com/mcp',
        headers: { Authorization: 'Bearer ${CRM_TOKEN}' },
      },
    },
    told: [
      '"Memory Server" was renamed to memory-server',
      'is a path on this machine',
      'set the variable CRM_TOKEN',
    ],
  },
  {
    client: 'Claude Code',
    file: '.mcp.json',
    text: `{
      "mcpServers": {
        "api": { "type": "http", "url": "\${API_BASE:-https://api.example.com}/mcp", "headers": { "x-api-key": "\${API_KEY}" } },
        "db": { "type": "stdio", "command": "npx", "args": ["-y", "@acme/db", "--token", "plain-words"], "env": { "MODE": "read" } },
        "old": { "type": "sse", "url": "https://old.example.com/sse" }
      }
    }`,
    servers: {
      api: {
        url: 'https://api.example.com/mcp',
        headers: { 'x-api-key': '${API_KEY}' },
      },
      db: {
        command: 'npx',
        args: ['-y', '@acme/db', '--token', '${DB_TOKEN}'],
        env: { MODE: 'read' },
      },
    },
    told: [
      'its default value is used',
      'old: the address uses the older HTTP+SSE transport',
      '  API_KEY  headers.x-api-key of api',
    ],
    code: 1,
  },
  {
    client: 'VS Code',
    file: '.vscode/mcp.json',
    text: `{
      // Asked once, then kept.
      "inputs": [
        { "type": "promptString", "id": "github-token", "description": "GitHub token", "password": true },
        { "type": "promptString", "id": "region", "description": "Region", "default": "eu" },
      ],
      "servers": {
        "github": { "type": "http", "url": "https://api.example.com/mcp/", "headers": { "Authorization": "Bearer \${input:github-token}" } },
        "local": {
          "type": "stdio",
          "command": "node",
          "args": ["\${workspaceFolder}/server.js", "--region=\${input:region}"],
          "env": { "LEVEL": "\${env:LEVEL}" },
          "envFile": "\${workspaceFolder}/.env",
          "gallery": true,
        },
      },
    }`,
    servers: {
      github: {
        url: 'https://api.example.com/mcp/',
        headers: { Authorization: 'Bearer ${GITHUB_TOKEN}' },
      },
      local: {
        command: 'node',
        args: ['./server.js', '--region=${REGION:-eu}'],
        env: { LEVEL: '${env:LEVEL}' },
      },
    },
    told: [
      'the client asks: GitHub token',
      'local: envFile: left out. Fix: list its variables under "env"',
      '"workspaceFolder" of the client was replaced by "."',
    ],
  },
  {
    client: 'Cursor',
    file: '.cursor/mcp.json',
    text: `{ "mcpServers": {
      "docs": { "url": "https://docs.example.com/mcp", "auth": { "CLIENT_ID": "abc" } },
      "thinking": { "command": "npx -y @modelcontextprotocol/server-sequential-thinking" }
    } }`,
    servers: {
      docs: { url: 'https://docs.example.com/mcp' },
      thinking: {
        command: 'npx',
        args: ['-y', '@modelcontextprotocol/server-sequential-thinking'],
      },
    },
    told: [
      'docs: auth: left out',
      'thinking: command: it contained arguments, which were moved to "args"',
    ],
  },
  {
    client: 'Gemini CLI',
    file: '.gemini/settings.json',
    text: `{
      "theme": "Default",
      "mcpServers": {
        "search": {
          "httpUrl": "https://search.example.com/mcp",
          "headers": { "x-api-key": "$SEARCH_KEY" },
          "timeout": 600000,
          "trust": true,
          "includeTools": ["find"]
        },
        "py": { "command": "python3", "args": ["server.py"], "cwd": "./py", "excludeTools": ["drop"] }
      }
    }`,
    servers: {
      search: {
        url: 'https://search.example.com/mcp',
        headers: { 'x-api-key': '${SEARCH_KEY}' },
        timeoutMs: 210_000,
        tools: { allow: ['find'] },
      },
      py: { command: 'python3', args: ['server.py'], cwd: './py', tools: { deny: ['drop'] } },
    },
    told: [
      'timeoutMs: 600000 ms was reduced to 210000',
      'search: trust: left out, because each client decides this',
      'py: command: python3 may not be in the image',
    ],
  },
  {
    client: 'Codex',
    file: 'config.toml',
    text: `model = "gpt"

[mcp_servers.context7]
command = "npx"
args = ["-y", "@upstash/context7-mcp"]
env_vars = ["LOCAL_TOKEN"]
startup_timeout_sec = 20
tool_timeout_sec = 45.5
enabled = false
enabled_tools = ["resolve"]

[mcp_servers.context7.env]
MY_ENV_VAR = "value"

[mcp_servers.figma]
url = "https://mcp.figma.example/mcp"
bearer_token_env_var = "FIGMA_TOKEN"
http_headers = { "X-Region" = "us-east-1" }
env_http_headers = { "X-Team" = "TEAM" }
`,
    servers: {
      context7: {
        command: 'npx',
        args: ['-y', '@upstash/context7-mcp'],
        env: { MY_ENV_VAR: 'value' },
        inheritEnv: ['LOCAL_TOKEN'],
        enabled: false,
        timeoutMs: 45_500,
        startTimeoutMs: 20_000,
        tools: { allow: ['resolve'] },
      },
      figma: {
        url: 'https://mcp.figma.example/mcp',
        headers: {
          'X-Region': 'us-east-1',
          'X-Team': '${TEAM}',
          authorization: 'Bearer ${FIGMA_TOKEN}',
        },
      },
    },
    told: ['  FIGMA_TOKEN  headers.authorization of figma'],
  },
  {
    client: 'opencode',
    file: 'opencode.jsonc',
    text: `{
      "$schema": "https://opencode.ai/config.json",
      "mcp": {
        "everything": { "type": "local", "command": ["npx", "-y", "@acme/everything"], "environment": { "A": "{env:A}" }, "enabled": true },
        "sentry": { "type": "remote", "url": "https://mcp.sentry.example/mcp", "headers": { "x-key": "{file:~/.secrets/sentry-key}" }, "oauth": {} },
      },
    }`,
    servers: {
      everything: { command: 'npx', args: ['-y', '@acme/everything'], env: { A: '${A}' } },
      sentry: {
        url: 'https://mcp.sentry.example/mcp',
        headers: { 'x-key': '${SENTRY_KEY}' },
      },
    },
    told: ['set the variable SENTRY_KEY to its content', 'sentry: oauth: left out'],
  },
  {
    client: 'Zed',
    file: 'settings.json',
    text: `{
      // Zed
      "context_servers": {
        "own": { "source": "custom", "command": "./bin/own", "args": [], "env": {} },
        "older": { "command": { "path": "node", "args": ["older.js"], "env": { "A": "1" } } },
        "extension": { "source": "extension", "settings": { "key": "x" } }
      }
    }`,
    servers: {
      own: { command: './bin/own' },
      older: { command: 'node', args: ['older.js'], env: { A: '1' } },
    },
    told: ['extension: the entry has neither a command nor an address'],
    code: 1,
  },
  {
    client: 'Windsurf',
    file: 'mcp_config.json',
    text: `{ "mcpServers": {
      "figma": { "serverUrl": "https://figma.example.com/mcp", "headers": { "API_KEY": "Bearer \${env:FIGMA}" }, "disabledTools": ["drop"] }
    } }`,
    servers: {
      figma: {
        url: 'https://figma.example.com/mcp',
        headers: { API_KEY: 'Bearer ${env:FIGMA}' },
        tools: { deny: ['drop'] },
      },
    },
    told: ['  FIGMA  headers.API_KEY of figma'],
  },
  {
    client: 'Cline',
    file: 'cline_mcp_settings.json',
    text: `{ "mcpServers": {
      "puppeteer": { "autoApprove": ["x"], "disabled": true, "timeout": 60, "command": "npx", "args": ["-y", "@acme/puppeteer"], "transportType": "stdio" },
      "deep": { "type": "streamableHttp", "url": "https://deep.example.com/mcp", "alwaysAllow": [] },
      "untyped": { "url": "https://untyped.example.com/mcp" }
    } }`,
    servers: {
      puppeteer: {
        command: 'npx',
        args: ['-y', '@acme/puppeteer'],
        enabled: false,
        timeoutMs: 60_000,
      },
      deep: { url: 'https://deep.example.com/mcp' },
    },
    told: [
      'puppeteer: autoApprove: left out, because each client decides this',
      'untyped: the client treats an address without a type as the older HTTP+SSE transport',
    ],
    code: 1,
  },
  {
    client: 'Copilot CLI',
    file: 'mcp-config.json',
    text: `{ "mcpServers": {
      "play": { "type": "local", "command": "npx", "args": ["@playwright/mcp@latest"], "tools": ["*"] },
      "one": { "type": "http", "url": "https://one.example.com/mcp", "tools": ["get"] }
    } }`,
    servers: {
      play: { command: 'npx', args: ['@playwright/mcp@latest'] },
      one: { url: 'https://one.example.com/mcp', tools: { allow: ['get'] } },
    },
    told: [],
  },
  {
    client: 'a README of a server',
    file: 'snippet.json',
    text: `{ "github": { "command": "docker", "args": ["run", "-i", "--rm", "-e", "TOKEN=abcdef", "ghcr.io/github/github-mcp-server"] } }`,
    servers: {
      github: {
        command: 'docker',
        args: ['run', '-i', '--rm', '-e', 'TOKEN=${TOKEN}', 'ghcr.io/github/github-mcp-server'],
      },
    },
    told: ['Azure Functions cannot run docker'],
  },
];

/** Values that must not come out again, and where they stand in an entry. */
export const secrets: readonly (readonly [string, (secret: string) => object])[] = [
  ['ghp_16C7e42F292c6912E7710c838347Ae178B4a', (value) => ({ env: { WHATEVER: value } })],
  ['correct horse', (value) => ({ env: { DB_PASSWORD: value } })],
  ['hunter2', (value) => ({ env: { apiKey: value } })],
  ['abc', (value) => ({ args: ['--api-key', value] })],
  ['xyz', (value) => ({ args: [`--auth-token=${value}`] })],
  ['s3cr3t', (value) => ({ args: ['-e', `CLIENT_SECRET=${value}`] })],
  ['letmein', (value) => ({ args: [`postgresql://me:${value}@db.example.com/app`] })],
  ['Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZg', (value) => ({ args: [value] })],
  ['qqq', (value) => ({ args: ['--header', `x-api-key: ${value}`] })],
  [
    'abcdEFGH1234',
    (value) => ({
      env: { STORE: `DefaultEndpointsProtocol=https;AccountKey=${value};EndpointSuffix=x` },
    }),
  ],
  ['opensesame', (value) => ({ command: undefined, url: `https://me:${value}@x.example.com/mcp` })],
  ['w0rd', (value) => ({ command: undefined, url: `https://x.example.com/mcp?api_key=${value}` })],
  [
    'N2Q4ZjA2ZWQtNzM3Ny00NjVkLW',
    (value) => ({ command: undefined, url: `https://x.example.com/s/${value}/mcp` }),
  ],
  [
    'topsecret',
    (value) => ({
      command: undefined,
      url: 'https://x.example.com/mcp',
      headers: { Authorization: `Bearer ${value}` },
    }),
  ],
];
