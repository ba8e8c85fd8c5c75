// The HTTP side of a POST: method, media type,
// encoding, Accept and CORS.

import { describe, expect, it } from 'vitest';
import { JSON_HEADERS, MOUNTS, PATH, PING, sharedMounts } from './mounts.ts';
import { CANARY, expectNotReached, expectRefusal } from './refusal.ts';

const mounts = sharedMounts();

const BODY = JSON.stringify(PING);

describe('a method other than POST', () => {
  it.each(MOUNTS)('is 405 at %s and names POST', async (path) => {
    const { app } = mounts();
    for (const method of ['GET', 'DELETE', 'PUT', 'PATCH', 'OPTIONS'] as const) {
      const headers = { ...JSON_HEADERS, accept: 'text/event-stream', 'mcp-session-id': CANARY };
      const answer = await expectNotReached(() => app.inject({ method, url: path, headers }));
      expectRefusal(answer, { status: 405, reason: 'method-not-allowed' });
      expect(answer.headers.allow).toBe('POST');
    }
  });

  it('is 405 without a body for HEAD', async () => {
    const { url } = mounts();
    const answer = await expectNotReached(() => fetch(url + PATH, { method: 'HEAD' }));
    expect(answer).toMatchObject({ status: 405 });
    expect(answer.headers.get('allow')).toBe('POST');
    expect(await answer.text()).toBe('');
  });
});

const REFUSED_MEDIA = [
  'text/plain',
  'text/plain; x=application/json',
  'text/plain; application/json',
  'application/jsonx',
  'application/json-rpc',
  'application/ld+json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=application/json',
  'application/json, text/plain',
  'application / json',
  '*/*',
  CANARY,
  '',
  'application/json; charset=utf-16',
  'application/json; charset=iso-8859-1',
  'application/json; charset="utf-16"',
  'application/json;charset=',
];

describe('Content-Type', () => {
  it.each(REFUSED_MEDIA)('%j is 415', async (contentType) => {
    const { app } = mounts();
    const headers = { host: 'localhost', 'content-type': contentType };
    const answer = await expectNotReached(() =>
      app.inject({ method: 'POST', url: PATH, headers, payload: BODY }),
    );
    expectRefusal(answer, { status: 415, reason: 'unsupported-media-type' });
  });

  it('missing is 415', async () => {
    const { app } = mounts();
    const headers = { host: 'localhost' };
    const answer = await app.inject({
      method: 'POST',
      url: PATH,
      headers,
      payload: Buffer.from(BODY),
    });
    expectRefusal(answer, { status: 415, reason: 'unsupported-media-type' });
  });

  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
    'application/json ; charset=utf-8',
    'application/json; x=1; charset=utf-8',
  ])('%j is served', async (contentType) => {
    const { app } = mounts();
    const headers = { host: 'localhost', 'content-type': contentType };
    const answer = await app.inject({ method: 'POST', url: PATH, headers, payload: BODY });
    expect(answer.json()).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
  });
});

describe('Content-Encoding', () => {
  it.each(['gzip', 'br', 'deflate', 'gzip, identity', CANARY])('%j is 415', async (encoding) => {
    const { app } = mounts();
    const headers = { ...JSON_HEADERS, 'content-encoding': encoding };
    const answer = await expectNotReached(() =>
      app.inject({ method: 'POST', url: PATH, headers, payload: BODY }),
    );
    expectRefusal(answer, { status: 415, reason: 'unsupported-media-type' });
  });

  it.each(['identity', 'Identity'])('%j is served', async (encoding) => {
    const { app } = mounts();
    const headers = { ...JSON_HEADERS, 'content-encoding': encoding };
    const answer = await app.inject({ method: 'POST', url: PATH, headers, payload: BODY });
    expect(answer.statusCode).toBe(200);
  });
});
