// What the doctor makes of an issuer's answers to the authorize requests of clients, and what it
// sends.

import type { ServerResponse } from 'node:http';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  type Authorize,
  clientId,
  openDeployment,
  type Said,
  serversYaml,
} from './entra-deployment.ts';
import { openServer, runDoctor, unexpected } from './run-doctor.ts';

async function examine(said: Said, args: readonly string[] = ['--client', 'claude-code']) {
  const deployment = await openDeployment(said);
  const run = await runDoctor(
    ['--deployed', '--url', deployment.url, '--client-id', clientId, '--timeout', '1', ...args],
    { serversYaml, env: { AZURE_AUTHORITY_HOST: deployment.url } },
  );
  const clients = run.rows.filter(({ group }) => group === 'clients');
  return { ...run, clients, deployment };
}

const page = (status: number, body: string) => (_: URLSearchParams, response: ServerResponse) =>
  void response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(body);
const config = (members: object) =>
  `<html><script>//<![CDATA[\n$Config=${JSON.stringify(members)};\n//]]></script>AADSTS1234567 in a text`;
const back =
  (parameters: Record<string, string>): Authorize =>
  (query, response) => {
    const location = new URL(query.get('redirect_uri') ?? '');
    const all = { state: query.get('state') ?? '', ...parameters };
    for (const [name, value] of Object.entries(all)) location.searchParams.set(name, value);
    response.writeHead(302, { location: location.href }).end();
  };

interface Case {
  readonly answer: string;
  readonly authorize: Authorize;
  readonly row: { result: 'expected' | 'problem' | 'unknown'; came: string; fix?: unknown };
}

