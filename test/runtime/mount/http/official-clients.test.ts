// The official clients against every kind of mount: SDK v1, and SDK v2 in all three modes. What
// they show to a person must be the same, whichever era they end up in.

import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MOUNTS, sharedMounts } from './mounts.ts';

const mounts = sharedMounts();

/** What the tests use of either client. */
interface AnyClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(params: object, ...rest: unknown[]): Promise<unknown>;
  getServerVersion(): { name: string } | undefined;
  getInstructions(): string | undefined;
  getServerCapabilities(): object | undefined;
  close(): Promise<void>;
}

interface Connected {
  readonly client: AnyClient;
  readonly era: string | undefined;
  /** Calls a tool and counts the progress that arrives before the result. */
  callWithProgress(params: object): Promise<{ result: unknown; progress: number[] }>;
}

const INFO = { name: 'test', version: '1.0.0' };

async function connectV1(path: string): Promise<Connected> {
  const client = new ClientV1(INFO);
  await client.connect(new TransportV1(new URL(mounts().url + path)) as never);
  onTestFinished(() => client.close());
  return {
    client: client as unknown as AnyClient,
    era: 'legacy',
    async callWithProgress(params) {
      const progress: number[] = [];
      const onprogress = (update: { progress: number }): void =>
        void progress.push(update.progress);
      return {
        result: await client.callTool(params as never, undefined, { onprogress }),
        progress,
      };
    },
  };
}

type Mode = 'legacy' | 'auto' | { pin: string };

async function connectV2(path: string, mode: Mode): Promise<Connected> {
  const client = new ClientV2(INFO, { versionNegotiation: { mode } });
  await client.connect(new TransportV2(new URL(mounts().url + path)));
  onTestFinished(() => client.close());
  return {
    client: client as unknown as AnyClient,
    era: client.getProtocolEra(),
    async callWithProgress(params) {
      const progress: number[] = [];
      const onprogress = (update: { progress: number }): void =>
        void progress.push(update.progress);
      return { result: await client.callTool(params as never, { onprogress }), progress };
    },
  };
}

const MODERN = { pin: '2026-07-28' };
const CLIENTS: readonly [string, (path: string) => Promise<Connected>, 'legacy' | 'modern'][] = [
  ['SDK v1', connectV1, 'legacy'],
  ['SDK v2 in legacy mode', (path) => connectV2(path, 'legacy'), 'legacy'],
  ['SDK v2 in auto mode', (path) => connectV2(path, 'auto'), 'modern'],
  ['SDK v2 pinned to 2026-07-28', (path) => connectV2(path, MODERN), 'modern'],
];

describe.each(CLIENTS)('%s', (_client, connect, era) => {
  it.each(MOUNTS)('gets on with %s', async (path, name) => {
    const connected = await connect(path);
    const { client } = connected;
    expect(connected.era).toBe(era);
    await expectWorking(connected, name);
    expect(client.getServerVersion()).toMatchObject({ name });
    expect(client.getInstructions()).toBe(`I am ${name}.`);
    expect(JSON.stringify(client.getServerCapabilities())).not.toContain('listChanged');
  });
});

async function expectWorking({ client, callWithProgress }: Connected, name: string): Promise<void> {
  const { tools } = await client.listTools();
  expect(tools.map((tool) => tool.name)).toEqual(
    expect.arrayContaining(['echo', 'progress', 'caller']),
  );
  const { result, progress } = await callWithProgress({
    name: 'progress',
    arguments: { text: 'x', steps: 3 },
  });
  expect(result).toMatchObject({ content: [{ text: `${name}:x` }] });
  expect(progress).toEqual([1, 2, 3]);
  const texts = await Promise.all(
    Array.from({ length: 20 }, (_, number) =>
      client.callTool({ name: 'echo', arguments: { text: `t${number}`, delayMs: number % 3 } }),
    ),
  );
  expect(texts).toMatchObject(
    Array.from({ length: 20 }, (_, number) => ({ content: [{ text: `${name}:t${number}` }] })),
  );
}
