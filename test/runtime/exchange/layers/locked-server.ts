// Servers outside of this process that a test holds in its hand, behind a host with a lock file of
// them. The test file replaces the table of kinds by {@link openFake}.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parseConfig } from '../../../../config/load.ts';
import {
  entryHash,
  hashesOf,
  type LockedServer,
  type OutsideServer,
  renderLockFile,
} from '../../../../config/lock-file.ts';
import type { OpenBackend, OpenBackendEvent } from '../../../../runtime/backends/open-backend.ts';
import type { OpenOptions } from '../../../../runtime/backends/open-options.ts';
import type { Answer, Era, Exchange, JsonObject } from '../../../../runtime/exchange/exchange.ts';
import { type PostAnswer, post } from '../../post.ts';
import { modernHeaders, modernMessage } from '../../protocol/eras/modern.ts';
import { startHost, type TestHost } from '../../start-host.ts';

export const tool = (name: string, more: object = {}): JsonObject => ({
  name,
  description: `Does ${name}.`,
  inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
  ...more,
});

type FakeChanges = Partial<
  Pick<FakeServer, 'era' | 'declared' | 'listed' | 'instructions' | 'reading'>
>;

/** A server that the host may start. */
export class FakeServer implements OpenBackend {
  readonly abandonedHandlers = 0;
  era: Era = 'legacy';
  /** undefined: it does not list its tools without a caller. */
  declared: readonly JsonObject[] | undefined = [tool('echo'), tool('add')];
  /** What callers are listed, when not what is declared. */
  listed: readonly JsonObject[] | undefined;
  /** While it is there, the tools are not known. */
  reading: Promise<void> | undefined;
  instructions: string | undefined = 'Be kind.';
  opens = 0;
  knownEra: Era | undefined;
  readonly asked: string[] = [];
  #tell: (event: OpenBackendEvent) => void = () => {};
  #current: OpenBackend['declarations'] | undefined;

  get eras() {
    return [this.era];
  }

  get declarations(): OpenBackend['declarations'] {
    this.#current ??= {
      serverInfo: { name: 'fake', version: '2' },
      capabilities: { tools: {}, prompts: {}, resources: {} },
      ...(this.instructions !== undefined && { instructions: this.instructions }),
      ...(this.reading
        ? { readingTools: this.reading }
        : this.declared && { tools: this.declared }),
    };
    return this.#current;
  }

  set(changes: FakeChanges): void {
    Object.assign(this, changes);
    this.#current = undefined;
  }

  /** It has other tools from now on, and says so. */
  become(declared: readonly JsonObject[]): void {
    this.set({ declared });
    this.#tell('declarations');
    this.#tell({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
  }

  end(): void {
    this.#tell('ended');
  }

  async answer({ request: { method, params } }: Exchange): Promise<Answer> {
    this.asked.push(method);
    if (method === 'tools/list') return { result: { tools: this.listed ?? this.declared } };
    if (method === 'tools/call') {
      return { result: { content: [{ type: 'text', text: `ran ${params?.name}` }] } };
    }
    return { error: { code: -32601, message: 'Method not found' } };
  }

  unknownTool(name: string): Answer {
    return { error: { code: -32602, message: `No tool ${name} here` } };
  }

  subscribe(listener: (event: OpenBackendEvent) => void): void {
    this.#tell = listener;
  }

  async close(): Promise<void> {}
}

const fakes = new Map<string, FakeServer>();

export async function openFake(
  { name }: { readonly name: string },
  { knownEra }: OpenOptions,
): Promise<OpenBackend> {
  const fake = fakes.get(name) as FakeServer;
  fake.opens += 1;
  fake.knownEra = knownEra;
  return fake;
}

/** What `mcp-host lock` would have written of the server as it is now. */
function lockOf(fake: FakeServer, server: OutsideServer): LockedServer {
  const { serverInfo, capabilities, instructions } = fake.declarations;
  const tools = (fake.declared ?? []) as { name: string }[];
  return {
    entry: entryHash(server),
    era: fake.era,
    serverInfo,
    capabilities,
    ...(instructions !== undefined && { instructions }),
    toolHashes: hashesOf(tools),
    tools,
    prompts: [{ name: 'greet' }],
    resources: [{ uri: 'x:/a', name: 'a' }],
    resourceTemplates: [],
  };
}

export type Locked = Record<string, LockedServer>;

export interface LockedHostOptions {
  /** Keys of the entry of each server. */
  readonly settings?: string;
  readonly names?: readonly string[];
  /** Changes what is written to the lock file. */
  readonly edit?: (locked: Locked) => Locked | string;
  /** Changes the server after it was locked. */
  readonly change?: FakeChanges;
  /** Default: there is a lock file. */
  readonly lock?: boolean;
}

/** A host of `command` servers, none of them started. */
export async function lockedHost({
  settings = '',
  names = ['s'],
  edit = (locked) => locked,
  change = {},
  lock = true,
}: LockedHostOptions = {}): Promise<TestHost & { readonly fake: FakeServer }> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const entries = names.map(
    (name) => `  ${name}: { command: node, args: ["${name}.mjs"] ${settings} }`,
  );
  const yaml = `defaults: { auth: anonymous }\nservers:\n${entries.join('\n')}\n`;
  const { servers } = parseConfig(yaml, join(folder, 'servers.yaml'));
  for (const name of names) fakes.set(name, new FakeServer());
  const locked = Object.fromEntries(
    servers.map((server) => [
      server.name,
      lockOf(fakes.get(server.name) as FakeServer, server as OutsideServer),
    ]),
  );
  const edited = edit(locked);
  const text = typeof edited === 'string' ? edited : renderLockFile(edited);
  if (lock) writeFileSync(join(folder, 'servers.lock.json'), text);
  const fake = fakes.get(names[0] as string) as FakeServer;
  fake.set(change);
  const host = await startHost({ yaml, directory: folder, listen: true });
  return { ...host, fake };
}

export function send(
  host: TestHost,
  era: Era,
  method: string,
  params: object = {},
  name = 's',
): Promise<PostAnswer> {
  const url = `${host.url}/${name}/mcp`;
  if (era === 'legacy') return post(url, { jsonrpc: '2.0', id: 1, method, params });
  const message = modernMessage(method, params);
  return post(url, message, modernHeaders(message));
}

export const call = (host: TestHost, era: Era, name: string): Promise<PostAnswer> =>
  send(host, era, 'tools/call', { name, arguments: {} });

export const namesOf = ({ result }: PostAnswer): unknown[] =>
  ((result?.tools ?? []) as { name: string }[]).map(({ name }) => name);

export const readyz = async (host: TestHost) => {
  const response = await fetch(`${host.url}/readyz`);
  return (await response.json()) as { status: string; servers: object[] };
};
