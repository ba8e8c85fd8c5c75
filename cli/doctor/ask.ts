// How the doctor sends a request: once, without credentials and cookies, following nothing, with a
// limit of time and of size. With node:http, because fetch refuses ports that browsers do, such as
// 6000.

import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { isObject } from '../../config/json-value.ts';
import { shown } from './row.ts';

export interface Question {
  readonly url: string;
  /** A JSON body makes it a POST. */
  readonly json?: object;
  /** Issuers slow down who asks much: at most one of these per second and origin. */
  readonly paced?: boolean;
}

export interface Answer {
  readonly status: number;
  /** Value of a header; undefined when it did not come. */
  readonly header: (name: string) => string | undefined;
  /** The body, at most `maxBodyBytes` of it. */
  readonly body: string;
  readonly isCut: boolean;
}

/** Nothing that could be read came back. */
export interface Unanswered {
  /** For people. */
  readonly failure: string;
  readonly fix: string;
}

export type Ask = (question: Question) => Promise<Answer | Unanswered>;

/** A sign-in page of Entra has some 200 KB. */
const MAX_BODY_BYTES = 524_288;
/** A timer may fire a little early. */
const ISSUER_INTERVAL_MS = 1_050;

/** What went wrong below HTTP, by Node's code. */
const FAILURES: Readonly<Record<string, readonly [failure: string, fix: string]>> = {
  ENOTFOUND: ['the host name does not exist (DNS)', 'correct the address'],
  EAI_AGAIN: [
    'the host name cannot be looked up (DNS)',
    'check the network connection of this machine',
  ],
  ECONNREFUSED: ['nothing is listening there', 'start it, or correct the address'],
  ECONNRESET: [
    'the connection was closed before an answer came',
    'check whether a proxy is in between',
  ],
  CERT_HAS_EXPIRED: ['its certificate has expired', 'renew the certificate'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['its certificate is self-signed', 'install a public certificate'],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'its certificate is signed by an unknown authority',
    'if a proxy of your network signs it, set NODE_EXTRA_CA_CERTS',
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'its certificate is for a different host name',
    'correct the address, or the certificate',
  ],
};

/**
 * @param timeoutMs for each answer with its body
 * @param onQuestion called with each address before it is asked, fit to be shown
 */
export function createAsk(timeoutMs: number, onQuestion: (address: string) => void): Ask {
  const endedAtMs = new Map<string, number>();
  return async ({ url, json, paced }) => {
    const { origin } = new URL(url);
    if (paced) await waitForTurn(endedAtMs.get(origin));
    onQuestion(shownAddress(url));
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const response = await send(new URL(url), json, signal);
      const { statusCode: status = 0, headers } = response;
      const header = (name: string) => headers[name]?.toString();
      return { status, header, ...(await readBody(response)) };
    } catch (error) {
      return signal.aborted ? tooSlow(timeoutMs) : explainFailure(error as Error);
    } finally {
      if (paced) endedAtMs.set(origin, performance.now());
    }
  };
}

/** Counted from the end, so that a slow way there cannot bring two requests closer together. */
async function waitForTurn(endedAtMs: number | undefined): Promise<void> {
  if (endedAtMs === undefined) return;
  await sleep(Math.max(0, endedAtMs + ISSUER_INTERVAL_MS - performance.now()));
}

function send(url: URL, json: object | undefined, signal: AbortSignal): Promise<IncomingMessage> {
  // What an address says of a user and a password is not sent.
  url.username = '';
  url.password = '';
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const headers = {
    'user-agent': 'mcp-host-doctor',
    accept: 'application/json, text/event-stream, text/html',
    ...(json && { 'content-type': 'application/json' }),
  };
  // A connection of its own for each request: one that is kept may be closed while it is used
  // again.
  const options = { method: json ? 'POST' : 'GET', headers, signal, agent: false } as const;
  return new Promise((resolve, reject) => {
    request(url, options)
      .once('response', resolve)
      .on('error', reject)
      .end(json && JSON.stringify(json));
  });
}

async function readBody(response: IncomingMessage): Promise<Pick<Answer, 'body' | 'isCut'>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) break;
  }
  const text = Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString('utf8');
  return { body: text, isCut: bytes > MAX_BODY_BYTES };
}

function tooSlow(timeoutMs: number): Unanswered {
  return {
    failure: `no complete answer within ${timeoutMs / 1_000} s`,
    fix: 'try again in a minute, or set a longer --timeout',
  };
}

function explainFailure({ code, message }: NodeJS.ErrnoException): Unanswered {
  const known = FAILURES[code ?? ''];
  if (known !== undefined) return { failure: known[0], fix: known[1] };
  return {
    failure: shown(code ?? message),
    fix: 'check the address and the network connection of this machine',
  };
}

/** A JSON object; undefined for every other body. */
export function readJson({ body, isCut }: Answer): Readonly<Record<string, unknown>> | undefined {
  if (isCut) return undefined;
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** An address without what may be secret in it: user, password, query and fragment. */
function shownAddress(address: string): string {
  const [place = ''] = address.replaceAll(/[\t\r\n]/g, '').split(/[?#]/);
  return shown(place.replace(/^([a-z][a-z\d+.-]*:[\\/]*|[\\/]{2,})[^\\/]*@/i, '$1'));
}

/** What kind of answer came, in a few words; never its text, which is foreign. */
export function describe(answer: Answer | Unanswered): string {
  if ('failure' in answer) return answer.failure;
  const { status, header, body, isCut } = answer;
  const location = header('location');
  if (status >= 300 && status < 400 && location !== undefined) {
    return `${status}, a redirect to ${shownAddress(location)}`;
  }
  if (isCut) return `${status} with more than ${MAX_BODY_BYTES / 1_024} KiB`;
  if (body === '') return `${status} without a body`;
  const [type = 'no content type'] = (header('content-type') ?? '').split(';').filter(Boolean);
  return `${status} with ${shown(type)}`;
}
