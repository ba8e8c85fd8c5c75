// A stand-in for API Management: an HTTP server that does what the policies of a snapshot say,
// after Microsoft's pages. What the pages do not say stands at the place where something had to be
// chosen, and in docs/gateway.md.

import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as openRequest,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { corsHeaders, preflightHeaders } from './cors.ts';
import { type MadeAnswer, PolicyError, type Run, runPolicies, type State } from './pipeline.ts';
import { type Element, parsePolicy } from './policy-xml.ts';
import { Counters } from './rate-limit.ts';
import type { Snapshot } from './snapshot.ts';
import { type Api, apisOf, type Operation, withNamedValues } from './snapshot-apis.ts';
import { OpenIdConfigurations } from './token-validation.ts';

export interface GatewayOptions {
  readonly snapshot: Snapshot;
  /** Address of the app. */
  readonly backendUrl: string;
  readonly port: number;
  readonly namedValues: Readonly<Record<string, string>>;
  /**
   * Texts of the case, and what stands for them here: addresses that a test has on this machine.
   */
  readonly replacements?: Readonly<Record<string, string>>;
  /** Milliseconds that a second of `forward-request` takes. Default: 1000. */
  readonly secondMs?: number;
  /** Clock of limits and of the issuers' keys, in milliseconds. Default: this machine's. */
  readonly now?: () => number;
}

export interface Gateway {
  readonly url: string;
  stop(): Promise<void>;
}

interface Served extends Operation {
  readonly api: Api;
  readonly policyTree: Element;
}

/** Headers that concern one connection (RFC 9110, 7.6.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'transfer-encoding',
  'te',
  'upgrade',
  'proxy-connection',
];

export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { snapshot, namedValues, replacements = {}, now = Date.now, port } = options;
  const operations = apisOf(snapshot).flatMap((api) => servedOf(api, finalText));
  const state: State = {
    counters: new Counters(now),
    configurations: new OpenIdConfigurations(now),
  };
  const agent = new Agent({ keepAlive: true });

  function finalText(policy: string): string {
    const replaced = Object.entries(replacements).reduce(
      (text, [from, to]) => text.replaceAll(from, to),
      policy,
    );
    return withNamedValues(replaced, namedValues);
  }

  const server = createServer((request, response) => {
    // A fault of the stand-in, such as an element that it does not know, is seen by every caller.
    receive(request, response).catch((error: Error) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(599, { 'content-type': 'text/plain' }).end(`${error.stack}`);
    });
  });

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url as string, 'http://gateway');
    const here = operations.filter(({ api, urlTemplate }) => matches(api, urlTemplate, pathname));
    const operation = here.find(({ method }) => method === request.method);
    const { origin } = request.headers;
    const [cors] = here.map(({ policyTree }) => corsOf(policyTree)).filter(Boolean);
    if (!operation && request.method === 'OPTIONS' && cors && origin !== undefined) {
      // "Only the cors policy is evaluated on the OPTIONS request during preflight."
      const asked = request.headers['access-control-request-headers'];
      response.writeHead(200, preflightHeaders(cors, origin, asked)).end();
      return;
    }
    // Predefined error OperationNotFound, before any policy of an API; its status is 404.
    if (!operation) return void response.writeHead(404).end();
    await serve(operation, request, response);
  }

  async function serve(operation: Served, request: IncomingMessage, response: ServerResponse) {
    let backend: IncomingMessage | undefined;
    const run: Run = {
      policy: operation.policyTree,
      state,
      requestHeaders: new Map(),
      context: contextOf(request),
      async forward(timeoutSeconds) {
        const timeoutMs = timeoutSeconds * (options.secondMs ?? 1000);
        backend = await forward(operation, request, response, run.requestHeaders, timeoutMs);
        const { statusCode = 0, headers } = backend;
        run.context.response = {
          status: statusCode,
          header: (name) => headers[name]?.toString(),
        };
      },
    };
    const made = await runPolicies(run);
    const cors = corsOf(operation.policyTree);
    const { origin } = request.headers;
    const added = cors && origin !== undefined ? corsHeaders(cors, origin) : {};
    if (made) {
      backend?.destroy();
      return answerMade(response, made, added);
    }
    if (!backend) throw new Error('Neither a policy nor the backend answered');
    response.writeHead(backend.statusCode ?? 0, backend.statusMessage, {
      ...withoutHopByHop(backend.headers),
      ...added,
    });
    // `buffer-response="false"`: "each chunk received from the backend is immediately returned to
    // the caller".
    response.flushHeaders();
    backend.pipe(response);
    backend.on('aborted', () => response.destroy());
  }

  function forward(
    { api }: Served,
    request: IncomingMessage,
    response: ServerResponse,
    set: ReadonlyMap<string, string>,
    timeoutMs: number,
  ): Promise<IncomingMessage> {
    const { pathname, search } = new URL(request.url as string, 'http://gateway');
    // For the template `/` a slash at the end is what is hardest for a backend; the pages do not
    // say whether it comes.
    const below = pathname.slice(api.path.length) || '/';
    const target = `${options.backendUrl}${api.backendPath}${below}${search}`;
    return new Promise((resolve, reject) => {
      const outgoing = openRequest(target, {
        agent,
        method: request.method as string,
        // The name of the backend is sent, not that of the gateway: "the backend service URL"
        // (forward-request-policy).
        headers: {
          ...withoutHopByHop({ ...request.headers, host: undefined }),
          ...Object.fromEntries(set),
        },
      });
      // "to wait for the HTTP response headers […] before a timeout error is raised"
      const timer = setTimeout(() => {
        reject(new PolicyError('Timeout', 500));
        outgoing.destroy();
      }, timeoutMs);
      outgoing.on('response', (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      outgoing.on('error', () => {
        clearTimeout(timer);
        // "Upstream connection […] was not established or was aborted by the backend"
        reject(new PolicyError('BackendConnectionFailure', 500));
      });
      // That the gateway closes the way to the backend when its caller leaves is not on the pages.
      response.on('close', () => outgoing.destroy());
      request.pipe(outgoing);
    });
  }

  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${taken}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}

/**
 * An operation's policy takes the place of its API's where it has no `base` that matters: ours
 * answer by themselves.
 */
