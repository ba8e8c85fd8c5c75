// Clients without a file on this machine: what a person enters there. <name> and <url> stand for values of a server.

/** A client that is set up in a browser. */
export interface WebClient {
  readonly title: string;
  readonly steps: readonly string[];
  /** Where the header with the key goes. None: the client sends no such header. */
  readonly key?: string;
}

/** By the name that `install --client` takes. */
export const webClients: Readonly<Record<string, WebClient>> = {
  'claude.ai': {
    title: 'claude.ai',
    steps: [
      'Open https://claude.ai/new?modal=add-custom-connector#settings/customize-connectors',
      'Name: <name>',
      'Address: <url>',
      'For Entra, enter the client id under "Advanced": azd env get-value MCP_CLIENT_ID',
    ],
  },
  chatgpt: {
    title: 'ChatGPT',
    steps: [
      'Turn on developer mode in the settings, and choose "Create" under the connectors',
      'Name: <name>',
      'Address: <url>',
      'For Entra, choose a predefined client with the id of: azd env get-value MCP_CLIENT_ID',
      'After saving, add the redirect URI that it shows: azd env set ENTRA_REDIRECT_URIS URI, then azd provision',
    ],
  },
  'copilot-studio': {
    title: 'Copilot Studio',
    steps: [
      'Choose "Add a tool", then "Model Context Protocol"',
      'Name: <name>',
      'Address: <url>',
      'For Entra, enter what this prints: npx --no mcp-host connect copilot-studio',
    ],
    key: 'authentication "API key", header x-functions-key',
  },
  foundry: {
    title: 'AI Foundry agents',
    steps: [
      'Add an MCP tool to the agent',
      'server_label: <name>',
      'server_url: <url>',
      "For Entra, choose the agent's or the project's identity as authentication",
    ],
    key: 'a project connection with the header x-functions-key',
  },
};
