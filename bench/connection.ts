// One keep-alive connection that writes prepared requests and reads just enough of an answer to know that it is whole
// and right. Node's own HTTP client costs more CPU than most servers that are measured here.

import { once } from 'node:events';
import { connect } from 'node:net';

const ANSWER_LIMIT_MS = 30_000;

export interface Connection {
  /** Sends a request, one at a time. @returns the answer. @throws for anything but a 200 with what was asked for. */
  exchange(request: Buffer): Promise<string>;
  close(): void;
}

export async function openConnection(port: number): Promise<Connection> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  // One character per byte, so that lengths can be compared.
  socket.setEncoding('latin1').setTimeout(ANSWER_LIMIT_MS);
  let text = '';
  let waiting: { resolve: (answer: string) => void; reject: (error: Error) => void } | undefined;
  const fail = (error: Error): void => {
    waiting?.reject(error);
    waiting = undefined;
  };
  await once(socket, 'connect');
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (!isWhole(text)) return;
    const answer = text;
    text = '';
    if (!isRight(answer)) fail(new Error(`answered ${answer.slice(0, 500)}`));
    waiting?.resolve(answer);
    waiting = undefined;
  });
  socket.on('error', fail);
  socket.on('timeout', () => socket.destroy(new Error(`no answer in ${ANSWER_LIMIT_MS} ms`)));
  socket.on('close', () => fail(new Error(`closed the connection after ${text.slice(0, 500)}`)));
  return {
    exchange: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request);
      }),
    close: () => void socket.destroy(),
  };
}

export async function exchangeOnce(port: number, request: Buffer): Promise<string> {
  const connection = await openConnection(port);
  try {
    return await connection.exchange(request);
  } finally {
    connection.close();
  }
}

function isWhole(text: string): boolean {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, headEnd))?.[1];
  // JSON and events have no line break of this kind inside.
  if (length === undefined) return text.endsWith('\r\n0\r\n\r\n');
  return text.length >= headEnd + 4 + Number(length);
}

function isRight(answer: string): boolean {
  if (!answer.startsWith('HTTP/1.1 200')) return false;
  return answer.includes('"result"') || /\r\ncontent-type: text\/plain/i.test(answer);
}
