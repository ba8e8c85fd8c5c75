// The official SDK clients in every way in which they choose an era, behind one face.

import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
  type VersionNegotiationMode,
} from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { onTestFinished } from 'vitest';

/** Newest revision of the 2025 era, and the one of 2026. */
export const LEGACY = '2025-11-25';
export const MODERN = '2026-07-28';

/** A client that is connected to one server. */
export interface Connection {
  /** Revision that client and server agreed on. */
  readonly version: string | undefined;
  /** What went wrong beside the calls; a good server leaves it empty. */
  readonly errors: readonly Error[];
  toolNames(): Promise<string[]>;
  /** Text of the result's first block; `onProgress` is told the steps before it. */
  call(name: string, args: object, onProgress?: (step: number) => void): Promise<string>;
}

/** Where a server is, as a client's file says it. */
export interface Place {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Connects; the connection is closed after the test. @throws what the client says when it cannot.
 */
export type Connect = (place: Place) => Promise<Connection>;

const information = { name: 'interop', version: '1.0.0' };

export const clients: Readonly<Record<string, Connect>> = {
  'SDK v1': connectV1,
  'SDK v2, legacy': (place) => connectV2(place, 'legacy'),
  'SDK v2, auto': (place) => connectV2(place, 'auto'),
  'SDK v2, pinned to 2026-07-28': (place) => connectV2(place, { pin: MODERN }),
};

async function connectV1({ url, headers = {} }: Place): Promise<Connection> {
  const client = new ClientV1(information);
  const errors: Error[] = [];
  client.onerror = (error) => errors.push(error);
  const transport = new TransportV1(new URL(url), { requestInit: { headers: { ...headers } } });
  onTestFinished(() => client.close());
  await client.connect(transport);
  return {
    version: transport.protocolVersion,
    errors,
    toolNames: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args, onProgress) =>
      textOf(
        await client.callTool({ name, arguments: { ...args } }, undefined, {
          ...(onProgress && { onprogress: ({ progress }) => onProgress(progress) }),
        }),
      ),
  };
}

async function connectV2(
  { url, headers = {} }: Place,
  mode: VersionNegotiationMode,
): Promise<Connection> {
  const client = new ClientV2(information, { versionNegotiation: { mode } });
  const errors: Error[] = [];
  client.onerror = (error) => errors.push(error);
  onTestFinished(() => client.close());
  await client.connect(new TransportV2(new URL(url), { requestInit: { headers: { ...headers } } }));
  return {
    version: client.getNegotiatedProtocolVersion(),
    errors,
    toolNames: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args, onProgress) =>
      textOf(
        await client.callTool(
          { name, arguments: { ...args } },
          { ...(onProgress && { onprogress: ({ progress }) => onProgress(progress) }) },
        ),
      ),
  };
}

function textOf(result: object): string {
  const { content = [] } = result as { content?: { text?: string }[] };
  return content[0]?.text ?? '';
}
