// doctor --deployed at addresses that are not ours, or only half: one clear line, one request,
// nothing repeated.

import type { RequestListener } from 'node:http';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../e2e/free-port.ts';
import { lacksShell, openServer, runDoctor, unexpected } from './run-doctor.ts';

const serversYaml = 'servers:\n  notes: { module: ./notes.js }\n';
const page = '<!doctype html><title>Somebody else</title>\u001b[31mSECRET-OF-THE-PAGE';

const answer =
  (status: number, headers: Record<string, string> = {}, body = ''): RequestListener =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

interface Stranger {
  readonly what: string;
  readonly listener: RequestListener;
  readonly came: string;
  readonly fix: string;
}

const strangers: readonly Stranger[] = [
  {
    what: 'a web page',
    listener: answer(200, { 'content-type': 'text/html; charset=utf-8' }, page),
    came: '200 with text/html',
    fix: 'this is not an mcp-host: correct the address',
  },
  {
    what: 'a redirect',
    listener: answer(302, { location: 'https://elsewhere.example/sign-in?token=SECRET' }),
    came: '302, a redirect to https://elsewhere.example/sign-in',
    fix: 'this is not an mcp-host: correct the address',
  },
  {
    what: 'JSON of something else',
    listener: answer(200, { 'content-type': 'application/json' }, '{"status":"UP"}'),
    came: '200 with application/json',
    fix: 'this is not an mcp-host: correct the address',
  },
  {
    what: 'a body without an end',
    listener: (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      // A write to a client that has left is called back at once, with an error.
      const more = (error?: Error | null) =>
        void (error || response.destroyed || response.write('x'.repeat(65_536), more));
      more();
    },
    came: '200 with more than 512 KiB',
    fix: 'this is not an mcp-host: correct the address',
  },
  {
    what: 'an app without this host',
    listener: answer(404),
    came: '404 without a body',
    fix: 'this host is not deployed there: run azd deploy, or correct the address',
  },
  {
    what: 'an app that does not start',
    listener: answer(503),
    came: '503 without a body',
    fix: 'the host does not start: see its log (docs/functions.md)',
  },
  {
    what: 'an app that is stopped',
    listener: answer(403, { 'content-type': 'text/html' }, page),
    came: '403 with text/html',
    fix: 'the app is stopped, is closed to this network, or is a different app',
  },
  {
    what: 'an old deployment without the open route',
    listener: answer(401),
    came: '401 without a body',
    fix: 'the route for /healthz is not deployed (run azd provision), or this is a different app',
  },
  {
    what: 'a server that says nothing',
    listener: () => {},
    came: 'no complete answer within 0.3 s',
    fix: 'try again in a minute, or set a longer --timeout',
  },
  {
    what: 'a server that begins and never ends',
    listener: (_, response) => void response.writeHead(200).write('{'),
    came: 'no complete answer within 0.3 s',
    fix: 'try again in a minute, or set a longer --timeout',
  },
  {
    what: 'a server that hangs up',
    listener: (request) => void request.socket.destroy(),
    came: 'the connection was closed before an answer came',
    fix: 'check whether a proxy is in between',
  },
];

test.each(strangers)('$what gets one request and one line', async ({ listener, came, fix }) => {
  const { url, requests, headers } = await openServer(listener);
  const args = ['--deployed', '--url', `${url}/`, '--timeout', '0.3'];
  const { code, rows, text } = await runDoctor(args, { serversYaml });
  expect(unexpected(rows)).toEqual([
    `problem | ${url} | ${came} | ${fix} (the doctor sent nothing else there)`,
  ]);
  expect({ code, requests }).toEqual({ code: 1, requests: ['GET /healthz'] });
  expect(text).not.toContain('SECRET');
  expect(text).not.toContain('\u001b');
  expect(headers.join()).not.toMatch(/cookie|authorization|x-functions-key/i);
});

test.skipIf(lacksShell)('a gateway that answers nothing is asked for one server only', async () => {
  const app = await openServer((_, response) => void response.end('{"status":"alive"}'));
  const gateway = await openServer(() => {});
  const { rows } = await runDoctor(['--deployed', '--timeout', '1'], {
    serversYaml: 'servers:\n  a: { module: ./a.js }\n  b: { module: ./b.js, auth: anonymous }\n',
    azd: { SERVICE_MCP_URI: app.url, APIM_GATEWAY_URL: gateway.url },
  });
  expect(unexpected(rows)).toEqual([
    'problem | a: past the gateway | 200 with no content type | run azd provision: the routes of the app do not match the gateway',
    'problem | a: access without credentials | no complete answer within 1 s | try again in a minute, or set a longer --timeout (the other servers were not checked)',
  ]);
  expect(gateway.requests).toEqual(['POST /a/mcp']);
});

