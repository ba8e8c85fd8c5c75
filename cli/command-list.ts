// The commands of mcp-host, by what you want to do: `mcp-host help` and docs/commands.md show them.

import type { Terminal } from './terminal.ts';

/** What each module in commands/ exports. */
export interface Command {
  /** Shown by `help <command>` and by `<command> --help`. */
  readonly help: string;
  /** Returns the exit code. */
  readonly run: (args: readonly string[], terminal: Terminal) => number | Promise<number>;
}

export interface CommandEntry {
  readonly name: string;
  /** At most 36 characters, so that it fits a terminal of 40 columns. */
  readonly summary: string;
  /** A command is loaded only when it is called. */
  readonly load: () => Promise<Command>;
}

export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly CommandEntry[];
}

export const commandGroups: readonly CommandGroup[] = [
  {
    title: 'Develop',
    commands: [
      {
        name: 'dev',
        summary: 'run the host, restart after changes',
        load: () => import('./commands/dev.ts'),
      },
    ],
  },
  {
    title: 'Change servers.yaml',
    commands: [
      {
        name: 'add',
        summary: 'add a folder, package, program, URL',
        load: () => import('./commands/add.ts'),
      },
      {
        name: 'remove',
        summary: 'remove a server',
        load: () => import('./commands/remove.ts'),
      },
      {
        name: 'enable',
        summary: 'enable a server',
        load: () => import('./commands/enable.ts'),
      },
      {
        name: 'disable',
        summary: 'disable a server, but keep its entry',
        load: () => import('./commands/disable.ts'),
      },
      {
        name: 'import',
        summary: "copy entries from a client's file",
        load: () => import('./commands/import.ts'),
      },
    ],
  },
  {
    title: 'Look at servers.yaml',
    commands: [
      {
        name: 'check',
        summary: 'find all errors in the file',
        load: () => import('./commands/check.ts'),
      },
      {
        name: 'list',
        summary: 'list the servers and their settings',
        load: () => import('./commands/list.ts'),
      },
      {
        name: 'lock',
        summary: 'record tools of programs and URLs',
        load: () => import('./commands/lock.ts'),
      },
      {
        name: 'schema',
        summary: 'print the JSON Schema of the file',
        load: () => import('./commands/schema.ts'),
      },
    ],
  },
  {
    title: 'Use and test servers',
    commands: [
      {
        name: 'tools',
        summary: 'list tools',
        load: () => import('./commands/tools.ts'),
      },
      {
        name: 'call',
        summary: 'call a tool',
        load: () => import('./commands/call.ts'),
      },
      {
        name: 'resources',
        summary: 'list resources, or read one',
        load: () => import('./commands/resources.ts'),
      },
      {
        name: 'prompts',
        summary: 'list prompts, or get one',
        load: () => import('./commands/prompts.ts'),
      },
      {
        name: 'inspect',
        summary: 'open the MCP Inspector',
        load: () => import('./commands/inspect.ts'),
      },
      {
        name: 'conformance',
        summary: 'run the official test suite of MCP',
        load: () => import('./commands/conformance.ts'),
      },
    ],
  },
  {
    title: 'Connect clients',
    commands: [
      {
        name: 'install',
        summary: 'add the servers to a client',
        load: () => import('./commands/install.ts'),
      },
      {
        name: 'uninstall',
        summary: 'remove the servers from a client',
        load: () => import('./commands/uninstall.ts'),
      },
      {
        name: 'mcp-json',
        summary: 'print entries, links and commands',
        load: () => import('./commands/mcp-json.ts'),
      },
      {
        name: 'connect',
        summary: 'set up Copilot Studio, write a page',
        load: () => import('./commands/connect.ts'),
      },
    ],
  },
  {
    title: 'Deploy and publish',
    commands: [
      {
        name: 'doctor',
        summary: 'find problems here or in Azure',
        load: () => import('./commands/doctor.ts'),
      },
      {
        name: 'server-json',
        summary: 'print server.json for a registry',
        load: () => import('./commands/server-json.ts'),
      },
    ],
  },
];

export const commands: ReadonlyMap<string, CommandEntry> = new Map(
  commandGroups.flatMap((group) => group.commands).map((command) => [command.name, command]),
);