const cases: readonly Case[] = [
  {
    answer: "Entra's sign-in page",
    authorize: page(200, config({ pgid: 'ConvergedSignIn', sErrorCode: '' })),
    row: { result: 'expected', came: 'the sign-in page, without an error before it' },
  },
  {
    answer: 'a code at once',
    authorize: back({ code: 'SECRET-CODE' }),
    row: { result: 'expected', came: 'a code; this issuer signed in without showing a page' },
  },
  {
    answer: 'an error by redirect',
    authorize: back({
      error: 'invalid_target',
      error_description: 'AADSTS9010010: The resource parameter … Trace ID: 1',
    }),
    row: {
      result: 'problem',
      came: 'AADSTS9010010: resource and scope belong to different apps, or the resource is not an address of the app',
      fix: expect.stringMatching(/ENTRA_SERVER_URIS/),
    },
  },
  {
    answer: 'an error on a page',
    authorize: page(
      200,
      config({
        pgid: 'ConvergedError',
        strServiceExceptionMessage: 'AADSTS700016: Application with "identifier" was not found',
      }),
    ),
    row: {
      result: 'problem',
      came: 'AADSTS700016: the directory does not know the client id, or it is disabled',
      fix: expect.stringMatching(/MCP_CLIENT_ID/),
    },
  },
  {
    answer: 'an error number on a page',
    authorize: page(400, config({ pgid: 'ConvergedError', sErrorCode: '50011' })),
    row: {
      result: 'problem',
      came: 'AADSTS50011: the redirect URI is not registered',
      fix: expect.stringMatching(/ENTRA_REDIRECT_URIS/),
    },
  },
  {
    answer: 'a code that the table does not have',
    authorize: back({ error: 'server_error', error_description: 'AADSTS999999: new' }),
    row: {
      result: 'problem',
      came: 'AADSTS999999',
      fix: 'look up this text in the documentation of the issuer',
    },
  },
  {
    answer: 'an OAuth error as JSON',
    authorize: (_, response) =>
      void response
        .writeHead(400, { 'content-type': 'application/json' })
        .end('{"error":"invalid_request","error_description":"unknown\\u001b redirect_uri"}'),
    row: {
      result: 'problem',
      came: 'invalid_request unknown redirect_uri',
      fix: expect.anything(),
    },
  },
  {
    answer: 'a page that nobody knows',
    authorize: page(200, '<title>Welcome</title>'),
    row: {
      result: 'unknown',
      came: 'unknown: 200 with text/html',
      fix: expect.stringMatching(/does not know this page/),
    },
  },
  {
    answer: "a page of Entra that is not the sign-in page, without an error of Entra's",
    authorize: page(200, config({ pgid: 'KmsiInterrupt' })),
    row: {
      result: 'unknown',
      came: 'unknown: 200 with text/html',
      fix: expect.anything(),
    },
  },
  {
    answer: 'a redirect to somebody else',
    authorize: (_, response) =>
      void response.writeHead(302, { location: 'https://idp.example/saml?SECRET' }).end(),
    row: {
      result: 'unknown',
      came: 'unknown: 302, a redirect to https://idp.example/saml',
      fix: expect.anything(),
    },
  },
  {
    answer: 'a redirect with a password to somebody else',
    authorize: (_, response) =>
      void response
        .writeHead(302, { location: 'https://user:SECRET@idp.example/saml?SECRET' })
        .end(),
    row: {
      result: 'unknown',
      came: 'unknown: 302, a redirect to https://idp.example/saml',
      fix: expect.anything(),
    },
  },
  {
    answer: 'a redirect with a password and without a scheme',
    authorize: (_, response) =>
      void response.writeHead(302, { location: '//user:SECRET@idp.example/saml' }).end(),
    row: {
      result: 'unknown',
      came: 'unknown: 302, a redirect to //idp.example/saml',
      fix: expect.anything(),
    },
  },
  {
    answer: "a code with somebody else's state",
    authorize: back({ code: 'SECRET', state: 'other' }),
    row: {
      result: 'unknown',
      came: 'a code without the state that was sent',
      fix: expect.anything(),
    },
  },
  {
    answer: 'nothing',
    authorize: () => {},
    row: { result: 'unknown', came: 'no complete answer within 1 s', fix: expect.anything() },
  },
  {
    answer: 'a sign-in page whose end is cut off, with an error there',
    authorize: page(
      200,
      config({ pgid: 'ConvergedSignIn', filler: 'x'.repeat(700_000), sErrorCode: '50011' }),
    ),
    row: {
      result: 'unknown',
      came: 'unknown: 200 with more than 512 KiB',
      fix: expect.anything(),
    },
  },
  {
    answer: 'too much',
    authorize: (_, response) => void response.writeHead(200).end('x'.repeat(700_000)),
    row: {
      result: 'unknown',
      came: 'unknown: 200 with more than 512 KiB',
      fix: expect.anything(),
    },
  },
];

test.each(cases)('$answer is told as what it is, and no request is repeated', async (one) => {
  const { code, clients, text, deployment, notSeen } = await examine(one);
  expect(clients).toEqual([
    {
      group: 'clients',
      check: 'notes: Claude Code 2.1.332',
      expected: 'the sign-in page',
      fix: null,
      ...one.row,
    },
  ]);
  expect(text).not.toContain('SECRET');
  expect(text).not.toMatch(/\bworks?\b/);
  expect(notSeen).toMatch(/65001.*50105.*90009/);
  expect(new Set(deployment.requests).size).toBe(deployment.requests.length);
  expect(deployment.authorizing.requests).toHaveLength(1);
  expect(code).toBe({ expected: 0, problem: 1, unknown: 3 }[one.row.result]);
});