test.each([
  ['a result', '{"jsonrpc":"2.0","id":1,"result":{}}', []],
  [
    'an error',
    '{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"SECRET"}}',
    [
      'problem | open: access without credentials | 200 with application/json and a JSON-RPC error | it does not answer a ping: check the log of the app',
    ],
  ],
  [
    'other JSON',
    '{"jsonrpc":"2.0"}',
    [
      'problem | open: access without credentials | 200 with application/json | it does not answer a ping: check the log of the app',
    ],
  ],
])('a server for everybody must answer a ping: %s', async (_, reply, lines) => {
  const { url } = await openServer(({ method }, response) => {
    const body = method === 'POST' ? reply : '{"status":"alive"}';
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  });
  const { rows, text } = await runDoctor(['--deployed', '--url', url], {
    serversYaml: 'servers:\n  open: { module: ./open.js, auth: anonymous }\n',
  });
  expect(unexpected(rows)).toEqual(lines);
  expect(text).not.toContain('SECRET');
});

test('an address where nobody listens is said to be one', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const { code, rows } = await runDoctor(['--deployed', '--url', url], { serversYaml });
  expect(unexpected(rows)).toEqual([
    `problem | ${url} | nothing is listening there | start it, or correct the address (the doctor sent nothing else there)`,
  ]);
  expect(code).toBe(1);
});

test.each([
  [['--url', 'http://example.com'], '--url needs --deployed'],
  [['--deployed', '--url', 'http://example.com'], /^--url: expected .*https/],
  [['--deployed', '--url', 'https://user:pass@example.com'], /^--url: expected /],
  [['--deployed', '--client-id', 'x'], '--client-id needs --url'],
  [['--deployed', '--client', 'netscape'], /^--client: expected one of vscode, /],
  [
    ['--deployed', '--url', 'https://a.example', '--server', 'x'],
    '--server: expected one of notes, got "x"',
  ],
  [['--timeout', '0'], '--timeout: expected seconds, more than 0 and at most 300, got "0"'],
  [['--timeout', 'soon'], /^--timeout: expected seconds/],
])('%j is wrong use', async (args, message) => {
  const { code, err } = await runDoctor(args, { serversYaml });
  expect(code).toBe(2);
  const [line = ''] = err;
  const said = line.replace(/^.*?mcp-host:\S* /, '');
  if (typeof message === 'string') expect(said).toBe(message);
  else expect(said).toMatch(message);
  expect(err.join()).not.toContain('pass');
});

describe.skipIf(lacksShell)('without a usable azd environment', () => {
  test.each([
    [undefined, 'azd cannot be started | install it, or give the address with --url'],
    [
      'echo "ERROR: no default environment" >&2; exit 1',
      'azd env get-values: ERROR: no default environment | azd env select, or azd up',
    ],
    ['echo "SECRET=1"', 'azd env get-values: expected JSON, got other text | update azd'],
    [
      { AZURE_ENV_NAME: 'dev' },
      'the azd environment dev has no SERVICE_MCP_URI, so nothing is deployed | run azd up',
    ],
    [
      { SERVICE_MCP_URI: 'ftp://SECRET' },
      /^SERVICE_MCP_URI of the azd environment: expected .*, got something else \| azd env refresh$/,
    ],
    [
      { SERVICE_MCP_URI: 'https://a.example', MCP_SERVERS: 'SECRET' },
      'MCP_SERVERS of the azd environment cannot be read | azd env refresh',
    ],
    [
      'exec sleep 100',
      'azd did not finish within 3 s | run it by hand: azd env get-values --output json --no-prompt',
    ],
    [
      'exec head -c 17000000 /dev/zero',
      'azd printed more than 16 MiB | run it by hand: azd env get-values --output json --no-prompt',
    ],
  ])('%j is one row', async (azd, line) => {
    const { code, err, rows, text } = await runDoctor(['--deployed', '--timeout', '1'], {
      serversYaml,
      ...(azd !== undefined && { azd }),
    });
    const place = 'problem | azd environment | ';
    expect(unexpected(rows)).toEqual([
      typeof line === 'string'
        ? place + line
        : expect.stringMatching(line.source.replace('^', `^${place.replaceAll('|', '\\|')}`)),
    ]);
    expect({ code, err }).toEqual({ code: 1, err: [] });
    expect(text).not.toContain('SECRET');
  });

  test('problems of servers.yaml have rows, too', async () => {
    const { code, rows } = await runDoctor(['--deployed'], { serversYaml: 'servers: 1\n' });
    expect(code).toBe(1);
    expect(unexpected(rows)).toEqual([
      expect.stringMatching(/^problem \| servers\.yaml \| servers\.yaml:1:10 servers: expected /),
      expect.stringMatching(/^problem \| azd environment \| azd cannot be started/),
    ]);
  });

  test('a setting of the host that cannot be used is a row', async () => {
    const { code, rows } = await runDoctor(['--deployed'], { serversYaml, env: { PORT: 'abc' } });
    expect(code).toBe(1);
    expect(unexpected(rows)).toEqual([
      expect.stringMatching(
        /^problem \| settings \| PORT: expected .*, got "abc" \| set PORT=3000/,
      ),
    ]);
  });
});
