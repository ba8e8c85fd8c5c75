// mcp-host prompts: the prompts of the servers, or the text of one of them.

import type { Prompt } from '@modelcontextprotocol/sdk/types.js';
import { listFields, readWords } from '../calling/arguments.ts';
import { printBlock } from '../calling/content.ts';
import { listEach, printLists } from '../calling/list-each.ts';
import { firstLine, renderOverview } from '../calling/overview.ts';
import { namesServer } from '../calling/place.ts';
import { printJson } from '../calling/print-json.ts';
import type { Schema } from '../calling/schema.ts';
import {
  inSession,
  type Session,
  sessionHelp,
  sessionOptions,
  wantsJson,
} from '../calling/session.ts';
import { unknownName } from '../find-server.ts';
import { bold, type Terminal } from '../terminal.ts';
import { readArguments } from '../usage.ts';

/** Shown by `--help`. */
export const help = `mcp-host prompts [server] [prompt] [key=value …] [--json] [options]

Lists the prompts of the servers, or gets one prompt. key=@file reads the text of a file. Arguments
in brackets are optional.

  --json            as --output json: { "servers": [{ "name", "prompts" or "error" }] }, or the
                    prompt
  --save DIR        folder for images, sounds and other files (default: the current folder)
${sessionHelp}

Exit codes: 1 a server cannot be reached, 2 an argument is wrong.`;

/** Returns the exit code. */
export function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments(args, {
    ...sessionOptions,
    json: { type: 'boolean' },
    save: { type: 'string' },
  });
  const words = namesServer(values) ? [undefined, ...positionals] : positionals;
  const [server, wanted, ...pairs] = words;
  const isJson = wantsJson(values) || values.json === true;
  return inSession(values, server, terminal, async (session) => {
    if (wanted === undefined) return list(session, isJson, terminal);
    const [endpoint] = session.endpoints;
    if (endpoint === undefined) return 1;
    const result = await session.visit(endpoint, async (connection) => {
      const prompts = await connection.prompts();
      const prompt = prompts.find(({ name }) => name === wanted);
      if (prompt === undefined) {
        const names = prompts.map(({ name }) => name);
        throw unknownName('prompt', wanted, names);
      }
      const words = pairs.filter((pair) => pair !== undefined);
      const given = readWords(words, schemaOf(prompt)) as Record<string, string>;
      return connection.getPrompt(wanted, given);
    });
    if (isJson) {
      printJson(result, terminal);
      return 0;
    }
    const { print } = terminal;
    for (const { role, content } of result.messages) {
      print(bold(`${role}:`));
      printBlock(content, { print, folder: values.save ?? '.', label: wanted });
    }
    return 0;
  });
}

async function list(session: Session, isJson: boolean, terminal: Terminal): Promise<number> {
  const lists = await listEach(session, isJson, (connection) => connection.prompts());
  return printLists(lists, {
    isJson,
    terminal,
    toJson: (prompts) => ({ prompts }),
    toLines: renderPrompts,
    none: 'No prompts.',
  });
}

function renderPrompts(found: readonly { name: string; item: Prompt }[]): string[] {
  const rows = found.map(({ name, item }) => [
    ...[name, item.name, listFields(schemaOf(item))],
    firstLine(item.description ?? item.title),
  ]);
  const header = ['SERVER', 'PROMPT', 'ARGUMENTS', 'WHAT IT IS'];
  return rows.length === 0 ? [] : renderOverview(header, rows);
}

/** The arguments of prompts are texts. */
function schemaOf({ arguments: list = [] }: Prompt): Schema {
  return {
    type: 'object',
    properties: Object.fromEntries(list.map(({ name }) => [name, { type: 'string' }])),
    required: list.filter(({ required }) => required === true).map(({ name }) => name),
    additionalProperties: false,
  };
}
