// Calls a tool of a running host over an agent of the test's choice, so that connections are part
// of the test.

import { type Agent, request } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  /** Text of the result's first block. */
  readonly text: string | undefined;
  readonly isError: boolean;
  /** `error.data.reason`. */
  readonly reason: string | undefined;
}

/** @throws when the connection is refused or cut. */
export function callTool(
  url: string,
  name: string,
  args: object = {},
  agent?: Agent,
): Promise<HttpAnswer> {
  const params = { name, arguments: args };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: 'POST',
      ...(agent && { agent }),
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      incoming.once('error', reject);
      incoming.once('end', () => resolve(readAnswer(incoming.statusCode ?? 0, text)));
    });
    outgoing.end(body);
  });
}

function readAnswer(status: number, body: string): HttpAnswer {
  const { result, error } = JSON.parse(body);
  return {
    status,
    text: result?.content?.[0]?.text,
    isError: result?.isError === true,
    reason: error?.data?.reason,
  };
}
