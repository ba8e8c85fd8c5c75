// mcp-host call: one tool, called as a client does.

import { text as readAll } from 'node:stream/consumers';
import { readJsonArguments, readWords } from '../calling/arguments.ts';
import { printToolResult } from '../calling/content.ts';
import { namesServer } from '../calling/place.ts';
import { printJson } from '../calling/print-json.ts';
import type { Schema } from '../calling/schema.ts';
import { inSession, sessionHelp, sessionOptions, wantsJson } from '../calling/session.ts';
import { unknownName } from '../find-server.ts';
import type { Terminal } from '../terminal.ts';
import { readArguments, UsageError } from '../usage.ts';

/** Shown by `--help`. */
export const help = `mcp-host call <server> <tool> [key=value …] [options]

Calls a tool. The schema of the tool decides how a value is read: as text, number, boolean, or as a
list or object in JSON. key=@file reads the text of a file, key=@@x means the text @x, and a.b=1 sets
b in the object a. Wrong arguments are reported before the tool is called.

  --json TEXT       all arguments as one JSON object; - reads it from standard input
  --save DIR        folder for images, sounds and other files (default: the current folder)
${sessionHelp}

Progress, log messages and questions of the tool go to standard error. Without a terminal every
question is declined. Exit codes: 1 the tool failed, 2 an argument is wrong, 130 Ctrl-C.`;

/** Returns the exit code. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments(args, {
    ...sessionOptions,
    json: { type: 'string' },
    save: { type: 'string' },
  });
  const words = namesServer(values) ? [undefined, ...positionals] : positionals;
  const [server, tool, ...pairs] = words;
  if (words.length === 0)
    throw new UsageError(
      'expected the names of a server and a tool, such as: call time get-current-time',
    );
  if (tool === undefined) throw new UsageError('expected the name of a tool, got none');
  if (values.json !== undefined && pairs.length > 0) {
    throw new UsageError(
      'the arguments are given both as key=value and with --json: use one of them',
    );
  }
  const isJson = wantsJson(values);
  const json = values.json === '-' ? await readAll(process.stdin) : values.json;
  return inSession(values, server, terminal, async ({ endpoints: [endpoint], visit }) => {
    if (endpoint === undefined) throw new UsageError('no server was named');
    const result = await visit(endpoint, async (connection) => {
      const tools = await connection.tools();
      const found = tools.find(({ name }) => name === tool);
      if (found === undefined) {
        const names = tools.map(({ name }) => name);
        throw unknownName('tool', tool, names);
      }
      const schema = found.inputSchema as Schema;
      const wanted = pairs.filter((pair) => pair !== undefined);
      const given =
        json === undefined ? readWords(wanted, schema) : readJsonArguments(json, schema);
      return connection.callTool(tool, given);
    });
    if (isJson) {
      printJson(result, terminal);
    } else {
      const { print } = terminal;
      printToolResult(result, { print, folder: values.save ?? '.', label: tool });
    }
    return result.isError === true ? 1 : 0;
  });
}
