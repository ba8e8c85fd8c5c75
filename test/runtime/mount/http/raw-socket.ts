// HTTP by hand: exact bytes on a socket, and the answers as they stand on the wire.

import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Without chunk sizes. */
  readonly body: string;
}

export interface RawConnection {
  readonly socket: Socket;
  /** Resolves with the first `count` answers once they are complete. */
  answers(count: number): Promise<RawAnswer[]>;
  /** Resolves when the server has closed the connection, with all answers, complete or not. */
  closed(): Promise<RawAnswer[]>;
}

/**
 * Opens a connection that is torn down when the test ends; text is sent as latin1, byte for byte.
 */
export function openSocket(
  url: string,
  bytes = '',
  options: { readonly allowHalfOpen?: boolean } = {},
): RawConnection {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), ...options });
  onTestFinished(() => void socket.destroy());
  const received: Buffer[] = [];
  socket.on('data', (chunk) => received.push(chunk));
  socket.on('error', () => {});
  const read = (): RawAnswer[] => readAnswers(Buffer.concat(received).toString('latin1'));
  if (bytes.length > 0) socket.write(bytes, 'latin1');
  return {
    socket,
    answers: async (count) => {
      let answers = read();
      while (answers.length < count) {
        if (socket.closed) throw new Error(`Closed after ${answers.length} answers.`);
        await next(socket);
        answers = read();
      }
      return answers.slice(0, count);
    },
    closed: async () => {
      if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
      return read();
    },
  };
}

/** Waits until something arrives or the connection closes. */
function next(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('data', done).off('close', done);
      resolve();
    };
    socket.on('data', done).on('close', done);
  });
}

/**
 * A POST of `body` as bytes; `headers` are lines, and the usual ones are left out when they name
 * them.
 */
export function postBytes(path: string, body: string, headers: readonly string[] = []): string {
  const usual = [
    'Host: localhost',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  const given = new Set(headers.map((line) => line.split(':', 1)[0]?.trim().toLowerCase()));
  const lines = usual.filter((line) => !given.has(line.split(':', 1)[0]?.toLowerCase()));
  return `POST ${path} HTTP/1.1\r\n${[...lines, ...headers].join('\r\n')}\r\n\r\n${body}`;
}

function readAnswers(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = text;
  for (;;) {
    const headEnd = rest.indexOf('\r\n\r\n');
    if (headEnd === -1) return answers;
    const [statusLine = '', ...lines] = rest.slice(0, headEnd).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const status = Number(statusLine.split(' ')[1]);
    const payload = readPayload(rest.slice(headEnd + 4), headers, status);
    if (!payload) return answers;
    answers.push({ status, headers, body: Buffer.from(payload.body, 'latin1').toString('utf8') });
    rest = payload.rest;
  }
}

function readPayload(
  text: string,
  headers: Record<string, string>,
  status: number,
): { body: string; rest: string } | undefined {
  if (status < 200) return { body: '', rest: text };
  if (headers['transfer-encoding'] === 'chunked') return readChunks(text);
  const length = Number(headers['content-length'] ?? 0);
  if (text.length < length) return undefined;
  return { body: text.slice(0, length), rest: text.slice(length) };
}

function readChunks(text: string): { body: string; rest: string } | undefined {
  let body = '';
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (Number.isNaN(size)) return undefined;
    const end = lineEnd + 2 + size;
    if (text.length < end + 2) return undefined;
    body += text.slice(lineEnd + 2, end);
    at = end + 2;
    if (size === 0) return { body, rest: text.slice(at) };
  }
}
