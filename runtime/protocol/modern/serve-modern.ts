// 2026-07-28 for one request: its checks in the order of the specification, what the host answers itself, and the
// server's run with its questions.

import type { IncomingHttpHeaders } from 'node:http';
import { isObject } from '../../../config/json-value.ts';
import { ask } from '../../exchange/ask.ts';
import type { Answer, JsonObject } from '../../exchange/exchange.ts';
import type { OpenExchange } from '../../exchange/open-exchange.ts';
import { withoutSubscriptions, withoutTasks } from '../capabilities.ts';
import { MODERN_VERSIONS } from '../era.ts';
import { ParkedRun } from '../questions/parked-run.ts';
import { openReplay, ReplayedRun } from '../questions/replayed-run.ts';
import { urlQuestions } from '../questions/url-questions.ts';
import { HostError } from '../refusals.ts';
import { answerFormOf } from '../response.ts';
import type { Served } from '../served.ts';
import { checkModern } from './checks.ts';
import { refuseUnknownMethod } from './methods.ts';
import { checkParamHeaders } from './param-headers.ts';
import { modernAnswer } from './results.ts';

/** @throws HostError for a request that never reaches the server. */
export async function answerModern(
  exchange: OpenExchange,
  headers: IncomingHttpHeaders,
  served: Served,
): Promise<Answer> {
  const { request } = exchange;
  const { backend } = served;
  checkModern({ kind: 'request', request }, headers);
  refuseUnknownMethod(request, backend.declarations);
  checkParamHeaders(request, headers, served.paramHeaders);
  if (request.method === 'server/discover') return modern(exchange, served, discover(served));
  if (request.method === 'subscriptions/listen') {
    const form = answerFormOf(headers.accept);
    return modern(exchange, served, await served.subscriptions.listen(exchange, form));
  }
  const answer = backend.servesModern
    ? await ask(exchange, backend, served.rules)
    : await runServer(exchange, served);
  return modern(exchange, served, answer);
}

function modern({ request }: OpenExchange, served: Served, answer: Answer): Answer {
  return modernAnswer(request, answer, served.backend.declarations, served.cacheHints);
}

function discover({ backend, isListenedTo }: Served): Answer {
  const { capabilities, instructions } = backend.declarations;
  return {
    result: {
      supportedVersions: MODERN_VERSIONS,
      capabilities: isListenedTo ? withoutTasks(capabilities) : withoutSubscriptions(capabilities),
      ...(instructions && { instructions }),
    },
  };
}

/** Starts the handler, or continues the one that the request's state belongs to. */
async function runServer(exchange: OpenExchange, served: Served): Promise<Answer> {
  const { params } = exchange.request;
  const { requestState, inputResponses } = (params ?? {}) as {
    requestState?: unknown;
    inputResponses?: JsonObject;
  };
  const responses = isObject(inputResponses) ? inputResponses : {};
  const answer =
    requestState === undefined
      ? await startRun(exchange, served, responses)
      : await continueRun(exchange, served, requestState, responses);
  return urlQuestions(answer, exchange.client.capabilities ?? {});
}

function startRun(exchange: OpenExchange, served: Served, named: JsonObject): Promise<Answer> {
  const run = served.replay
    ? new ReplayedRun(exchange, named, served.replay)
    : new ParkedRun(exchange, named, served.parking);
  return begin(run, exchange, served);
}

async function continueRun(
  exchange: OpenExchange,
  served: Served,
  requestState: unknown,
  responses: JsonObject,
): Promise<Answer> {
  if (served.replay) return replay(exchange, served, requestState, responses);
  const run = served.parking.take(requestState, exchange.request, exchange.caller);
  if (!run) throw new HostError('bad-request-state');
  return run.resume(exchange, responses);
}

async function replay(
  exchange: OpenExchange,
  served: Served,
  requestState: unknown,
  responses: JsonObject,
): Promise<Answer> {
  const options = served.replay as NonNullable<Served['replay']>;
  const earlier = await openReplay(exchange, requestState, responses, options);
  if (!earlier) throw new HostError('bad-request-state');
  const run = new ReplayedRun(exchange, {}, options, earlier);
  return begin(run, exchange, served);
}

function begin(
  run: ParkedRun | ReplayedRun,
  exchange: OpenExchange,
  served: Served,
): Promise<Answer> {
  const answer = run.attach(exchange);
  run.start((asking) => ask(asking, served.backend, served.rules));
  return answer;
}
