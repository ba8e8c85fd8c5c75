// One invocation: a matched and authorized request on its way to the handler and back.

import { randomUUID } from 'node:crypto';
import type { Agent, IncomingMessage, ServerResponse } from 'node:http';
import type { HandlerProcess } from './handler-process.ts';
import { requestHeaders, type TraceWriting } from './headers.ts';
import { InvocationLimits } from './invocation-limits.ts';
import type { FunctionsHostNumbers } from './options.ts';
import { answerFailure, relayResponse } from './relay-response.ts';
import { BodyTooLargeError, readRequestBody } from './request-body.ts';
import { sendWithRetries } from './send-with-retries.ts';
import type { HandlerSupervisor } from './supervisor.ts';

/** What every invocation of one Functions host shares. */
export interface InvocationSetup {
  readonly numbers: FunctionsHostNumbers & { readonly functionTimeoutMs: number };
  readonly handlerPort: number;
  readonly hostVersion: string;
  readonly tracing: TraceWriting;
  readonly agent: Agent;
  readonly supervisor: HandlerSupervisor;
  readonly reportHost: (line: string) => void;
}

/**
 * Proxies one request. Never rejects: a failure becomes the empty 500, or the reset, that the real
 * host makes of it.
 *
 * @param path Path and query for the handler.
 */
export async function invoke(
  setup: InvocationSetup,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { numbers, supervisor } = setup;
  const exchange = new AbortController();
  let handler: HandlerProcess | undefined;
  const limits = new InvocationLimits(
    numbers,
    (reason) => exchange.abort(reason),
    () => {
      setup.reportHost('A function timeout has occurred. Restarting worker process.');
      void supervisor.replace(handler);
    },
  );
  response.once('close', () => {
    if (response.writableFinished) return;
    exchange.abort(
      new Error('The client disconnected while the function was processing the request.'),
    );
  });
  try {
    await supervisor.hold();
    handler = supervisor.process;
    limits.startTotal();
    await proxy(setup, path, request, response, exchange, () => limits.touch());
  } catch (error) {
    setup.reportHost(`Failed to proxy ${request.method} request: ${error}`);
    answerFailure(response, error instanceof BodyTooLargeError ? 'close' : undefined);
  } finally {
    limits.clear();
  }
}

async function proxy(
  setup: InvocationSetup,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  exchange: AbortController,
  touch: () => void,
): Promise<void> {
  const { numbers, handlerPort, hostVersion, tracing, agent } = setup;
  const { length, content } = await readRequestBody(request, numbers.maxRequestBodyBytes, touch);
  if (content && !Buffer.isBuffer(content)) {
    content.once('error', (error) => exchange.abort(error));
  }
  const rawHeaders = requestHeaders(request.rawHeaders, {
    handlerPort,
    hostVersion,
    tracing,
    invocationId: randomUUID(),
    peerAddress: request.socket.remoteAddress ?? '',
    clientHost: request.headers.host ?? '',
    body: length,
  });
  const method = request.method ?? 'GET';
  const outgoing = { port: handlerPort, agent, method, path, rawHeaders, body: content };
  touch();
  const answer = await sendWithRetries(outgoing, numbers, exchange.signal);
  touch();
  await relayResponse(answer, response, exchange.signal, touch);
}
