// The command line: which commands there are, and what their outcome means for the exit code
// (0 fine, 1 a problem was found, 2 wrong use, 3 could not be decided).

import { ConfigError } from '../config/diagnostics.ts';
import { nearestWord } from '../config/spelling.ts';
import { type CommandEntry, commandGroups, commands } from './command-list.ts';
import { bold, printableLines, processTerminal, red, type Terminal } from './terminal.ts';
import { refuseFurther, UsageError } from './usage.ts';

/** `help` works everywhere; npx takes `--help` for itself when no command precedes it. */
const HELP = new Set(['help', '--help', '-h']);
/** Below this, the name and the summary of a command are on two lines. */
const ONE_LINE_COLUMNS = 52;

/** Runs one command line and returns its exit code; never throws. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name = '', ...rest] = args;
  try {
    if (HELP.has(name)) {
      terminal.print(await helpOn(rest));
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
function findCommand(name: string): CommandEntry {
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
    const help = commands.has(name) ? `help ${name}` : 'help';
    terminal.remark(
      `${red('mcp-host:')} ${printableLines(error.message)}\nSee: npx --no mcp-host ${help}`,
    );
    return 2;
  }
  const message = error instanceof Error ? error.message : String(error);
  terminal.remark(`${red('mcp-host:')} ${printableLines(message)}`);
  return 1;
}

/** The help of the command that is named, or of them all. @throws UsageError */
async function helpOn(args: readonly string[]): Promise<string> {
  const [name, ...further] = args.filter((word) => !HELP.has(word));
  if (name === undefined) return overview();
  const command = findCommand(name);
  refuseFurther(further, 'the name of a command');
  return (await command.load()).help;
}

function overview(): string {
  const isNarrow = (process.stdout.columns ?? 80) < ONE_LINE_COLUMNS;
  const lineOf = ({ name, summary }: CommandEntry): string =>
    isNarrow ? `  ${name}\n    ${summary}` : `  ${name.padEnd(13)}${summary}`;
  return [
    'Many MCP servers in one Azure app.',
    '',
    'npx --no mcp-host <command> [options]',
    'npx --no mcp-host help <command>',
    ...commandGroups.flatMap((group) => ['', bold(group.title), ...group.commands.map(lineOf)]),
    '',
    'Run the host: npm start. Deploy: azd up.',
    '',
    'Exit codes: 0 fine, 1 problem found,',
    '2 wrong use, 3 not decided (doctor).',
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
