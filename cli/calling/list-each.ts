// Asks each server for a list; one that cannot be asked does not keep the others from being shown.

import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage.ts';
import { printJson } from './print-json.ts';
import type { ServerConnection } from './server-connection.ts';
import type { Session } from './session.ts';

export interface ServerList<Item> {
  readonly name: string;
  readonly items: readonly Item[];
  /** Why there is none. */
  readonly error?: string;
}

/**
 * One after the other: two sign-ins at once would confuse.
 * @param isJson programs get the error of a server in its place, people that of a single server as the error of the command
 * @throws UsageError, and the reason of an interruption
 */
export async function listEach<Item>(
  { endpoints, visit, signal }: Session,
  isJson: boolean,
  list: (connection: ServerConnection) => Promise<Item[]>,
): Promise<ServerList<Item>[]> {
  const lists: ServerList<Item>[] = [];
  for (const endpoint of endpoints) {
    const { name } = endpoint;
    try {
      lists.push({ name, items: await visit(endpoint, list) });
    } catch (error) {
      const isWhole = endpoints.length === 1 && !isJson;
      if (isWhole || signal.aborted || error instanceof UsageError) throw error;
      lists.push({
        name,
        items: [],
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }
  return lists;
}

export interface ListOutput<Item> {
  readonly isJson: boolean;
  readonly terminal: Terminal;
  /** Members of a server's object for programs. */
  readonly toJson: (items: readonly Item[]) => object;
  /** For people. */
  readonly toLines: (found: readonly { readonly name: string; readonly item: Item }[]) => string[];
  /** Printed if there are no lines. */
  readonly none: string;
}

/** @returns the exit code: 1 when a server could not be asked */
export function printLists<Item>(
  lists: readonly ServerList<Item>[],
  { isJson, terminal, toJson, toLines, none }: ListOutput<Item>,
): number {
  if (isJson) {
    const servers = lists.map(({ name, items, error }) =>
      error === undefined ? { name, ...toJson(items) } : { name, error },
    );
    printJson({ servers }, terminal);
  } else {
    const lines = toLines(
      lists.flatMap(({ name, items }) => items.map((item) => ({ name, item }))),
    );
    for (const line of lines) terminal.print(line);
    if (lines.length === 0) terminal.remark(none);
    // The messages name their server.
    for (const { error } of lists) if (error !== undefined) terminal.remark(error);
  }
  return lists.some(({ error }) => error !== undefined) ? 1 : 0;
}
