// What is asked: each message of both eras with the headers that its revision demands, as bytes to be sent.

export type Era = '2025' | '2026';

/** The tool call, and what a host can answer without a server. */
export type Ask = 'call' | 'initialize' | 'discover' | 'ping' | 'list';

/** The method of each message. */
export const METHODS: Readonly<Record<Ask, string>> = {
  call: 'tools/call',
  initialize: 'initialize',
  discover: 'server/discover',
  ping: 'ping',
  list: 'tools/list',
};

const CLIENT = { name: 'bench', version: '1.0.0' };

/** What is measured besides calls; `initialize` and `ping` are gone in 2026-07-28, `server/discover` is new. */
export const HOST_ASKS: readonly { readonly ask: Ask; readonly era: Era }[] = [
  { ask: 'initialize', era: '2025' },
  { ask: 'ping', era: '2025' },
  { ask: 'list', era: '2025' },
  { ask: 'discover', era: '2026' },
  { ask: 'list', era: '2026' },
];

/** A POST of the message to `path`. @param text what a call is answered with. */
export function messageTo(path: string, ask: Ask, era: Era, text = 'hello'): Buffer {
  const method = METHODS[ask];
  const params = { ...paramsOf(ask, text), ...(era === '2026' && { _meta: envelope() }) };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  return post(path, body, {
    ...(era === '2025' && ask !== 'initialize' && { 'mcp-protocol-version': '2025-11-25' }),
    ...(era === '2026' && { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method }),
    ...(era === '2026' && ask === 'call' && { 'mcp-name': 'echo' }),
  });
}

export function getRoot(): Buffer {
  return Buffer.from('GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
}

/** The JSON-RPC result in an answer, be it plain JSON or an event. */
export function resultIn(answer: string): object {
  const json = answer.slice(answer.indexOf('{"'), answer.lastIndexOf('}') + 1);
  return JSON.parse(Buffer.from(json, 'latin1').toString('utf8')).result;
}

function post(path: string, body: string, extra: Readonly<Record<string, string>>): Buffer {
  const headers = {
    host: '127.0.0.1',
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'user-agent': 'bench',
    ...extra,
    'content-length': Buffer.byteLength(body),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

function paramsOf(ask: Ask, text: string): object {
  if (ask === 'call') return { name: 'echo', arguments: { text } };
  if (ask !== 'initialize') return {};
  return { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: CLIENT };
}

function envelope(): object {
  return {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': CLIENT,
    'io.modelcontextprotocol/clientCapabilities': {},
  };
}
