// mcp-host resources: the resources of the servers, or one of them.

import { printContents } from '../calling/content.ts';
import { listEach, printFailures } from '../calling/list-each.ts';
import { firstLine, renderOverview } from '../calling/overview.ts';
import { namesServer } from '../calling/place.ts';
import {
  inSession,
  type Session,
  sessionHelp,
  sessionOptions,
  wantsJson,
} from '../calling/session.ts';
import type { Terminal } from '../terminal.ts';
import { readArguments, refuseFurther } from '../usage.ts';

/** Shown by `--help`. */
export const help = `mcp-host resources [server] [uri] [--json] [options]

Asks the servers which resources they have, or reads one. Texts are printed; everything else is
saved to a file.

  --json            as --output json: { "servers": [{ "name", "resources", "resourceTemplates" or
                    "error" }] }, or what was read
  --save DIR        folder for files (default: this one)
${sessionHelp}

Exit code 1 when a server cannot be asked.`;

/** Returns the exit code. */
export function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments(args, {
    ...sessionOptions,
    json: { type: 'boolean' },
    save: { type: 'string' },
  });
  const words = namesServer(values) ? [undefined, ...positionals] : positionals;
  const [server, uri, ...further] = words;
  refuseFurther(further, 'the URI of a resource');
  const isJson = wantsJson(values) || values.json === true;
  return inSession(values, server, terminal, async (session) => {
    if (uri === undefined) return list(session, isJson, terminal);
    const [endpoint] = session.endpoints;
    if (endpoint === undefined) return 1;
    const read = await session.visit(endpoint, (connection) => connection.readResource(uri));
    if (isJson) {
      terminal.print(JSON.stringify(read, null, 2));
    } else {
      const { print } = terminal;
      printContents(read.contents, { print, folder: values.save ?? '.', label: uri });
    }
    return 0;
  });
}

async function list(session: Session, isJson: boolean, terminal: Terminal): Promise<number> {
  const lists = await listEach(session, async (connection) => {
    const resources = await connection.resources();
    return [{ resources, resourceTemplates: await connection.resourceTemplates() }];
  });
  if (isJson) {
    const servers = lists.map(({ name, items: [item], error }) => ({
      name,
      ...item,
      ...(error !== undefined && { error }),
    }));
    terminal.print(JSON.stringify({ servers }, null, 2));
  } else {
    const rows = lists.flatMap(({ name, items }) =>
      items.flatMap(({ resources, resourceTemplates }) => [
        ...resources.map(({ uri, mimeType, description, title, name: label }) => [
          ...[name, uri, mimeType ?? ''],
          firstLine(description ?? title ?? label),
        ]),
        ...resourceTemplates.map(({ uriTemplate, mimeType, description, title, name: label }) => [
          ...[name, uriTemplate, mimeType ?? ''],
          firstLine(description ?? title ?? label),
        ]),
      ]),
    );
    const lines =
      rows.length === 0 ? [] : renderOverview(['SERVER', 'URI', 'TYPE', 'WHAT IT IS'], rows);
    for (const line of lines) terminal.print(line);
    if (rows.length === 0) terminal.remark('No resources.');
    printFailures(lists, terminal);
  }
  return lists.some(({ error }) => error !== undefined) ? 1 : 0;
}
