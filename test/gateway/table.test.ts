// The table against the gateway: what comes back, what reaches the app, and that the host alone
// answers the same. GATEWAY_URL=https://… runs it against a deployed gateway: docs/gateway.md.

import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { challenge } from '../../runtime/authorization/protected-resource.ts';
import type { ServerJson } from '../../runtime/exchange/server-json.ts';
import {
  type ClientAnswer,
  type ClientRequest,
  openAnswer,
  send,
} from '../../standins/functions-host/fixtures/client.ts';
import { KINDS } from '../runtime/authorization/guarded-servers.ts';
import { casesOf } from '../runtime/authorization/token-table.ts';
import { ENVELOPE, modern } from '../runtime/mount/http/modern.ts';
import { AUTHS, COMPARED, ROWS, type Row } from './table.ts';
import {
  GATEWAY_KEY,
  type GatewayUnderTest,
  gatewayUnderTest,
  realGatewayUrl,
  type TestedServer,
} from './under-test.ts';

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await gatewayUnderTest();
});
afterAll(() => gateway.stop());

type Compared = Partial<Record<(typeof COMPARED)[number], unknown>>;

function compared(
  { status, headers, body }: ClientAnswer,
  except: readonly string[] = [],
): Compared {
  const all: Compared = { ...headers, status, body: body.toString() };
  return Object.fromEntries(
    COMPARED.filter((name) => !except.includes(name)).map((name) => [name, all[name]]),
  );
}

/** How often the Functions host was asked. */
const arrived = () =>
  gateway.standIns?.app.log.filter(({ text }) => text.startsWith('Executing HTTP request'))
    .length ?? 0;

/** To the app itself, with the key that its routes ask for behind a gateway. */
function sendToApp(target: string, request: ClientRequest) {
  const headers = { 'x-functions-key': GATEWAY_KEY, ...request.headers };
  return send(gateway.standIns?.app.url ?? '', target, { ...request, headers });
}

async function requestOf(row: Row, server: TestedServer): Promise<ClientRequest | undefined> {
  const request = typeof row.request === 'function' ? row.request(server) : row.request;
  if (row.credentials === 'none') return request;
  const credentials = await server.credentials();
  return credentials && { ...request, headers: { ...request.headers, ...credentials } };
}

describe.each(AUTHS)('auth: %s behind the gateway', (auth) => {
  const rows = ROWS.filter(({ auths }) => auths.includes(auth));

  test.for(rows)('$what: $status', async (row, context) => {
    const server = gateway.server(auth);
    const request = server && (await requestOf(row, server));
    if (!server || !request) return context.skip('no such server, or no credentials for it');
    if (row.origins && (row.origins === 'some') !== (server.allowedOrigin !== undefined)) {
      return context.skip('the other kind of server');
    }
    const target = row.target?.(server) ?? server.path;
    const before = arrived();
    const answer = await send(gateway.url, target, request);
    expect({ status: answer.status, text: answer.body.toString() }).toMatchObject({
      status: row.status,
    });
    if (row.error !== undefined) {
      const { error } = JSON.parse(answer.body.toString());
      expect(typeof row.error === 'number' ? error.code : error.data.reason).toBe(row.error);
    }
    if (!gateway.standIns) return;
    expect(arrived() - before).toBe(row.reaches === false ? 0 : 1);
    if (auth === 'function' && row.credentials === 'none') return;
    const own = await sendToApp(target, request);
    const except = row.differs?.in ?? [];
    expect(compared(answer, except)).toEqual(compared(own, except));
    // An exception that is none any more has to go.
    if (row.differs) expect(compared(answer)).not.toEqual(compared(own));
  });
});

describe.skipIf(realGatewayUrl)('the registry behind the gateway', () => {
  const one = '/v0.1/servers/localhost%2Fopen/versions/latest';
  const origin = 'https://vscode.dev';

  test.each([
    '/v0.1/servers',
    '/v0.1/servers?limit=2&version=latest',
    one,
    one.replace('%2F', '/'),
  ])('%s is answered as by the host, without a key', async (target) => {
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await send(gateway.url, target, { method, headers: { origin } });
      const own = await send(gateway.standIns?.app.url ?? '', target, {
        method,
        headers: { origin },
      });
      expect(answer.status).toBe(method === 'GET' ? 200 : 204);
      expect(compared(answer)).toEqual(compared(own));
      expect(answer.headers['access-control-allow-origin']).toBe('*');
      expect(answer.headers['access-control-allow-methods']).toBe('GET, OPTIONS');
    }
  });

  test('the address is that of the gateway, as in the metadata document', async () => {
    const list = JSON.parse((await send(gateway.url, '/v0.1/servers')).body.toString());
    const remotes = Object.fromEntries(
      list.servers.map(({ server }: { server: ServerJson }) => [
        server.name,
        server.remotes[0].url,
      ]),
    );
    for (const { server } of KINDS) {
      const target = `/.well-known/oauth-protected-resource/${server}/mcp`;
      const { resource } = JSON.parse((await send(gateway.url, target)).body.toString());
      expect(remotes[`localhost/${server}`]).toBe(resource);
    }
  });

  test.each(['/v0/servers', '/v0.1', '/v0.1/publish'])('there is nothing at %s', async (target) => {
    expect((await send(gateway.url, target)).status).toBe(404);
  });
});

