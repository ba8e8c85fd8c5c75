// Secrets: what authenticates a caller reaches no server, no log line
// and no answer, whatever becomes of the request.

import { describe, expect, it } from 'vitest';
import { post } from '../../post.ts';
import type { TestHost } from '../../start-host.ts';
import { modern } from './modern.ts';
import { sharedMounts, startMounts } from './mounts.ts';
import { CANARY } from './refusal.ts';

const YAML = `
defaults: { auth: anonymous }
servers:
  v1-shared: { module: ./http-caller.mjs, export: createV1, instance: shared }
  v1-fresh: { module: ./http-caller.mjs, export: createV1 }
  v2-shared: { module: ./http-caller.mjs, export: createV2, instance: shared }
  v2-fresh: { module: ./http-caller.mjs, export: createV2 }
  limited: { module: ./http-caller.mjs, export: createV2, rateLimit: { max: 1, windowSeconds: 60 } }
  broken: { module: ./no-such-file.mjs }
`;

const SECRET_HEADERS: Readonly<Record<string, string>> = {
  authorization: `Bearer ${CANARY}`,
  'proxy-authorization': `Basic ${CANARY}`,
  cookie: `AppServiceAuthSession=${CANARY}`,
  'x-functions-key': CANARY,
  'x-api-key': CANARY,
  'api-key': CANARY,
  'ocp-apim-subscription-key': CANARY,
  'x-zumo-auth': CANARY,
  'x-ms-token-aad-access-token': CANARY,
  'x-ms-token-aad-id-token': CANARY,
  'x-ms-token-aad-refresh-token': CANARY,
  'x-ms-client-principal': CANARY,
  'x-ms-client-principal-id': CANARY,
  'x-ms-original-url': `https://app.example/mcp?code=${CANARY}`,
  // The front ends of App Service add these two, with the query string.
  'x-original-url': `/v1-fresh/mcp?code=${CANARY}`,
  'x-waws-unencoded-url': `/v1-fresh/mcp?code=${CANARY}`,
  'mcp-session-id': CANARY,
  // Copies that proxies make, and tokens that they check themselves.
  'x-forwarded-authorization': `Bearer ${CANARY}`,
  'x-original-authorization': `Bearer ${CANARY}`,
  'x-forwarded-access-token': CANARY,
  'x-auth-request-access-token': CANARY,
  'x-amzn-oidc-data': CANARY,
  'cf-access-jwt-assertion': CANARY,
  'x-goog-iap-jwt-assertion': CANARY,
  'x-arr-clientcert': CANARY,
  'x-client-cert': CANARY,
  'x-ssl-client-cert': CANARY,
  'x-forwarded-client-cert': `Cert="${CANARY}"`,
  'ocp-apim-trace-token': CANARY,
  'x-auth-token': CANARY,
  'x-access-token': CANARY,
  'x-goog-api-key': CANARY,
  'x-amz-security-token': CANARY,
  'dd-api-key': CANARY,
  'x-upstream-authorization': `Bearer ${CANARY}`,
  referer: `https://app.example/?code=${CANARY}`,
  'x-rewrite-url': `/v1-fresh/mcp?CODE=${CANARY}`,
  'x-forwarded-uri': `/v1-fresh/mcp?a=1&code=${CANARY}`,
  'x-some-proxy-target': `/v1-fresh/mcp?a=1,2&c%6Fde=${CANARY}`,
  'x-some-proxy-return': `/login?to=%2Fmcp%3Fcode%3D${CANARY}`,
  link: `</a?x=1>,</b?%43ODE=${CANARY}>`,
};
const QUERY = `?code=${CANARY}&clientId=x&Co%64e=${CANARY}&CLIENTID=${CANARY}`;

const mounts = sharedMounts({ yaml: YAML, environment: { logLevel: 'trace' } });

/** Visible to servers, so that the tests cannot pass by seeing nothing at all. */
const HARMLESS = {
  'x-harmless': 'seen',
  'user-agent': 'test-agent',
  'x-target': `/elsewhere?page=kept&code=${CANARY}&size=too`,
};

const look = {
  method: 'tools/call',
  params: { name: 'look', arguments: { secret: CANARY } },
};

function expectNoTrace(host: TestHost): void {
  expect(host.logs.length).toBeGreaterThan(0);
  expect(JSON.stringify(host.logs)).not.toContain(CANARY);
}

describe('a server', () => {
  it.each([
    ['v1-shared', 'legacy'],
    ['v1-fresh', 'legacy'],
    ['v2-shared', 'legacy'],
    ['v2-fresh', 'legacy'],
    ['v1-shared', 'modern'],
    ['v1-fresh', 'modern'],
    ['v2-shared', 'modern'],
    ['v2-fresh', 'modern'],
  ])('%s learns of its %s caller all but the secrets', async (name, era) => {
    const host = mounts();
    const request =
      era === 'modern'
        ? modern(look)
        : { body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...look }), headers: {} };
    const answer = await post(`${host.url}/${name}/mcp${QUERY}`, request.body, {
      ...SECRET_HEADERS,
      ...HARMLESS,
      ...request.headers,
    });
    expect(answer.text).toContain('seen');
    expect(answer.text).toContain('test-agent');
    expect(answer.text).toMatch(/elsewhere\?page=kept&+size=too/);
    expect(answer.text?.replaceAll(/(secret|"secret")\W+cAnArY-5e1f/g, '')).not.toContain(CANARY);
    expectNoTrace(host);
  });
});