test('an authorize request carries what the client sends, and nothing secret', async () => {
  const seen: URLSearchParams[] = [];
  const { deployment } = await examine({
    authorize: (query, response) => {
      seen.push(query);
      back({ code: 'x' })(query, response);
    },
  });
  const [query] = seen;
  const address = `${deployment.url}/notes/mcp`;
  expect(Object.fromEntries(query ?? [])).toEqual({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: 'http://localhost:21810/callback',
    scope: `${address}/mcp.notes offline_access`,
    state: expect.stringMatching(/^[\w-]{22}$/),
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge_method: 'S256',
    resource: address,
    prompt: 'consent',
  });
  const headers = [...deployment.headers, ...deployment.authorizing.headers].join();
  expect(headers).not.toMatch(/cookie|authorization"|x-functions-key/i);
});

test('an issuer is asked at most once a second', async () => {
  const times: number[] = [];
  const authorize: Authorize = (query, response) => {
    times.push(performance.now());
    back({ code: 'x' })(query, response);
  };
  const { clients } = await examine({ authorize }, []);
  expect(clients.filter(({ result }) => result === 'expected').length).toBe(times.length);
  expect(times.length).toBeGreaterThan(3);
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(1_000);
}, 60_000);

test('an issuer that says nothing is not asked for the next client', async () => {
  const { code, clients, deployment } = await examine({ authorize: () => {} }, []);
  const results = clients.map(({ result }) => result);
  expect(results.filter((result) => result !== 'skipped')).toEqual(['unknown']);
  expect(deployment.authorizing.requests).toHaveLength(1);
  expect(code).toBe(3);
});

test.each([
  ['its address in front', (address: string) => [`${address}/mcp.notes`], []],
  [
    'nothing in front',
    () => ['mcp.notes'],
    [/^problem \| notes: form of the scopes \| mcp\.notes \| run azd up: Entra looks/],
  ],
  [
    'the client id of the app in front',
    () => ['aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/mcp.notes'],
    [/^unknown \| notes: form of the scopes \| .* \| it is not documented/],
  ],
  [
    'another address in front',
    () => ['https://other.example/notes/mcp/mcp.notes'],
    [/^problem \| notes: form of the scopes/],
  ],
])('scopes with %s', async (_, scopes, lines) => {
  const { rows } = await examine({ scopes, authorize: back({ code: 'x' }) }, ['--client', 'codex']);
  const deployed = rows.filter(({ group }) => group === 'deployed');
  expect(unexpected(deployed)).toEqual(lines.map((line) => expect.stringMatching(line)));
});

test.each([
  [
    { issuer: 'https://other.example' },
    /^problem \| discovery of .* \| the issuer https:\/\/other\.example \| write the issuer exactly/,
  ],
  [
    { authorization_endpoint: 'http://other.example/authorize' },
    /^problem \| discovery of .* \| authorization_endpoint without an https address/,
  ],
  [
    { issuer: { toString: 1, valueOf: 1 } },
    /^problem \| discovery of .* \| the issuer an object \| write the issuer exactly/,
  ],
  [
    { token_endpoint: { toString: 1, valueOf: 1 } },
    /^problem \| discovery of .* \| token_endpoint without an https address/,
  ],
  [{ jwks_uri: undefined }, /^problem \| discovery of .* \| jwks_uri without an https address/],
])('of an issuer with %j no client is asked', async (discovery, line) => {
  const { rows, clients, deployment } = await examine({
    discovery,
    authorize: back({ code: 'x' }),
  });
  const issuer = rows.filter(({ group }) => group === 'issuer');
  expect(unexpected(issuer)).toEqual([expect.stringMatching(line)]);
  expect(unexpected(clients)).toEqual([
    'skipped | notes: sign-in | the discovery document of its issuer cannot be read | null',
  ]);
  expect(deployment.authorizing.requests).toEqual([]);
});

const nested = '['.repeat(100_000) + ']'.repeat(100_000);
const noText = '{"toString":1,"valueOf":1}';

test.each([
  [
    'a resource that is no text',
    (text: string) => text.replace(/"resource":"[^"]*"/, `"resource":${noText}`),
    /^problem \| notes: document \| resource an object, issuer http/,
  ],
  [
    'issuers that are no texts',
    (text: string) => text.replace(/("authorization_servers":\[)"[^"]*"/, `$1${noText}`),
    /^problem \| notes: document \| resource http.*, issuer a list that contains values other than texts/,
  ],
  [
    'scopes in 100,000 lists',
    (text: string) => text.replace(/("scopes_supported":)\[[^\]]*\]/, `$1${nested}`),
    /^problem \| notes: document \| .*, scopes a list that contains values other than texts/,
  ],
])('a document with %s is a row, and the table goes on', async (_, rewrite, line) => {
  const { code, rows } = await examine({ rewrite, authorize: back({ code: 'x' }) });
  expect(code).toBe(1);
  expect(unexpected(rows)).toEqual(expect.arrayContaining([expect.stringMatching(line)]));
  expect(rows.map(({ check }) => check)).toContain('notes: challenge');
});

test.each([
  [[], '200 with no content type'],
  [[null], '200 with no content type'],
  [[{}, 'RSA', { kty: 1 }], '200 with no content type'],
  [[null, { kty: 'RSA' }], undefined],
])('keys are objects with a type: %j', async (keys, came) => {
  const { rows } = await examine({ keys: { keys }, authorize: back({ code: 'x' }) });
  const row = rows.find(({ check }) => check.startsWith('keys of'));
  expect([row?.result, row?.came]).toEqual(came ? ['problem', came] : ['expected', '1 key']);
});

test('the line of progress shows no control characters and no password of an issuer', async () => {
  const stderr = process.stderr as { isTTY: boolean };
  const { isTTY } = stderr;
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  stderr.isTTY = true;
  onTestFinished(() => {
    stderr.isTTY = isTTY;
    write.mockRestore();
  });
  const discovery = { jwks_uri: 'http://user:SECRET@127.0.0.1:1/\u001b[31mkeys?SECRET' };
  await examine({ discovery, authorize: back({ code: 'x' }) });
  const written = write.mock.calls.map(([text]) => String(text).replaceAll('\r\u001b[2K', ''));
  expect(written.join('\n')).toContain('http://127.0.0.1:1/ [31mkeys');
  expect(written.some((text) => text.includes('\u001b') || text.includes('SECRET'))).toBe(false);
});

test('a user and a password in an address of an issuer are not sent', async () => {
  const keys = await openServer((_, response) => void response.end('{"keys":[{"kty":"RSA"}]}'));
  const jwks_uri = keys.url.replace('//', '//user:SECRET@');
  const { rows } = await examine({ discovery: { jwks_uri }, authorize: back({ code: 'x' }) });
  expect(rows.find(({ check }) => check.startsWith('keys of'))?.result).toBe('expected');
  expect(keys.headers.join()).not.toMatch(/authorization/i);
});

test('members of a discovery document may have any depth', async () => {
  const discovery = { code_challenge_methods_supported: ['S256'], scopes_supported: 'NESTED' };
  const { code, rows, clients } = await examine({
    discovery,
    rewrite: (text) => text.replace('"NESTED"', nested),
    authorize: back({ code: 'x' }),
  });
  expect(code).toBe(0);
  expect(rows.find(({ check }) => check.endsWith('offers'))?.came).toBe(
    'code_challenge_methods_supported: S256; client_id_metadata_document_supported: none; registration_endpoint: none; scopes_supported: a list that contains values other than texts',
  );
  expect(clients.map(({ result }) => result)).toEqual(['expected']);
});

test.each([
  ['of another cloud', () => undefined],
  ['whose name is as long', (url: string) => url.replace(/\d$/, (digit) => `${9 - Number(digit)}`)],
])('a document that names an issuer %s sends nobody there', async (_, authority) => {
  const deployment = await openDeployment({ authorize: back({ code: 'x' }) });
  const args = ['--deployed', '--url', deployment.url, '--client-id', clientId];
  const env = { AZURE_AUTHORITY_HOST: authority(deployment.url) };
  const { code, rows } = await runDoctor(args, { serversYaml, env });
  expect(code).toBe(1);
  expect(unexpected(rows)).toEqual([
    expect.stringMatching(/^problem \| notes: document \| resource .*, issuer http:\/\/127/),
  ]);
  expect(deployment.requests).toHaveLength(3);
});
