// What the real host refuses before it looks at a path: too much, or bytes and a Host that it does
// not take (measured).

import type { IncomingMessage } from 'node:http';
import { pairs } from './headers.ts';

const maxRequestLineBytes = 8_192;
const maxHeaders = 100;

/** An answer without a body. */
export interface EarlyRefusal {
  readonly status: number;
  readonly connection?: 'close';
}

/** The refusal of a request whose head alone is a reason for one. */
export function refusalOf(request: IncomingMessage): EarlyRefusal | undefined {
  const { method = '', url = '', rawHeaders, headersDistinct, httpVersion } = request;
  const requestLine = `${method} ${url} HTTP/${httpVersion}\r\n`;
  if (requestLine.length > maxRequestLineBytes) return { status: 414, connection: 'close' };
  const headers = pairs(rawHeaders);
  if (headers.length > maxHeaders) return { status: 431, connection: 'close' };
  const foreign = headers.filter(([, value]) => /[\x80-\xff]/.test(value));
  if (foreign.length > 0) return { status: foreign.every(isUtf8) ? 500 : 400 };
  const hosts = headersDistinct.host ?? [];
  if (hosts.length !== 1 || /[\s/]/.test(hosts[0] ?? ''))
    return { status: 400, connection: 'close' };
  return hosts[0] === '' ? { status: 500 } : undefined;
}

function isUtf8([, value]: readonly [string, string]): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1'));
    return true;
  } catch {
    return false;
  }
}