test.runIf(realGatewayUrl)(
  'challenge and document name the gateway and the server',
  async (context) => {
    const server = gateway.server('entra') ?? gateway.server('jwt');
    if (!server) return context.skip('no server asks for tokens');
    const { headers } = await send(gateway.url, server.path, { method: 'POST' });
    expect(headers['www-authenticate']).toContain(
      challenge({ baseUrl: gateway.url, name: '', path: server.path, issuer: '', scopes: [] }),
    );
    const target = `/.well-known/oauth-protected-resource${server.path}`;
    const { body } = await send(gateway.url, target);
    expect(JSON.parse(body.toString()).resource).toBe(gateway.url + server.path);
  },
);

/**
 * Tokens of which the pages do not say how the gateway takes them, or which it takes otherwise than
 * the host.
 */
const OTHERWISE: Readonly<Record<string, string>> = {
  'entra: a token that expired within the clock skew':
    'no page says the clock skew of validate-azure-ad-token',
  'entra: a token valid within the clock skew':
    'no page says the clock skew of validate-azure-ad-token',
};

describe.skipIf(realGatewayUrl).each(KINDS)('tokens for auth: $auth behind the gateway', (kind) => {
  const tokens = casesOf(kind).filter(({ what }) => !OTHERWISE[`${kind.auth}: ${what}`]);

  test.each(tokens)('$what: $ending, as at the host', async ({ authorization, ending }) => {
    const issuers = gateway.standIns?.issuers;
    if (!issuers) throw new Error('Needs the stand-ins');
    const value = await authorization({
      kind,
      issuer: kind.issuerOf(issuers),
      good: kind.claims(kind.server, gateway.url),
      baseUrl: gateway.url,
      now: Math.floor(Date.now() / 1000),
    });
    const request: ClientRequest = {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(value !== undefined && { authorization: value }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    };
    const path = `/${kind.server}/mcp`;
    const answer = await send(gateway.url, path, request);
    const own = await sendToApp(path, request);
    const except = answer.body.length === 0 ? ['body', 'content-type'] : [];
    expect(compared(answer, except)).toEqual(compared(own, except));
    const statuses = { served: 200, 'insufficient-scope': 403, 'issuer-unavailable': 503 };
    expect(answer.status).toBe(ending in statuses ? statuses[ending as 'served'] : 401);
  });

  test('every exception is one of the table', () => {
    const names = KINDS.flatMap((each) => casesOf(each).map(({ what }) => `${each.auth}: ${what}`));
    expect(names).toEqual(expect.arrayContaining(Object.keys(OTHERWISE)));
  });
});

describe.skipIf(realGatewayUrl)('calls through gateway, Functions host and this host', () => {
  const JSON_HEADERS = { 'content-type': 'application/json' };

  /** A `tools/call` of either era, by a client that takes event streams. */
  const callOf = (
    era: 2025 | 2026,
    name: string,
    args: object,
    meta: object = {},
  ): ClientRequest => {
    const accept = { accept: 'application/json, text/event-stream' };
    const params = { name, arguments: args };
    if (era === 2026) {
      const request = modern({ method: 'tools/call', params, meta: { ...ENVELOPE, ...meta } });
      return { method: 'POST', headers: { ...request.headers, ...accept }, body: request.body };
    }
    const message = {
      jsonrpc: '2.0',
      id: 7,
      method: 'tools/call',
      params: { ...params, _meta: meta },
    };
    return {
      method: 'POST',
      headers: { ...JSON_HEADERS, ...accept },
      body: JSON.stringify(message),
    };
  };

  const asCaller = async (
    server: TestedServer,
    request: ClientRequest,
  ): Promise<ClientRequest> => ({
    ...request,
    headers: { ...request.headers, ...(await server.credentials()) },
  });

  test.each([2025, 2026] as const)(
    'an event stream of the era of %d arrives with its events and its result',
    async (era) => {
      const server = gateway.server('jwt') as TestedServer;
      const request = callOf(era, 'progress', { text: 'x', steps: 2 }, { progressToken: 'p' });
      const answer = await send(gateway.url, server.path, await asCaller(server, request));
      expect(answer.headers['content-type']).toContain('text/event-stream');
      const messages = [...answer.body.toString().matchAll(/^data: (.*)$/gm)].map(([, data]) =>
        JSON.parse(data as string),
      );
      const progress = messages.filter(({ method }) => method === 'notifications/progress');
      expect(progress).toHaveLength(2);
      expect(messages.at(-1).result.content[0].text).toBe('gamma:x');
    },
  );

  test('a server that takes too long is 504 by the host, with its id', async () => {
    const server = gateway.server('anonymous') as TestedServer;
    const answer = await send(gateway.url, server.path, callOf(2025, 'never', {}));
    expect(answer.status).toBe(504);
    const { id, error } = JSON.parse(answer.body.toString());
    expect({ id, reason: error.data.reason }).toEqual({ id: 7, reason: 'deadline' });
  });

  test('a caller who leaves cancels the call of the server', async () => {
    const server = gateway.server('jwt') as TestedServer;
    const leaving = new AbortController();
    const args = { text: 'x', steps: 200_000 };
    const request = await asCaller(server, callOf(2025, 'progress', args, { progressToken: 'p' }));
    const answer = await openAnswer(gateway.url, server.path, {
      ...request,
      signal: leaving.signal,
    });
    await once(answer, 'data');
    answer.on('error', () => {});
    leaving.abort();
    await gateway.standIns?.app.outputLine(/"target":"progress","outcome":"disconnected"/);
  });
});
