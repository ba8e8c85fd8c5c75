// What happens to a request before it may reach the handler: refused targets, reserved paths,
// functions and keys, in the real host's order.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { findFunction, type HttpFunction } from './functions.ts';
import { type InvocationSetup, invoke } from './invocation.ts';
import type { KeyCheck } from './keys.ts';
import { ping } from './readiness.ts';
import { answerEmpty, answerText } from './relay-response.ts';
import { refusalOf } from './request-checks.ts';
import { readRequestTarget } from './request-target.ts';

/** What the front door knows. */
export interface FrontDoorSetup extends InvocationSetup {
  readonly functions: readonly HttpFunction[];
  readonly keys: KeyCheck | undefined;
  readonly disableHomepage: boolean;
}

// All but the ping ask for an administrator; `/admin/host` and `/admin/warmup` are no more than
// paths (measured).
const adminPaths =
  /^\/(admin\/(host\/(status|keys|drain|synctriggers|systemkeys)|functions|vfs|instance)(\/|$)|runtime\/webhooks\/)/i;

/** Takes one request and answers it in any case. */
export async function receive(
  setup: FrontDoorSetup,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', url = '/', headers, headersDistinct } = request;
  const refusal = refusalOf(request);
  if (refusal) return answerEmpty(response, refusal.status, refusal.connection);
  const target = readRequestTarget(url, headers.host);
  if (!target) return answerEmpty(response, 400);
  setup.reportHost(`Executing HTTP request: ${method} ${target.routePath}`);
  if (/^\/admin\/host\/ping$/i.test(target.routePath)) return answerPing(setup, response);
  if (adminPaths.test(target.routePath)) return answerUnauthorized(response, 'Bearer');
  const httpFunction = findFunction(setup.functions, method, target.routePath);
  if (!httpFunction) return answerUnmatched(setup, target.routePath, response);
  const header = headersDistinct['x-functions-key']?.[0];
  if (setup.keys && !setup.keys.passes(httpFunction, header, target.query)) {
    return answerUnauthorized(response);
  }
  return invoke(setup, target.forwarded, request, response);
}

// It makes the host ping the handler.
async function answerPing(
  { handlerPort, agent }: FrontDoorSetup,
  response: ServerResponse,
): Promise<void> {
  await ping(handlerPort, agent);
  answerEmpty(response, 200);
}

function answerUnauthorized(response: ServerResponse, challenge?: string): void {
  if (challenge) response.setHeader('WWW-Authenticate', challenge);
  answerEmpty(response, 401);
}

function answerUnmatched(setup: FrontDoorSetup, path: string, response: ServerResponse): void {
  if (path !== '/') answerEmpty(response, 404);
  else if (setup.disableHomepage) answerEmpty(response, 204);
  else answerText(response, 200, 'Your Functions 4.0 app is up and running');
}
