// mcp-host inspect: the official Inspector in the browser, with every server entered.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withPlace } from '../calling/place.ts';
import { startNpx } from '../inspect/npx.ts';
import { interruptible } from '../interruption.ts';
import { Progress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { readOptions } from '../usage.ts';

/** Shown by `--help`. */
export const help = `mcp-host inspect

Starts the official MCP Inspector (through npx, which downloads it the first time) with every server
of servers.yaml. It uses the host that runs here, or starts one. Ctrl-C ends both.
Needs Node 22.19 or later.`;

/** The one that the tests run. */
export const INSPECTOR = '@modelcontextprotocol/inspector@2.12.0';
const NEEDED_NODE = { major: 22, minor: 19 } as const;

/** Returns the exit code. */
export function run(args: readonly string[], terminal: Terminal): number | Promise<number> {
  readOptions(args, {});
  if (!takesNode(process.versions.node)) {
    terminal.remark(
      `The Inspector needs Node ${NEEDED_NODE.major}.${NEEDED_NODE.minor} or later, got ${process.versions.node}. ` +
        `Fix: install Node ${NEEDED_NODE.major}, or use npx --no mcp-host tools and call`,
    );
    return 1;
  }
  const progress = new Progress(terminal.remark);
  return interruptible(({ signal }) => {
    const onStart = (state: string) => {
      if (state === 'starts') progress.update('host', state);
      else progress.drop('host');
    };
    return withPlace({}, undefined, { terminal, signal, onStart }, async ({ endpoints }) => {
      const folder = mkdtempSync(join(tmpdir(), 'mcp-host-inspect-'));
      try {
        const file = join(folder, 'mcp.json');
        const mcpServers = Object.fromEntries(
          endpoints.map(({ name, url }) => [name, { type: 'streamable-http', url }]),
        );
        writeFileSync(file, `${JSON.stringify({ mcpServers }, null, 2)}\n`);
        terminal.remark(
          `Starting the Inspector with ${endpoints.map(({ name }) => name).join(', ')}. Ctrl-C ends it.`,
        );
        return await startNpx(['--yes', INSPECTOR, '--web', '--config', file], signal);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }).finally(() => progress.clear());
}

function takesNode(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > NEEDED_NODE.major || (major === NEEDED_NODE.major && minor >= NEEDED_NODE.minor);
}
