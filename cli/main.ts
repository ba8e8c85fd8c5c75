// The command line: which commands there are, and what their outcome means for the exit code
// (0 fine, 1 a problem was found, 2 wrong use, 3 could not be decided). Each command is loaded only when
// it is called.

import { ConfigError } from '../config/diagnostics.ts';
import { nearestWord } from '../config/spelling.ts';
import { bold, printableLines, processTerminal, red, type Terminal } from './terminal.ts';
import { UsageError } from './usage.ts';

/** What each module in commands/ exports. */
interface Command {
  /** Shown by `--help`. */
  readonly help: string;
  /** Returns the exit code. */
  readonly run: (args: readonly string[], terminal: Terminal) => number | Promise<number>;
}

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const commands: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  [
    'add',
    {
      summary: 'add a folder, an npm package, a program or a URL to servers.yaml',
      load: () => import('./commands/add.ts'),
    },
  ],
  [
    'remove',
    {
      summary: 'remove a server from servers.yaml',
      load: () => import('./commands/remove.ts'),
    },
  ],
  ['enable', { summary: 'enable a server', load: () => import('./commands/enable.ts') }],
  ['disable', { summary: 'disable a server', load: () => import('./commands/disable.ts') }],
  [
    'check',
    {
      summary: 'find every problem of servers.yaml and host.json',
      load: () => import('./commands/check.ts'),
    },
  ],
  ['list', { summary: 'list the servers', load: () => import('./commands/list.ts') }],
  [
    'tools',
    { summary: 'list the tools of the servers', load: () => import('./commands/tools.ts') },
  ],
  ['call', { summary: 'call a tool', load: () => import('./commands/call.ts') }],
  [
    'resources',
    {
      summary: 'list the resources of the servers, or read one',
      load: () => import('./commands/resources.ts'),
    },
  ],
  [
    'prompts',
    {
      summary: 'list the prompts of the servers, or get one',
      load: () => import('./commands/prompts.ts'),
    },
  ],
  [
    'inspect',
    {
      summary: 'open the MCP Inspector with every server',
      load: () => import('./commands/inspect.ts'),
    },
  ],
  [
    'lock',
    {
      summary: 'record the tools of programs and URLs in servers.lock.json',
      load: () => import('./commands/lock.ts'),
    },
  ],
  [
    'install',
    {
      summary: 'add the servers to Claude Code, Cursor, VS Code or another client',
      load: () => import('./commands/install.ts'),
    },
  ],
  [
    'uninstall',
    {
      summary: 'remove the servers from a client',
      load: () => import('./commands/uninstall.ts'),
    },
  ],
  [
    'mcp-json',
    {
      summary: 'print the configuration of a client, install links or commands',
      load: () => import('./commands/mcp-json.ts'),
    },
  ],
  [
    'server-json',
    {
      summary: 'print the server.json of a server, for a registry of MCP servers',
      load: () => import('./commands/server-json.ts'),
    },
  ],
  [
    'import',
    {
      summary: "convert a client's configuration file to entries of servers.yaml",
      load: () => import('./commands/import.ts'),
    },
  ],
  [
    'schema',
    {
      summary: 'print the JSON Schema of servers.yaml',
      load: () => import('./commands/schema.ts'),
    },
  ],
  [
    'dev',
    {
      summary: 'run the host, and restart it when files change',
      load: () => import('./commands/dev.ts'),
    },
  ],
  [
    'connect',
    {
      summary: 'show how to set up Copilot Studio or Microsoft 365; write a page of all servers',
      load: () => import('./commands/connect.ts'),
    },
  ],
  [
    'doctor',
    {
      summary: 'check this machine or a deployment, and say how to fix problems',
      load: () => import('./commands/doctor.ts'),
    },
  ],
  [
    'conformance',
    {
      summary: 'run the official conformance suite against a server',
      load: () => import('./commands/conformance.ts'),
    },
  ],
]);

/** Runs one command line and returns its exit code; never throws. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name = '', ...rest] = args;
  try {
    if (['--help', '-h', 'help'].includes(name)) {
      terminal.print(overview());
      return 0;
    }
    const command = await findCommand(name).load();
    if (rest.includes('--help') || rest.includes('-h')) {
      terminal.print(command.help);
      return 0;
    }
    return await command.run(rest, terminal);
  } catch (error) {
    return explainFailure(error, name, terminal);
  }
}

/** @throws UsageError for an unknown command */
function findCommand(name: string): Entry {
  const entry = commands.get(name);
  if (entry !== undefined) return entry;
  if (name === '') throw new UsageError('no command given');
  const nearest = nearestWord(name, [...commands.keys()]);
  const hint = nearest === undefined ? '' : `, did you mean "${nearest}"?`;
  throw new UsageError(`unknown command ${JSON.stringify(name)}${hint}`);
}

function explainFailure(error: unknown, name: string, terminal: Terminal): number {
  if (error instanceof ConfigError) {
    terminal.remark(error.message);
    return 1;
  }
  if (error instanceof UsageError) {
    const help = commands.has(name) ? `mcp-host ${name} --help` : 'mcp-host --help';
    terminal.remark(`${red('mcp-host:')} ${printableLines(error.message)}\nSee: npx --no ${help}`);
    return 2;
  }
  const message = error instanceof Error ? error.message : String(error);
  terminal.remark(`${red('mcp-host:')} ${printableLines(message)}`);
  return 1;
}

function overview(): string {
  const lines = [...commands].map(([name, { summary }]) => `  ${name.padEnd(13)}${summary}`);
  return [
    `${bold('mcp-host')}: many MCP servers in one Azure Functions app, listed in servers.yaml`,
    '',
    'Usage: npx --no mcp-host <command> [options]',
    '',
    ...lines,
    '',
    'Every command has --help. Exit codes: 0 fine, 1 a problem was found, 2 wrong use,',
    '3 something could not be checked (doctor).',
  ].join('\n');
}

/** Runs the command line of this process; mcp-host.js calls it. */
export async function main(): Promise<void> {
  // A reader such as `| head` closes the pipe early. That is not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal);
}
