// HTTP to Application Insights as its exporter should see it: bounded in time, one try more, and a
// failure is one. The exporter takes what it may try again for delivered when it cannot keep it on
// disk, and keeps quiet about it.

import { setTimeout as delay } from 'node:timers/promises';
import {
  createDefaultHttpClient,
  type HttpClient,
  type PipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import type { Deliveries } from './deliveries.ts';

const TIME_LIMIT_MS = 8_000;
const RETRY_DELAY_MS = 500;

export function createIngestionClient(
  deliveries: Deliveries,
  client: HttpClient = createDefaultHttpClient(),
): HttpClient {
  return {
    async sendRequest(request) {
      request.timeout = TIME_LIMIT_MS;
      const done = deliveries.sending(String(request.body));
      let isTaken = false;
      try {
        const response = await send(client, request);
        isTaken = response.status < 300;
        return response;
      } finally {
        done(isTaken);
      }
    },
  };
}

async function send(client: HttpClient, request: PipelineRequest): Promise<PipelineResponse> {
  const first = await attempt(client, request);
  if ('response' in first) return first.response;
  if (!first.mayRetry) throw first.failure;
  await delay(RETRY_DELAY_MS);
  const second = await attempt(client, request);
  if ('response' in second) return second.response;
  throw second.failure;
}

/** The failure is a plain Error: any other the exporter would judge by itself. */
type Attempt =
  | { readonly response: PipelineResponse }
  | { readonly failure: Error; readonly mayRetry: boolean };

async function attempt(client: HttpClient, request: PipelineRequest): Promise<Attempt> {
  try {
    const response = await client.sendRequest(request);
    const { status } = response;
    // Redirects are the exporter's own to follow.
    if (status < 400) return { response };
    const failure = new Error(`Application Insights answered ${status}.`);
    return { failure, mayRetry: status === 408 || status >= 500 };
  } catch (error) {
    const { name, message } = error as Error;
    // After a time-out the next batch waits already.
    return { failure: new Error(message), mayRetry: name !== 'AbortError' };
  }
}
