// Posts JSON-RPC messages over real HTTP and reads both forms of answer.

import { Agent, type IncomingMessage, request } from 'node:http';

export interface Message {
  readonly jsonrpc: '2.0';
  readonly id?: unknown;
  readonly method: string;
  readonly params?: object;
}

export interface PostAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly contentType: string;
  readonly body: string;
  readonly id: unknown;
  readonly result?: Record<string, unknown>;
  readonly error?: { code: number; message: string; data?: { reason?: string } };
  /** Text of the first content block of a tool's result. */
  readonly text?: string;
  /** What an event stream carried before the result. */
  readonly notifications: { method: string; params?: unknown }[];
}

const agent = new Agent({ keepAlive: true });

/** @param message an object is sent as JSON, a string or buffer as it is. */
export async function post(
  url: string,
  message: object | string | Buffer,
  headers: Record<string, string> = {},
): Promise<PostAnswer> {
  const body =
    typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message);
  const response = await send(url, Buffer.from(body), {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...headers,
  });
  return readAnswer(response.message, response.body);
}

/** Runs `work` for 0 to `count` - 1, `concurrency` at a time. */
export async function postMany(
  count: number,
  concurrency: number,
  work: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

function send(
  url: string,
  body: Buffer,
  headers: Record<string, string>,
): Promise<{ message: IncomingMessage; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method: 'POST', agent, headers: { 'content-length': String(body.length), ...headers } },
      (message) => {
        let text = '';
        message.setEncoding('utf8');
        message.on('data', (chunk) => {
          text += chunk;
        });
        message.on('end', () => resolve({ message, body: text }));
        message.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function readAnswer(message: IncomingMessage, body: string): PostAnswer {
  const contentType = message.headers['content-type'] ?? '';
  const messages = contentType.includes('event-stream')
    ? [...body.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data as string))
    : body.startsWith('{')
      ? [JSON.parse(body)]
      : [];
  const last = messages.at(-1) ?? {};
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    contentType,
    body,
    id: last.id,
    result: last.result,
    error: last.error,
    text: last.result?.content?.[0]?.text,
    notifications: messages.slice(0, -1),
  };
}
