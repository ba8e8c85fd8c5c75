// Pages behind the gateway: which requests pass without a token, and what the host makes of them. Stand-in only.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClientRequest, send } from '../../standins/functions-host/fixtures/client.ts';
import { type Issuers, openIssuers } from '../runtime/authorization/guarded-servers.ts';
import { GATEWAY_KEY, openStandIns, type StandIns } from './under-test.ts';

let issuers: Issuers;
let standIns: StandIns;
beforeAll(async () => {
  issuers = await openIssuers();
  standIns = await openStandIns(issuers);
});
afterAll(async () => {
  await standIns.stop();
  await issuers.stop();
});

/** How often the Functions host was asked. */
const arrived = () =>
  standIns.app.log.filter(({ text }) => text.startsWith('Executing HTTP request')).length;

/** To the app itself, with the key that its routes ask for behind a gateway. */
function sendToApp(target: string, request: ClientRequest) {
  const headers = { ...request.headers, 'x-functions-key': GATEWAY_KEY };
  return send(standIns.app.url, target, { ...request, headers });
}

describe('what arrives without a token', () => {
  const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
  const accepts: readonly (string | readonly string[] | undefined)[] = [
    undefined,
    '',
    '*/*',
    'text/*',
    BROWSER,
    'text/html',
    'TEXT/HTML',
    'application/json, text/html;q=0.1',
    ['application/json', 'text/html'],
    'text/html;q=0',
    'text/html; q=0.0, */*',
    'text/html, text/html;q=0',
    'text/html, text/event-stream',
    'Text/Event-Stream, TEXT/HTML',
    ['text/html', 'text/event-stream'],
    'application/json, text/event-stream',
    'application/json',
    'text/htm, l',
    'xtext/htmlx',
  ];
  const authorizations = [undefined, '', 'Bearer', 'Bearer x', 'Basic eDp5'];
  const methods = ['GET', 'HEAD', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS'];
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
  const requests = methods.flatMap((method) =>
    accepts.flatMap((accept) =>
      authorizations.map((authorization): ClientRequest => {
        const headers = {
          ...(accept !== undefined && { accept: accept as string | string[] }),
          ...(authorization !== undefined && { authorization }),
          ...(method === 'POST' && { 'content-type': 'application/json' }),
        };
        return { method, headers, ...(method === 'POST' && { body }) };
      }),
    ),
  );

  test.each(['/notes/mcp', '/weather/mcp'])(
    '%s: only GET, and the host answers it with a page or with 405',
    async (path) => {
      let pages = 0;
      let passed = 0;
      for (const request of requests) {
        const before = arrived();
        const answer = await send(standIns.gateway.url, path, request);
        const of = JSON.stringify(request);
        if (arrived() === before) {
          expect(answer.status, of).toBe(/GET|POST|DELETE/.test(request.method ?? '') ? 401 : 404);
          continue;
        }
        expect({ of, method: request.method, own: request.headers?.authorization }).toEqual({
          of,
          method: 'GET',
          own: undefined,
        });
        passed += 1;
        expect([200, 405], of).toContain(answer.status);
        const type = answer.status === 200 ? 'text/html; charset=utf-8' : 'application/json';
        expect(answer.headers['content-type'], of).toContain(type);
        const text = answer.body.toString();
        expect(text.includes('"result"') || text.includes('echo'), of).toBe(false);
        if (answer.status === 200) pages += 1;
      }
      // Six lists are those of a page. With `text/html;q=0`, the gateway leaves the refusal to the host.
      expect({ pages, passed }).toEqual({ pages: 6, passed: 9 });
    },
  );

  test('whatever gets a page from the host itself gets it through the gateway', async () => {
    for (const accept of accepts) {
      const headers = accept === undefined ? {} : { accept: accept as string | string[] };
      const own = await sendToApp('/notes/mcp', { headers });
      const answer = await send(standIns.gateway.url, '/notes/mcp', { headers });
      expect(answer.status === 200, String(accept)).toBe(own.status === 200);
      if (own.status === 200) expect(answer.body).toEqual(own.body);
    }
  });
});

describe('the list of servers at / behind the gateway', () => {
  const browser = { headers: { accept: 'text/html' } };

  test('is for a browser without a token, and names no server with a key', async () => {
    const answer = await send(standIns.gateway.url, '/', browser);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual((await sendToApp('/', browser)).body);
    const links = [...answer.body.toString().matchAll(/href="(\/[^"]*)"/g)].map(([, to]) => to);
    const expected = ['notes', 'tasks', 'weather', 'time', 'open', 'few'];
    expect(links).toEqual(expected.map((name) => `/${name}/mcp`));
    for (const link of links) {
      const page = await send(standIns.gateway.url, link as string, browser);
      expect(page.status).toBe(200);
      expect(page.body.toString()).toContain(`${standIns.gateway.url}${link}`);
      expect(page.body.toString()).toContain('<a href="/">');
    }
    expect((await send(standIns.gateway.url, '/', { ...browser, method: 'HEAD' })).status).toBe(
      200,
    );
  });

  test('has nothing for anything else, and the app has it for the gateway only', async () => {
    const other = await send(standIns.gateway.url, '/', {
      headers: { accept: 'application/json' },
    });
    expect({ status: other.status, body: other.body.toString() }).toEqual({
      status: 200,
      body: 'MCP host\n',
    });
    const before = arrived();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      expect((await send(standIns.gateway.url, '/', { method })).status).toBe(404);
    }
    expect(arrived()).toBe(before);
    expect((await send(standIns.app.url, '/', browser)).status).toBe(401);
  });
});