describe('no answer and no log line holds a secret', () => {
  const legacy = (message: object): string => JSON.stringify({ jsonrpc: '2.0', id: 1, ...message });
  const args = { secret: CANARY };
  it.each<[string, string, string, Record<string, string>, number]>([
    [
      'of a foreign origin',
      '/v2-fresh/mcp',
      legacy(look),
      { origin: `https://${CANARY}.example` },
      403,
    ],
    ['of a foreign host', '/v2-fresh/mcp', legacy(look), { host: `${CANARY}.example` }, 403],
    ['for an unknown path', '/nope/mcp', legacy(look), {}, 404],
    [
      'of another media type',
      '/v2-fresh/mcp',
      legacy(look),
      { 'content-type': `text/${CANARY}` },
      415,
    ],
    ['that accepts nothing', '/v2-fresh/mcp', legacy(look), { accept: CANARY }, 406],
    ['that is no JSON', '/v2-fresh/mcp', `{"${CANARY}`, {}, 400],
    ['that is no JSON-RPC', '/v2-fresh/mcp', JSON.stringify({ secret: CANARY }), {}, 400],
    [
      'of an unknown version',
      '/v2-fresh/mcp',
      legacy(look),
      { 'mcp-protocol-version': CANARY },
      400,
    ],
    [
      'with differing headers',
      '/v2-fresh/mcp',
      modern(look).body,
      { ...modern(look).headers, 'mcp-name': CANARY },
      400,
    ],
    [
      'with arguments of another type',
      '/v2-fresh/mcp',
      legacy({ method: 'tools/call', params: { name: 'look', arguments: { secret: [CANARY] } } }),
      {},
      200,
    ],
    [
      'with arguments of another type',
      '/v1-fresh/mcp',
      legacy({ method: 'tools/call', params: { name: 'look', arguments: { secret: [CANARY] } } }),
      {},
      200,
    ],
    [
      'with parameters of another type',
      '/v1-shared/mcp',
      legacy({ method: 'prompts/get', params: { name: { secret: CANARY }, arguments: args } }),
      {},
      200,
    ],
    [
      'with arguments for a handler that fails',
      '/v1-fresh/mcp',
      legacy({ method: 'prompts/get', params: { name: 'fail', arguments: args } }),
      {},
      200,
    ],
    [
      'with arguments for a handler that fails',
      '/v2-fresh/mcp',
      legacy({ method: 'prompts/get', params: { name: 'fail', arguments: args } }),
      {},
      200,
    ],
    ['for an unknown method', '/v2-fresh/mcp', legacy({ method: 'nope', params: args }), {}, 200],
    [
      'for a task',
      '/v2-fresh/mcp',
      modern({ method: 'tasks/get', params: { taskId: CANARY } }).body,
      modern({ method: 'tasks/get' }).headers,
      404,
    ],
    [
      'without the header of an argument',
      '/v2-fresh/mcp',
      modern({ method: 'tools/call', params: { name: 'labelled', arguments: args } }).body,
      modern({ method: 'tools/call', params: { name: 'labelled' } }).headers,
      400,
    ],
    [
      'with another header of an argument',
      '/v2-fresh/mcp',
      modern({ method: 'tools/call', params: { name: 'labelled', arguments: { secret: 'x' } } })
        .body,
      {
        ...modern({ method: 'tools/call', params: { name: 'labelled' } }).headers,
        'mcp-param-secret': CANARY,
      },
      400,
    ],
    ['for a unavailable server', '/broken/mcp', legacy(look), {}, 503],
    ['over a limit', '/limited/mcp', legacy(look), {}, 429],
  ])('of a request %s (%s)', async (_name, path, body, headers, status) => {
    const host = mounts();
    if (status === 429)
      await host.app.inject({
        method: 'POST',
        url: path,
        headers: { host: 'localhost', 'content-type': 'application/json' },
        payload: '{}',
      });
    const answer = await post(host.url + path + QUERY, body, { ...SECRET_HEADERS, ...headers });
    expect(answer.status).toBe(status);
    expect(answer.body + JSON.stringify(answer.headers)).not.toContain(CANARY);
    expectNoTrace(host);
  });
});

describe('the text of an error that a server throws', () => {
  const fail = { jsonrpc: '2.0', id: 1, method: 'prompts/get', params: { name: 'fail' } };
  it.each(['v1-shared', 'v1-fresh', 'v2-shared', 'v2-fresh'])(
    'is masked by %s, and told in development',
    async (name) => {
      const production = await startMounts({ yaml: YAML, listen: true });
      const masked = await post(`${production.url}/${name}/mcp`, fail);
      expect(masked.error).toEqual({ code: -32603, message: 'Internal error.' });
      expect(production.logs).toContainEqual(
        expect.objectContaining({ server: name, detail: 'of the server' }),
      );
      const development = await startMounts({
        yaml: YAML,
        listen: true,
        environment: { development: true },
      });
      const told = await post(`${development.url}/${name}/mcp`, fail);
      expect(told.error).toMatchObject({ code: -32603, message: 'of the server' });
    },
  );
});
