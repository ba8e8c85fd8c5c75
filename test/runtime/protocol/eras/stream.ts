// A client that reads an event stream message by message, and can leave in the middle of it.

import { Agent, type IncomingMessage, request } from 'node:http';
import { createParser } from 'eventsource-parser';
import type { Message } from '../../post.ts';

/** A message as it came over the wire. */
export interface WireMessage {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Record<string, unknown> & { readonly _meta?: Record<string, unknown> };
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string };
}

export interface OpenStream {
  readonly headers: IncomingMessage['headers'];
  /** The next message; undefined when the stream has ended. */
  next(): Promise<WireMessage | undefined>;
  /** All messages until the stream ends. */
  rest(): Promise<WireMessage[]>;
  /** Closes the connection, as a client does that no longer waits. */
  leave(): void;
}

/** Posts `message` on a connection of its own; resolves when the answer begins. */
export function openStream(
  url: string,
  message: Message,
  headers: Readonly<Record<string, string>> = {},
): Promise<OpenStream> {
  const agent = new Agent({ keepAlive: false });
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: 'POST',
      agent,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
    });
    outgoing.once('response', (incoming) => resolve(read(incoming, () => outgoing.destroy())));
    outgoing.once('error', reject);
    outgoing.end(JSON.stringify(message));
  });
}

function read(incoming: IncomingMessage, leave: () => void): OpenStream {
  const arrived: WireMessage[] = [];
  let hasEnded = false;
  let wake: (() => void) | undefined;
  const parser = createParser({ onEvent: ({ data }) => arrived.push(JSON.parse(data)) });
  const isStream = incoming.headers['content-type']?.startsWith('text/event-stream');
  let json = '';
  incoming.setEncoding('utf8');
  incoming.on('data', (text: string) => {
    if (isStream) parser.feed(text);
    else json += text;
    wake?.();
  });
  incoming.once('end', () => {
    if (json !== '') arrived.push(JSON.parse(json));
  });
  incoming.on('error', () => {});
  incoming.once('close', () => {
    hasEnded = true;
    wake?.();
  });
  const next = async (): Promise<WireMessage | undefined> => {
    while (arrived.length === 0 && !hasEnded) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return arrived.shift();
  };
  return {
    headers: incoming.headers,
    next,
    leave,
    async rest() {
      const messages: WireMessage[] = [];
      for (let message = await next(); message; message = await next()) messages.push(message);
      return messages;
    },
  };
}
