// How the doctor sends a request: once, without credentials and cookies, following nothing, with a limit of time and of
// size.

import { setTimeout as sleep } from 'node:timers/promises';
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
const maxBodyBytes = 524_288;
const issuerIntervalMs = 1_000;

/** What went wrong below HTTP, by Node's code. */
const failures: Readonly<Record<string, readonly [failure: string, fix: string]>> = {
  ENOTFOUND: ['the name is not known (DNS)', 'correct the address'],
  EAI_AGAIN: ['the name cannot be looked up (DNS)', 'check the network of this machine'],
  ECONNREFUSED: ['nobody listens there', 'start it, or correct the address'],
  ECONNRESET: ['the connection was closed without an answer', 'see whether a proxy is in between'],
  UND_ERR_SOCKET: [
    'the connection was closed without an answer',
    'see whether a proxy is in between',
  ],
  CERT_HAS_EXPIRED: ['its certificate has expired', 'renew the certificate'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['its certificate is self-signed', 'install a public certificate'],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'its certificate is signed by an unknown authority',
    'set NODE_EXTRA_CA_CERTS when a proxy of your network signs it',
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'its certificate is for another name',
    'correct the address, or the certificate',
  ],
};

/**
 * @param timeoutMs for each answer with its body
 * @param onQuestion told of each address before it is asked
 */
export function createAsk(timeoutMs: number, onQuestion: (url: string) => void): Ask {
  const pace = createPace();
  return async ({ url, json, paced }) => {
    if (paced) await pace(new URL(url).origin);
    onQuestion(url);
    try {
      const response = await fetch(url, {
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          'user-agent': 'mcp-host-doctor',
          accept: 'application/json, text/event-stream, text/html',
          ...(json && { 'content-type': 'application/json' }),
        },
        ...(json && { method: 'POST', body: JSON.stringify(json) }),
      });
      const { status, headers } = response;
      const header = (name: string) => headers.get(name) ?? undefined;
      return { status, header, ...(await readBody(response)) };
    } catch (error) {
      return explainFailure(error as Error, timeoutMs);
    }
  };
}

/** A second call waits for the first one's second to be over. */
function createPace(): (origin: string) => Promise<void> {
  const nextAtMs = new Map<string, number>();
  return async (origin) => {
    const nowMs = performance.now();
    const atMs = Math.max(nowMs, nextAtMs.get(origin) ?? 0);
    nextAtMs.set(origin, atMs + issuerIntervalMs);
    await sleep(atMs - nowMs);
  };
}

async function readBody({ body }: Response): Promise<Pick<Answer, 'body' | 'isCut'>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > maxBodyBytes) break;
  }
  const text = Buffer.concat(chunks).subarray(0, maxBodyBytes).toString('utf8');
  return { body: text, isCut: bytes > maxBodyBytes };
}

function explainFailure(error: Error, timeoutMs: number): Unanswered {
  if (error.name === 'TimeoutError') {
    return {
      failure: `no complete answer within ${timeoutMs / 1_000} s`,
      fix: 'try again in a minute, or give it more time with --timeout',
    };
  }
  const cause = (error.cause ?? error) as NodeJS.ErrnoException;
  const known = failures[cause.code ?? ''];
  if (known !== undefined) return { failure: known[0], fix: known[1] };
  return {
    failure: shown(cause.code ?? cause.message),
    fix: 'check the address and the network of this machine',
  };
}

/** A JSON object; undefined for every other body. */
export function readJson({ body, isCut }: Answer): Readonly<Record<string, unknown>> | undefined {
  if (isCut) return undefined;
  try {
    const value: unknown = JSON.parse(body);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** What kind of answer came, in a few words; never its text, which is foreign. */
export function describe(answer: Answer | Unanswered): string {
  if ('failure' in answer) return answer.failure;
  const { status, header, body, isCut } = answer;
  const location = header('location');
  if (status >= 300 && status < 400 && location !== undefined) {
    return `${status}, a redirect to ${shown(location.split(/[?#]/)[0] ?? '')}`;
  }
  if (isCut) return `${status} with more than ${maxBodyBytes / 1_024} KiB`;
  if (body === '') return `${status} without a body`;
  const [type = 'no content type'] = (header('content-type') ?? '').split(';').filter(Boolean);
  return `${status} with ${shown(type)}`;
}
