// What happens to a request before it may reach the handler: refused targets, reserved paths,
// functions and keys, in the real host's order.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { findFunction, type HttpFunction } from './functions.ts';
import { type InvocationSetup, invoke } from './invocation.ts';
import { type FunctionKeys, isAuthorized } from './keys.ts';
import { ping } from './readiness.ts';
import { answerEmpty } from './relay-response.ts';
import { readRequestTarget } from './request-target.ts';

/** What the front door knows. */
export interface FrontDoorSetup extends InvocationSetup {
  readonly functions: readonly HttpFunction[];
  readonly keys: FunctionKeys | undefined;
  readonly disableHomepage: boolean;
}

const reserved = /^\/(admin\/(host|functions|vfs)|runtime\/webhooks)(\/|$)|^\/admin\/warmup$/i;

/** Takes one request and answers it in any case. */
export async function receive(
  setup: FrontDoorSetup,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', url = '/', headers, headersDistinct } = request;
  const target = readRequestTarget(url, headers.host);
  if (!target) return answerEmpty(response, 400);
  setup.reportHost(`Executing HTTP request: ${method} ${target.routePath}`);
  if (reserved.test(target.routePath)) return answerReserved(setup, target.routePath, response);
  const httpFunction = findFunction(setup.functions, method, target.routePath);
  if (!httpFunction) return answerUnmatched(setup, target.routePath, response);
  const header = headersDistinct['x-functions-key']?.[0];
  if (setup.keys && !isAuthorized(setup.keys, httpFunction, header, target.query)) {
    return answerEmpty(response, 401);
  }
  return invoke(setup, target.forwarded, request, response);
}

// Of the reserved paths only the ping is here: it makes the host ping the handler.
async function answerReserved(
  { handlerPort, agent }: FrontDoorSetup,
  path: string,
  response: ServerResponse,
): Promise<void> {
  const isPing = path.toLowerCase() === '/admin/host/ping';
  if (isPing) await ping(handlerPort, agent);
  answerEmpty(response, isPing ? 200 : 404);
}

function answerUnmatched(setup: FrontDoorSetup, path: string, response: ServerResponse): void {
  if (path !== '/') answerEmpty(response, 404);
  else if (setup.disableHomepage) response.writeHead(204).end();
  else response.end('Your Functions 4.0 app is up and running');
}
