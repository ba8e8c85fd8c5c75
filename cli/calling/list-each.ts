// Asks each server for a list; one that cannot be asked does not keep the others from being shown.

import type { Terminal } from '../terminal.ts';
import type { ServerConnection } from './server-connection.ts';
import type { Session } from './session.ts';

export interface ServerList<Item> {
  readonly name: string;
  readonly items: readonly Item[];
  /** Why there is none. */
  readonly error?: string;
}

/** One after the other: two sign-ins at once would confuse. @throws when there is only one server */
export async function listEach<Item>(
  { endpoints, visit, signal }: Session,
  list: (connection: ServerConnection) => Promise<Item[]>,
): Promise<ServerList<Item>[]> {
  const lists: ServerList<Item>[] = [];
  for (const endpoint of endpoints) {
    const { name } = endpoint;
    try {
      lists.push({ name, items: await visit(endpoint, list) });
    } catch (error) {
      if (endpoints.length === 1 || signal.aborted || !(error instanceof Error)) throw error;
      lists.push({ name, items: [], error: error.message });
    }
  }
  return lists;
}

/** The messages name their server. */
export function printFailures(lists: readonly ServerList<unknown>[], terminal: Terminal): void {
  for (const { error } of lists) if (error !== undefined) terminal.remark(error);
}
