// Connects an official SDK v2 client to a time server in this process.

import { type CallToolResult, Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { createServer } from '../../../servers/time/index.ts';

/** Builds a server, on the real clock unless given another, and connects a client to it. */
export async function connectTime(now?: () => number): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' });
  const [serverSide, clientSide] = InMemoryTransport.createLinkedPair();
  await createServer(undefined, now).connect(serverSide);
  await client.connect(clientSide);
  return client;
}

/** The text of a result with one text block. */
export function textOf(result: CallToolResult): string {
  const [block] = result.content;
  return block?.type === 'text' ? block.text : '';
}
