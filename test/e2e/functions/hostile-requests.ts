// Requests that a Functions host lets through and that the handler must refuse, each with its
// answer.

import type { ClientRequest } from '../../../standins/functions-host/fixtures/client.ts';
import { asRequest, toolCall } from './calls.ts';

/** One row: what is sent, and the status and reason word of the refusal. */
export interface HostileRequest {
  readonly name: string;
  readonly target: string;
  readonly request: ClientRequest;
  readonly status: number;
  readonly reason: string;
}

const message = toolCall('echo', { text: 'x' });
const evil = 'https://evil.example';
const megabyte = 'x'.repeat(1_048_576);

const withHeaders = (headers: Record<string, string>) => asRequest(message, { headers });
const withBody = (body: string | Buffer | readonly string[]) => ({ ...asRequest(message), body });
const withMembers = (members: object) => asRequest({ ...message, ...members });

/** All rows, under the status and the reason of their answers. */
export const hostileRequests: readonly HostileRequest[] = [
  ...refused(400, 'invalid-json', {
    'a body that is no JSON': withBody('nonsense'),
    'a body that is cut off': withBody('{"jsonrpc":"2.0","id":1'),
    'a body that ends in a string': withBody('{"jsonrpc":"2.0'),
    'a body that is not UTF-8': withBody(Buffer.from('{"\xff":1}', 'latin1')),
    'an empty body': withBody(''),
    'an empty body in chunks': withBody([]),
  }),
  ...refused(400, 'forbidden-key', {
    'a body with a prototype': withBody('{"jsonrpc":"2.0","id":1,"method":"ping","__proto__":{}}'),
  }),
  ...refused(400, 'invalid-request', {
    'a number': withBody('42'),
    null: withBody('null'),
    'an empty object': withBody('{}'),
    'another JSON-RPC': withMembers({ jsonrpc: '1.0' }),
    'a null id': withMembers({ id: null }),
    'an object as id': withMembers({ id: {} }),
    'a fraction as id': withMembers({ id: 1.5 }),
    'an id beyond 2^53': withBody('{"jsonrpc":"2.0","id":1e300,"method":"ping"}'),
    'a list as params': withMembers({ params: [] }),
    'a number as method': withMembers({ method: 7 }),
  }),
  ...refused(400, 'batch', { 'a batch': withBody(JSON.stringify([message, message])) }),
  ...refused(400, 'unexpected-response', {
    'an answer that nobody waits for': withBody('{"jsonrpc":"2.0","id":1,"result":{}}'),
  }),
  ...refused(400, 'too-complex', {
    '100,000 levels of nesting': withBody('['.repeat(100_000)),
    '200,000 elements': withBody(`[${'0,'.repeat(200_000)}0]`),
  }),
  ...refused(400, 'uri-too-long', {
    'a URI of 3,000 characters': withMembers({ params: { uri: 'x'.repeat(3_000) } }),
  }),
  ...refused(400, 'unsupported-version', {
    'an unknown protocol version': withHeaders({ 'mcp-protocol-version': '1999-01-01' }),
  }),
  ...refused(403, 'forbidden-origin', {
    'a foreign Origin': withHeaders({ origin: evil }),
    'two Origins': {
      ...asRequest(message),
      headers: { ...asRequest(message).headers, Origin: ['http://localhost', 'http://localhost'] },
    },
    'an opaque Origin': withHeaders({ origin: 'null' }),
    'a preflight from a foreign Origin': { method: 'OPTIONS', headers: { origin: evil } },
  }),
  ...[
    '/nothing',
    '/TOOLS/MCP',
    '/tools/mcp/more',
    '/tools//mcp',
    '/tools%2Fmcp',
    '/tools/mcp%20',
    '/tools/mcp;x=1',
    '/%ff%fe',
    '/%',
    '/.well-known/oauth-protected-resource',
    '/favicon.ico?code=secret',
    `/${'x'.repeat(8_000)}`,
    '/tools/mcp%ff',
    '/tools/%2e%2e%2ftools/mcp',
    '/tools%5cmcp',
  ].flatMap((target) =>
    refused(
      404,
      'not-found',
      { [`GET ${target.slice(0, 40)}`]: {}, [`POST ${target.slice(0, 40)}`]: asRequest(message) },
      target,
    ),
  ),
  ...refused(405, 'method-not-allowed', {
    GET: {},
    HEAD: { method: 'HEAD' },
    PUT: { method: 'PUT' },
    DELETE: { method: 'DELETE' },
    PATCH: { method: 'PATCH' },
    TRACE: { method: 'TRACE' },
    'OPTIONS without an Origin': { method: 'OPTIONS' },
    'GET with a body': { headers: { 'content-length': 2 }, body: '{}' },
  }),
  ...refused(406, 'not-acceptable', {
    'a client that wants HTML': withHeaders({ accept: 'text/html' }),
  }),
  ...refused(413, 'body-too-large', {
    '5 MiB for a server that takes 4': withMembers({ params: { x: megabyte.repeat(5) } }),
    '5 MiB in chunks': withBody(Array(5).fill(megabyte)),
  }),
  ...refused(415, 'unsupported-media-type', {
    'a form': withHeaders({ 'content-type': 'application/x-www-form-urlencoded' }),
    'an empty content type': withHeaders({ 'content-type': '' }),
    'two content types': {
      ...asRequest(message),
      headers: { 'Content-Type': ['application/json', 'text/plain'] },
    },
    'a content type of semicolons': withHeaders({ 'content-type': ';'.repeat(4_000) }),
    'UTF-16': withHeaders({ 'content-type': 'application/json; charset=utf-16' }),
    'a compressed body': withHeaders({ 'content-encoding': 'gzip' }),
  }),
  ...refused(431, 'headers-too-large', {
    // The Functions host takes 100 and adds its own.
    '95 headers': withHeaders(
      Object.fromEntries(Array.from({ length: 95 }, (_, index) => [`x-${index}`, 'x'])),
    ),
    'a header of 20 kB': withHeaders({ 'x-large': 'x'.repeat(20_000) }),
    'GET with a header of 20 kB': { headers: { 'x-large': 'x'.repeat(20_000) } },
  }),
];

function refused(
  status: number,
  reason: string,
  requests: Readonly<Record<string, ClientRequest>>,
  target = '/tools/mcp',
): HostileRequest[] {
  return Object.entries(requests).map(([name, request]) => ({
    name,
    target,
    request,
    status,
    reason,
  }));
}
