// A request of 2026-07-28 on its way to a server: as it is, or, for a server of the 2025 era, as a run
// whose questions end the request and whose answers come with the retry.

import { isObject } from '../../../config/json-value.ts';
import type { Answer, JsonObject } from '../../exchange/exchange.ts';
import type { OpenExchange } from '../../exchange/open-exchange.ts';
import { HostError } from '../../exchange/refusals.ts';
import type { Endpoint } from '../endpoint.ts';
import { ParkedRun } from '../questions/parked-run.ts';
import { openReplay, ReplayedRun } from '../questions/replayed-run.ts';
import { urlQuestions } from '../questions/url-questions.ts';

/** Asks a server what came in 2026-07-28, in whichever era it speaks. @throws what it throws. */
export function askServer(exchange: OpenExchange, endpoint: Endpoint): Promise<Answer> {
  const { backend } = endpoint;
  return backend.eras.includes('modern') ? backend.answer(exchange) : translate(exchange, endpoint);
}

/**
 * Starts the handler of a server of the 2025 era, or continues the one that the request's state
 * belongs to.
 */
async function translate(exchange: OpenExchange, endpoint: Endpoint): Promise<Answer> {
  const { params } = exchange.request;
  const { requestState, inputResponses } = (params ?? {}) as {
    requestState?: unknown;
    inputResponses?: JsonObject;
  };
  const responses = isObject(inputResponses) ? inputResponses : {};
  const answer =
    requestState === undefined
      ? await startRun(exchange, endpoint, responses)
      : await continueRun(exchange, endpoint, requestState, responses);
  return urlQuestions(answer, exchange.client.capabilities ?? {});
}

function startRun(exchange: OpenExchange, endpoint: Endpoint, named: JsonObject): Promise<Answer> {
  const run = endpoint.config.replay
    ? new ReplayedRun(exchange, named, replayOptions(endpoint))
    : new ParkedRun(exchange, named, endpoint.parking, endpoint.share);
  return begin(run, exchange, endpoint);
}

async function continueRun(
  exchange: OpenExchange,
  endpoint: Endpoint,
  requestState: unknown,
  responses: JsonObject,
): Promise<Answer> {
  if (endpoint.config.replay) return replay(exchange, endpoint, requestState, responses);
  const run = endpoint.parking.take(requestState, exchange.request, exchange.caller);
  if (!run) throw new HostError('bad-request-state');
  return run.resume(exchange, responses);
}

async function replay(
  exchange: OpenExchange,
  endpoint: Endpoint,
  requestState: unknown,
  responses: JsonObject,
): Promise<Answer> {
  const options = replayOptions(endpoint);
  // A server that cannot be reached runs nothing, so the state stays good for the next try.
  await endpoint.backend.ready(exchange.era, exchange.caller);
  exchange.throwIfEnded();
  const earlier = await openReplay(exchange, requestState, responses, options);
  if (!earlier) throw new HostError('bad-request-state');
  const run = new ReplayedRun(exchange, {}, options, earlier);
  return begin(run, exchange, endpoint);
}

function replayOptions({ config, sealer, usedStates }: Endpoint) {
  return { server: config.name, sealer, inputTimeoutMs: config.inputTimeoutMs, usedStates };
}

function begin(
  run: ParkedRun | ReplayedRun,
  exchange: OpenExchange,
  { backend }: Endpoint,
): Promise<Answer> {
  const answer = run.attach(exchange);
  run.start((asking) => backend.answer(asking));
  return answer;
}
