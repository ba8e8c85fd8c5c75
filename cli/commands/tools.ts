// mcp-host tools: the tools of the servers, as a client gets them.

import type { Tool } from '@modelcontextprotocol/sdk/types.js';
import { listFields } from '../calling/arguments.ts';
import { describeTool } from '../calling/describe-tool.ts';
import { listEach, printFailures } from '../calling/list-each.ts';
import { firstLine, renderOverview } from '../calling/overview.ts';
import { namesServer } from '../calling/place.ts';
import type { Schema } from '../calling/schema.ts';
import { inSession, sessionHelp, sessionOptions, wantsJson } from '../calling/session.ts';
import { unknownName } from '../find-server.ts';
import type { Terminal } from '../terminal.ts';
import { readArguments, refuseFurther } from '../usage.ts';

/** Shown by `--help`. */
export const help = `mcp-host tools [server] [tool] [--long] [--json] [options]

Asks the servers which tools they have. With the name of a tool, or with --long, it shows what each
argument may be. An argument in brackets may be left out.

  --long            every tool with its arguments
  --json            as --output json: { "servers": [{ "name", "tools" or "error" }] }
${sessionHelp}

Exit code 1 when a server cannot be asked.`;

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
    const lists = await listEach(session, async (connection) => {
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
    if (isJson) {
      const servers = lists.map(({ name, items, error }) =>
        error === undefined ? { name, tools: items } : { name, error },
      );
      terminal.print(JSON.stringify({ servers }, null, 2));
    } else {
      const found = lists.flatMap(({ name, items }) => items.map((item) => ({ name, item })));
      const prefix = namesServer(values) ? `call --url ${values.url}` : undefined;
      const lines =
        tool !== undefined || values.long
          ? found.flatMap(({ name, item }, index) => [
              ...(index === 0 ? [] : ['']),
              ...describeTool(item, `npx --no mcp-host ${prefix ?? `call ${name}`} ${item.name}`),
            ])
          : renderTools(found);
      for (const line of lines) terminal.print(line);
      if (found.length === 0) terminal.remark('No tools.');
      printFailures(lists, terminal);
    }
    return lists.some(({ error }) => error !== undefined) ? 1 : 0;
  });
}

function renderTools(found: readonly { name: string; item: Tool }[]): string[] {
  if (found.length === 0) return [];
  const rows = found.map(({ name, item }) => [
    name,
    item.name,
    listFields(item.inputSchema as Schema),
    firstLine(item.description ?? item.title),
  ]);
  return renderOverview(['SERVER', 'TOOL', 'ARGUMENTS', 'WHAT IT DOES'], rows);
}
