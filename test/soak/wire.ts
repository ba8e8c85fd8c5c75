// Requests of both eras over node:http, and what came back, undigested.

import { type Agent, type IncomingHttpHeaders, request } from 'node:http';

export type Era = '2025' | '2026';

export interface WireMessage {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly data?: { readonly reason?: string } };
}

/** A response that ended as HTTP demands. */
export interface Response {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Of a JSON body or an event stream. */
  readonly messages: readonly WireMessage[];
}

export interface Posting {
  readonly url: string;
  readonly agent: Agent;
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** After this long without an end it counts as lost. */
  readonly limitMs: number;
  /** Told when the first bytes of the body are here; `leave` ends the connection. */
  readonly onFirstBytes?: (leave: () => void) => void;
}

/** @throws Error when there is no whole response in time; `Left` when the caller has left. */
export function post({ url, agent, body, headers, limitMs, onFirstBytes }: Posting) {
  return new Promise<Response>((resolve, reject) => {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const outgoing = request(
      url,
      { method: 'POST', agent, headers: { ...headers, 'content-length': bytes.length } },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8');
        incoming.once('data', () => onFirstBytes?.(() => outgoing.destroy(new Left())));
        incoming.on('data', (chunk) => {
          text += chunk;
        });
        incoming.once('error', fail);
        incoming.once('close', () => fail(new Error('the connection ended within the answer')));
        incoming.once('end', () => {
          clearTimeout(limit);
          const { statusCode: status = 0, headers: got } = incoming;
          resolve({ status, headers: got, body: text, messages: messagesIn(text, got) });
        });
      },
    );
    const limit = setTimeout(
      () => outgoing.destroy(new Error(`no answer in ${limitMs} ms`)),
      limitMs,
    );
    const fail = (error: Error): void => {
      clearTimeout(limit);
      reject(error);
    };
    outgoing.once('error', fail);
    outgoing.end(bytes);
  });
}

/** The caller has ended the connection itself. */
export class Left extends Error {}

/** Text that is no JSON is no message. */
function messagesIn(text: string, headers: IncomingHttpHeaders): WireMessage[] {
  const isStream = headers['content-type']?.includes('event-stream');
  const parts = isStream ? [...text.matchAll(/^data: (.+)$/gm)].map(([, data]) => data) : [text];
  return parts.flatMap((part) => {
    try {
      return [JSON.parse(part as string) as WireMessage];
    } catch {
      return [];
    }
  });
}

const CLIENT = { name: 'soak', version: '1.0.0' };
const CAPABILITIES = { elicitation: { form: {} } };

/** What a call looks like in its era. @param session of `initialize` in the 2025 era */
export function toolCall(
  era: Era,
  id: number | string,
  tool: string,
  args: object,
  { session, progressToken }: { readonly session?: string; readonly progressToken?: string } = {},
): Pick<Posting, 'body' | 'headers'> {
  const token = progressToken === undefined ? undefined : { progressToken };
  const _meta = era === '2026' ? { ...envelope(), ...token } : token;
  const params = { name: tool, arguments: args, ...(_meta && { _meta }) };
  return {
    body: JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params }),
    headers: {
      ...COMMON,
      ...(era === '2025'
        ? { 'mcp-protocol-version': '2025-11-25', ...(session && { 'mcp-session-id': session }) }
        : {
            'mcp-protocol-version': '2026-07-28',
            'mcp-method': 'tools/call',
            'mcp-name': tool,
          }),
    },
  };
}

export function initialize(): Pick<Posting, 'body' | 'headers'> {
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: CAPABILITIES,
    clientInfo: CLIENT,
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 'hello', method: 'initialize', params });
  return { body, headers: COMMON };
}

export function cancellation(
  requestId: unknown,
  session: string,
): Pick<Posting, 'body' | 'headers'> {
  const method = 'notifications/cancelled';
  return {
    body: JSON.stringify({ jsonrpc: '2.0', method, params: { requestId } }),
    headers: { ...COMMON, 'mcp-protocol-version': '2025-11-25', 'mcp-session-id': session },
  };
}

const COMMON = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
} as const;

function envelope(): object {
  return {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': CLIENT,
    'io.modelcontextprotocol/clientCapabilities': CAPABILITIES,
  };
}
