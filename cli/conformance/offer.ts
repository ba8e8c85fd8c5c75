// What a server offers, from its own answers: only that can be tested.

import type { Era } from './eras.ts';

/** What a server says of itself in one era. */
export interface Offer {
  /** By name, as in `initialize` and `server/discover`. */
  readonly capabilities: Readonly<Record<string, unknown>>;
  /** The first tool of its list, which the suite calls without arguments. */
  readonly firstTool?: OfferedTool;
}

export interface OfferedTool {
  readonly name: string;
  /** It says that it changes nothing (`readOnlyHint`). */
  readonly isReadOnly: boolean;
  /** Its schema refuses a call without arguments. */
  readonly needsArguments: boolean;
}

interface Tool {
  readonly name: string;
  readonly inputSchema?: { readonly required?: readonly string[] };
  readonly annotations?: { readonly readOnlyHint?: boolean };
}

const CLIENT_INFO = { name: 'mcp-host-conformance', version: '1' };

/** @throws Error when the host answers the handshake or `server/discover` with an error */
export async function readOffer(url: string, era: Era): Promise<Offer> {
  const firstRequest = era === '2025-11-25' ? 'initialize' : 'server/discover';
  const hello = await ask(url, era, firstRequest);
  const capabilities = hello.result?.capabilities;
  if (typeof capabilities !== 'object' || capabilities === null) {
    throw new Error(
      `${era}: expected capabilities in the answer to ${firstRequest}, got ${JSON.stringify(hello)}`,
    );
  }
  if (era === '2025-11-25' || !('tools' in capabilities))
    return { capabilities: { ...capabilities } };
  const { result } = await ask(url, era, 'tools/list');
  const tool = Array.isArray(result?.tools) ? (result.tools[0] as Tool | undefined) : undefined;
  return { capabilities: { ...capabilities }, ...(tool?.name && { firstTool: describe(tool) }) };
}

function describe({ name, inputSchema, annotations }: Tool): OfferedTool {
  return {
    name,
    isReadOnly: annotations?.readOnlyHint === true,
    needsArguments: (inputSchema?.required ?? []).length > 0,
  };
}

interface Answer {
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: unknown;
}

async function ask(url: string, era: Era, method: string): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': era,
      'mcp-method': method,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: paramsFor(era) }),
  });
  const text = await response.text();
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  return JSON.parse(isStream ? lastMessage(text) : text) as Answer;
}

/** In 2025-11-25 those of `initialize`, the only request that is made there. */
function paramsFor(era: Era) {
  return era === '2025-11-25'
    ? { protocolVersion: era, capabilities: {}, clientInfo: CLIENT_INFO }
    : {
        _meta: {
          'io.modelcontextprotocol/protocolVersion': era,
          'io.modelcontextprotocol/clientInfo': CLIENT_INFO,
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      };
}

/** A stream ends with the answer; each message of this host is one `data` line. */
function lastMessage(stream: string): string {
  return /^data: ?(.*)$/m.exec(stream.slice(stream.lastIndexOf('\ndata:') + 1))?.[1] ?? 'null';
}
