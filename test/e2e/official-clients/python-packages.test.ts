// Servers on the official Python SDK and on FastMCP as `command` entries, called by every official client. The packages
// come from PyPI, so only .github/workflows/python.yml runs this: it names each Python in the variables below.

import { describe, expect, test } from 'vitest';
import { spawnHost } from '../spawn-host.ts';
import { clients } from './clients.ts';

const OFFICIAL = `from mcp.server import MCPServer

server = MCPServer("official")
`;
const FASTMCP = `from fastmcp import FastMCP

server = FastMCP("fast")
`;
const TOOL = `

@server.tool()
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


server.run()
`;

describe.each([
  { what: 'the official Python SDK', variable: 'MCP_PYTHON', source: OFFICIAL },
  { what: 'FastMCP', variable: 'FASTMCP_PYTHON', source: FASTMCP },
])('a server on $what', ({ variable, source }) => {
  const python = process.env[variable];

  test.skipIf(python === undefined).each(Object.entries(clients))(
    'answers %s through the host',
    async (_, connect) => {
      const entry = { command: python, args: ['server.py'], auth: 'anonymous' };
      const host = await spawnHost({
        yaml: JSON.stringify({ servers: { python: entry } }),
        files: { 'server.py': source + TOOL },
      });
      const connection = await connect({ url: `${await host.url()}/python/mcp` });

      expect(await connection.toolNames()).toEqual(['add']);
      expect(await connection.call('add', { a: 2, b: 3 })).toBe('5');
      expect(connection.errors).toEqual([]);
    },
  );
});
