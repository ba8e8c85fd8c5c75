// Hosts with the programs of the fixtures, and callers of both eras.

import { join } from 'node:path';
import { META_KEYS } from '../../../../runtime/exchange/wire-names.ts';
import { type PostAnswer, post } from '../../post.ts';
import { type StartOptions, startHost, type TestHost } from '../../start-host.ts';

const PROGRAMS = join(import.meta.dirname, '../../../fixtures/programs');

/** One entry: `node` with a program of the fixtures, and further keys. */
export function entry(program: string, keys: object = {}): string {
  const [file, ...args] = program.split(' ');
  return JSON.stringify({ command: 'node', args: [`./${file}`, ...args], ...keys });
}

export function hostPrograms(
  servers: Readonly<Record<string, string>>,
  { host = {}, ...options }: Partial<StartOptions> & { host?: object } = {},
): Promise<TestHost> {
  const entries = Object.entries(servers).map(([name, text]) => `  ${name}: ${text}\n`);
  const yaml = `host: ${JSON.stringify(host)}\ndefaults: { auth: anonymous }\nservers:\n${entries.join('')}`;
  return startHost({ yaml, directory: PROGRAMS, listen: true, ...options });
}

let ids = 0;

export interface Caller {
  /** Headers of each request. */
  readonly headers: Record<string, string>;
  /** `_meta` of each request. */
  readonly envelope: object;
  send(method: string, params?: object, id?: unknown): Promise<PostAnswer>;
  /** Calls a tool. */
  call(name: string, args?: object, meta?: object): Promise<PostAnswer>;
}

function caller(url: string, headers: Record<string, string>, envelope: object): Caller {
  const send: Caller['send'] = (method, params = {}, id = ++ids) => {
    const { _meta, ...others } = params as { _meta?: object };
    const meta = { ...envelope, ..._meta };
    const isModern = Object.keys(envelope).length > 0;
    const sent = { ...others, ...(Object.keys(meta).length > 0 && { _meta: meta }) };
    const name = (params as { name?: string }).name;
    return post(
      url,
      { jsonrpc: '2.0', id, method, params: sent },
      {
        ...headers,
        ...(isModern && { 'mcp-method': method, ...(name !== undefined && { 'mcp-name': name }) }),
      },
    );
  };
  return {
    headers,
    envelope,
    send,
    call: (name, args = {}, _meta = {}) => send('tools/call', { name, arguments: args, _meta }),
  };
}

/** A client of the 2025 era after its handshake. */
export async function legacyCaller(
  url: string,
  capabilities: object = {},
  headers: Record<string, string> = {},
): Promise<Caller> {
  const params = {
    protocolVersion: '2025-11-25',
    capabilities,
    clientInfo: { name: 'tester', version: '1' },
  };
  const hello = await post(url, { jsonrpc: '2.0', id: 0, method: 'initialize', params }, headers);
  if (hello.error) throw new Error(`No handshake: ${JSON.stringify(hello.error)}`);
  const session = String(hello.headers['mcp-session-id']);
  return caller(url, { ...headers, 'mcp-session-id': session }, {});
}

/** A client of the 2025 era without a session. */
export const sessionlessCaller = (url: string, headers: Record<string, string> = {}): Caller =>
  caller(url, headers, {});

export function modernCaller(
  url: string,
  capabilities: object = {},
  headers: Record<string, string> = {},
): Caller {
  return caller(
    url,
    { 'mcp-protocol-version': '2026-07-28', ...headers },
    {
      [META_KEYS.protocolVersion]: '2026-07-28',
      [META_KEYS.clientCapabilities]: capabilities,
      [META_KEYS.clientInfo]: { name: 'tester', version: '1' },
    },
  );
}
