// mcp-host resources: the resources of the servers, or one of them.

import type { Resource, ResourceTemplate } from '@modelcontextprotocol/sdk/types.js';
import { printContents } from '../calling/content.ts';
import { listEach, printLists } from '../calling/list-each.ts';
import { firstLine, renderOverview } from '../calling/overview.ts';
import { namesServer } from '../calling/place.ts';
import { printJson } from '../calling/print-json.ts';
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

Lists the resources of the servers, or reads one. Text is printed; everything else is
saved to a file.

  --json            as --output json: { "servers": [{ "name", "resources", "resourceTemplates" or
                    "error" }] }, or what was read
  --save DIR        folder for files (default: the current folder)
${sessionHelp}

Exit code 1: a server cannot be reached.`;

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
      printJson(read, terminal);
    } else {
      const { print } = terminal;
      printContents(read.contents, { print, folder: values.save ?? '.', label: uri });
    }
    return 0;
  });
}

async function list(session: Session, isJson: boolean, terminal: Terminal): Promise<number> {
  const lists = await listEach(session, isJson, async (connection) => {
    const resources = await connection.resources();
    return [{ resources, resourceTemplates: await connection.resourceTemplates() }];
  });
  return printLists(lists, {
    isJson,
    terminal,
    toJson: ([item]) => ({ ...item }),
    toLines: renderResources,
    none: 'No resources.',
  });
}

interface FoundResources {
  readonly name: string;
  readonly item: {
    readonly resources: readonly Resource[];
    readonly resourceTemplates: readonly ResourceTemplate[];
  };
}

function renderResources(found: readonly FoundResources[]): string[] {
  const rows = found.flatMap(({ name: server, item: { resources, resourceTemplates } }) =>
    [
      ...resources.map((each) => ({ ...each, place: each.uri })),
      ...resourceTemplates.map((each) => ({ ...each, place: each.uriTemplate })),
    ].map(({ place, mimeType = '', description, title, name }) => [
      ...[server, place, mimeType],
      firstLine(description ?? title ?? name),
    ]),
  );
  return rows.length === 0 ? [] : renderOverview(['SERVER', 'URI', 'TYPE', 'WHAT IT IS'], rows);
}
