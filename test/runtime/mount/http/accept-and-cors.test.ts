// What a client accepts, and what a web page may see: Accept and CORS.

import { describe, expect, it } from 'vitest';
import { post } from '../../post.ts';
import { modern } from './modern.ts';
import { call, JSON_HEADERS, PATH, PING, sharedMounts, startMounts } from './mounts.ts';
import { CANARY, expectNotReached, expectRefusal } from './refusal.ts';

const mounts = sharedMounts();

const BODY = JSON.stringify(PING);

describe('Accept', () => {
  /**
   * What a plain result comes as, and what comes as an event stream once notifications are sent
   * first.
   */
  it.each([
    [undefined, 'json', 'stream'],
    ['*/*', 'json', 'stream'],
    ['application/json, text/event-stream', 'json', 'stream'],
    ['text/event-stream, application/json', 'json', 'stream'],
    ['Application/JSON , TEXT/Event-Stream;q=0.5', 'json', 'stream'],
    ['application/json', 'json', 'json'],
    ['application/*', 'json', 'json'],
    ['application/json;q=0.9, text/html', 'json', 'json'],
    ['text/event-stream', 'stream', 'stream'],
    ['text/*', 'stream', 'stream'],
    ['text/html, text/event-stream', 'stream', 'stream'],
    ['text/html, */*;q=0.1', 'json', 'stream'],
    ['application/json;q=0, text/event-stream', 'stream', 'stream'],
    ['application/json;q=0, */*', 'stream', 'stream'],
    ['application/json ; Q=0.000 ,*/*', 'stream', 'stream'],
    ['application/*;q=0, */*', 'stream', 'stream'],
    ['*/*, text/event-stream;q=0.0', 'json', 'json'],
    ['text/*;q=0, application/json', 'json', 'json'],
    ['*/*;q=0, application/json', 'json', 'json'],
    ['application/*;q=0, application/json, text/event-stream', 'json', 'stream'],
    ['application/json;q=0.001, text/event-stream;q=0.', 'json', 'json'],
    ['application/json;profile="a,b;q=1";q=0, text/event-stream', 'stream', 'stream'],
    ['application/json;charset=utf-8;q=0, application/json;q=1', 'json', 'json'],
    ['application/json;q=, text/event-stream;q=x', 'json', 'stream'],
  ])(
    '%j is served: a result as %s, with notifications before it as %s',
    async (accept, plain, sent) => {
      const { url } = mounts();
      const types = { json: /^application\/json/, stream: /^text\/event-stream/ } as const;
      const send = async (message: object): Promise<{ type: string; body: string }> => {
        const headers = { 'content-type': 'application/json', ...(accept && { accept }) };
        // `fetch` adds `Accept: */*` where none is given, which is the same.
        const answer = await fetch(url + PATH, {
          method: 'POST',
          headers,
          body: JSON.stringify(message),
        });
        return { type: answer.headers.get('content-type') ?? '', body: await answer.text() };
      };
      const result = await send(call('echo', { text: 'x' }));
      expect(result.type).toMatch(types[plain as keyof typeof types]);
      expect(result.body).toContain('delta:x');
      const progress = await send(call('progress', { text: 'x', steps: 2 }));
      expect(progress.type).toMatch(types[sent as keyof typeof types]);
      expect(progress.body).toContain('delta:x');
    },
  );

  it.each([
    'text/html',
    'application/xml',
    'image/*',
    'application/json-seq',
    'application/jsonl',
    'x/application/json',
    'text/event-stream-x',
    CANARY,
    '*/*;q=0',
    'application/json;q=0',
    'application/json;q=0, text/event-stream;q=0.000, */*',
    'application/*;q=0, text/*;q=0, */*;q=1',
    'text/html, */*;q=0',
  ])('%j is 406', async (accept) => {
    const { app } = mounts();
    const answer = await expectNotReached(() =>
      app.inject({
        method: 'POST',
        url: PATH,
        headers: { ...JSON_HEADERS, accept },
        payload: BODY,
      }),
    );
    expectRefusal(answer, { status: 406, reason: 'not-acceptable', id: 1 });
  });

  it.each(['', ' ', ',', ' , ,'])('%j accepts everything, as if it were absent', async (accept) => {
    const { url } = mounts();
    const result = await post(url + PATH, call('echo', { text: 'x' }), { accept });
    expect(result).toMatchObject({ status: 200, contentType: expect.stringContaining('json') });
    const progress = call('progress', { text: 'x', steps: 2 });
    const params = { ...progress.params, _meta: { progressToken: 1 } };
    const stream = await post(url + PATH, { ...progress, params }, { accept });
    expect(stream).toMatchObject({ status: 200, contentType: 'text/event-stream' });
  });

  it.each([
    ['application/json', 406],
    ['text/event-stream;q=0, */*', 406],
    ['application/json;q=0, */*', 200],
    ['', 200],
  ])('%j decides a request whose answer is an event stream: %d', async (accept, status) => {
    const yaml =
      'servers: { s: { module: ./http-caller.mjs, export: createV2, auth: anonymous, instance: shared, subscriptions: true } }';
    const { url } = await startMounts({ yaml, listen: true });
    const params = { notifications: { toolsListChanged: true } };
    const { body, headers } = modern({ method: 'subscriptions/listen', params });
    const answer = await fetch(`${url}/s/mcp`, {
      method: 'POST',
      headers: { ...headers, accept },
      body,
    });
    expect(answer.status).toBe(status);
    await answer.body?.cancel();
  });

  it('event-stream alone does not hide the status of an error', async () => {
    const yaml = 'servers: { s: { module: ./no-such-file.mjs, auth: anonymous } }';
    const { app } = await startMounts({ yaml });
    const headers = { ...JSON_HEADERS, accept: 'text/event-stream' };
    const answer = await app.inject({ method: 'POST', url: '/s/mcp', headers, payload: BODY });
    expectRefusal(answer, { status: 503, reason: 'unavailable', id: 1 });
    expect(answer.headers['retry-after']).toBeUndefined();
  });
});