function servedOf(api: Api, finalText: (policy: string) => string): Served[] {
  return api.operations.map((operation) => {
    const policy = operation.policy ?? api.policy;
    if (policy === undefined) throw new Error(`${api.name} ${operation.name} has no policy`);
    return { ...operation, api, policyTree: parsePolicy(finalText(policy)) };
  });
}

/**
 * API path and template, with and without one slash at the end (the pages do not say; clients use
 * none).
 */
function matches(api: Api, urlTemplate: string, pathname: string): boolean {
  // "Wildcard" operations: https://learn.microsoft.com/azure/api-management/add-api-manually
  if (urlTemplate === '/*')
    return pathname.startsWith(`${api.path}/`) && pathname !== `${api.path}/`;
  return pathname.replace(/\/$/, '') === (api.path + urlTemplate).replace(/\/$/, '');
}

function corsOf(policy: Element): Element | undefined {
  const inbound = policy.children.find(({ name }) => name === 'inbound');
  return inbound?.children.find(({ name }) => name === 'cors');
}

function contextOf({ headersDistinct, method, socket, url }: IncomingMessage): Run['context'] {
  const { searchParams } = new URL(url as string, 'http://gateway');
  return {
    request: {
      ipAddress: socket.remoteAddress ?? '',
      method: method as string,
      // GetValueOrDefault: "Returns comma-separated […] values"
      header: (name) => headersDistinct[name.toLowerCase()]?.join(','),
      query: (name) =>
        [...searchParams].find(([one]) => one.toLowerCase() === name.toLowerCase())?.[1],
    },
    variables: new Map(),
    response: undefined,
    lastError: undefined,
  };
}

function withoutHopByHop(headers: IncomingMessage['headers']): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(
    ([name, value]) => value !== undefined && !HOP_BY_HOP.includes(name),
  );
  return Object.fromEntries(kept) as Record<string, string | string[]>;
}

function answerMade(
  response: ServerResponse,
  { status, reason, headers, body }: MadeAnswer,
  added: OutgoingHttpHeaders,
): void {
  response.writeHead(status, reason, { ...headers, ...added }).end(body);
}
