// One HTTP GET that yields JSON or fails within bounds: a signal, a body cap, no redirects, at most
// one retry. Knows nothing of weather.

import { setTimeout as pause } from 'node:timers/promises';
import { UpstreamError, type UpstreamLimits } from './upstream.ts';

type Headers = Readonly<Record<string, string>>;

const MAX_RETRY_AFTER_MS = 1_000;

/**
 * GETs `url` and parses the body as JSON. Asks once more, after a jittered pause, when the upstream
 * is unreachable, breaks off, or answers 429 or 5xx, unless its Retry-After asks for more than a
 * second.
 * @throws UpstreamError when no JSON came back within `limits`.
 */
export async function getJson(
  url: URL,
  headers: Headers,
  signal: AbortSignal,
  limits: UpstreamLimits,
): Promise<unknown> {
  const attempt = async () => {
    const response = await request(url, headers, signal);
    return parseJson(await readBody(response, limits.maxBodyBytes));
  };
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.retryAfterMs === undefined) throw error;
    const jitteredMs = limits.retryDelayMs * (0.5 + Math.random());
    await pause(Math.max(error.retryAfterMs, jitteredMs), undefined, { signal });
    return attempt();
  }
}

async function request(url: URL, headers: Headers, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    // 'manual', so that a redirect is an answer, refused below; with 'error' it would look like a
    // network failure and be retried.
    response = await fetch(url, { headers, signal, redirect: 'manual' });
  } catch (cause) {
    throw new UpstreamError('cannot be reached', { cause, retryAfterMs: 0 });
  }
  if (response.ok) return response;
  // Frees the connection. That it broke meanwhile says less than the status does.
  await response.body?.cancel().catch(() => undefined);
  const { status } = response;
  const retryAfterMs = status === 429 || status >= 500 ? retryAfter(response) : undefined;
  throw new UpstreamError(`answered with status ${status}`, { status, retryAfterMs });
}

/** Milliseconds of a Retry-After in seconds; a date or a long wait means: not within this call. */
function retryAfter(response: Response): number | undefined {
  const waitMs = Number(response.headers.get('retry-after') ?? 0) * 1_000;
  return waitMs <= MAX_RETRY_AFTER_MS ? waitMs : undefined;
}

async function readBody(response: Response, maxBodyBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      sizeBytes += chunk.byteLength;
      // Leaving the loop cancels the stream and closes the socket: the rest is never received.
      if (sizeBytes > maxBodyBytes) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new UpstreamError('broke off its answer', { cause, retryAfterMs: 0 });
  }
  if (sizeBytes > maxBodyBytes) throw new UpstreamError('sent an answer that is too large');
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new UpstreamError('sent an answer that cannot be read', { cause });
  }
}