describe('CORS', () => {
  const origin = 'https://app.example';

  it('answers the preflight of an allowed origin', async () => {
    const { app } = mounts();
    const headers = {
      host: 'localhost',
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': `authorization,content-type,${CANARY}`,
    };
    const answer = await expectNotReached(() =>
      app.inject({ method: 'OPTIONS', url: PATH, headers }),
    );
    expect(answer).toMatchObject({ statusCode: 204, body: '' });
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': '*, Authorization',
      vary: 'Origin',
    });
    expect(JSON.stringify(answer.headers)).not.toContain(CANARY);
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
  });

  it('lets a page of an allowed origin read every answer to its POST, also refusals', async () => {
    const { app } = mounts();
    const send = (payload: string, more: object = {}) =>
      app.inject({
        method: 'POST',
        url: PATH,
        headers: { ...JSON_HEADERS, origin, ...more },
        payload,
      });
    const answers = [
      await send(BODY),
      await send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })),
      await send('{'),
      await send(BODY, { 'content-type': 'text/plain' }),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 202, 400, 415]);
    for (const { headers } of answers) {
      expect(headers['access-control-allow-origin']).toBe(origin);
      for (const name of [
        'WWW-Authenticate',
        'Mcp-Session-Id',
        'Mcp-Protocol-Version',
        'Retry-After',
      ]) {
        expect(headers['access-control-expose-headers']).toContain(name);
      }
    }
  });

  it('is silent towards callers without Origin', async () => {
    const { app } = mounts();
    const answer = await app.inject({
      method: 'POST',
      url: PATH,
      headers: JSON_HEADERS,
      payload: BODY,
    });
    const names = Object.keys(answer.headers).filter((name) => name.startsWith('access-control'));
    expect(names).toEqual([]);
  });
});
