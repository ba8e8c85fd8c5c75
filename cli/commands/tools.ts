// mcp-host tools: the tools of the servers, as a client gets them.

import type { Tool } from '@modelcontextprotocol/sdk/types.js';
import { listFields } from '../calling/arguments.ts';
import { describeTool } from '../calling/describe-tool.ts';
import { listEach, printLists } from '../calling/list-each.ts';
import { firstLine, renderOverview } from '../calling/overview.ts';
import { namesServer } from '../calling/place.ts';
import type { Schema } from '../calling/schema.ts';
import { inSession, sessionHelp, sessionOptions, wantsJson } from '../calling/session.ts';
import { unknownName } from '../find-server.ts';
import type { Terminal } from '../terminal.ts';
import { readArguments, refuseFurther } from '../usage.ts';

/** Shown by `--help`. */
export const help = `mcp-host tools [server] [tool] [--long] [--json] [options]

Lists the tools of the servers. With the name of a tool, or with --long, it also shows the arguments.
Arguments in brackets are optional.

  --long            show every tool with its arguments
  --json            as --output json: { "servers": [{ "name", "tools" or "error" }] }
${sessionHelp}

Exit code 1: a server cannot be reached.`;

interface FoundTool {
  readonly name: string;
  readonly item: Tool;
}

/** Returns the exit code. */
export function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments(args, {
    ...sessionOptions,
    long: { type: 'boolean' },
    json: { type: 'boolean' },
  });
  const words = namesServer(values) ? [undefined, ...positionals] : positionals;
  const [server, tool, ...further] = words;
  refuseFurther(further, 'the name of a tool');
  const isJson = wantsJson(values) || values.json === true;
  return inSession(values, server, terminal, async (session) => {
    const lists = await listEach(session, isJson, async (connection) => {
      const tools = await connection.tools();
      if (tool === undefined) return tools;
      const found = tools.find(({ name }) => name === tool);
      if (found !== undefined) return [found];
      throw unknownName(
        'tool',
        tool,
        tools.map(({ name }) => name),
      );
    });
    const place = namesServer(values) ? `--url ${values.url}` : undefined;
    const isLong = tool !== undefined || values.long === true;
    return printLists(lists, {
      isJson,
      terminal,
      toJson: (tools) => ({ tools }),
      toLines: (found) => (isLong ? describeTools(found, place) : renderTools(found)),
      none: 'No tools.',
    });
  });
}

function describeTools(found: readonly FoundTool[], place: string | undefined): string[] {
  return found.flatMap(({ name, item }, index) => {
    const call = `npx --no mcp-host call ${place ?? name} ${item.name}`;
    return [...(index === 0 ? [] : ['']), ...describeTool(item, call)];
  });
}

function renderTools(found: readonly FoundTool[]): string[] {
  if (found.length === 0) return [];
  const rows = found.map(({ name, item }) => [
    name,
    item.name,
    listFields(item.inputSchema as Schema),
    firstLine(item.description ?? item.title),
  ]);
  return renderOverview(['SERVER', 'TOOL', 'ARGUMENTS', 'WHAT IT DOES'], rows);
}
