// The contract of the Functions host as rows: the bytes of a request, and what becomes of them. The
// rules were measured with a real host; not every row here was itself sent to one. contract.test.ts
// sends them, and does so to a real host, too.

/** What the handler sees of a request. */
interface Arrival {
  readonly method?: string;
  readonly url?: string;
  /** By lower-case name; `null`: not there. */
  readonly headers?: Readonly<Record<string, string | RegExp | null>>;
  readonly body?: string;
}

/** One request, alone on its connection, and its answer. */
export interface ContractRow {
  readonly name: string;
  /** Method and target, as in `GET /a`. */
  readonly line: string;
  /**
   * Header lines. `Host` (the host under test), `Connection: close` and a valid key are added
   * unless a line here, or `without`, says otherwise.
   */
  readonly headers?: readonly string[];
  /** Header names that are not added. */
  readonly without?: readonly 'x-functions-key'[];
  /** What follows the head, as it is sent. */
  readonly body?: string;
  readonly status: number;
  /** Headers of the answer, by lower-case name; `null`: not there. */
  readonly answers?: Readonly<Record<string, string | RegExp | null>>;
  /** Absent: the handler sees nothing, and the body of the answer is `answerBody`. */
  readonly arrives?: Arrival;
  /** Default: empty. */
  readonly answerBody?: string;
  /**
   * The row is about keys, trace context, or an open route beside one with a key: a host without
   * them cannot show it.
   */
  readonly needs?: 'keys' | 'telemetry' | 'routes';
}

/** Stands for the function key of the host. */
export const KEY = '{key}';
/** Stands for the same key in the other letter case. */
export const SWAPPED_KEY = '{key in the other letter case}';

const path = (sent: string, arrived: string): ContractRow => ({
  name: `the target ${sent.slice(0, 40)} arrives as ${arrived.slice(0, 40)}`,
  line: `GET ${sent}`,
  status: 200,
  arrives: { url: arrived },
});

const refused = (name: string, line: string, status: number, more: Partial<ContractRow> = {}) => ({
  name: `${name}: ${status} without a body`,
  line,
  status,
  ...more,
});

const joined = (name: string, separator: string): ContractRow => ({
  name: `a repeated ${name} arrives as one`,
  line: 'GET /echo',
  headers: [`${name}: one`, `${name}: two`],
  status: 200,
  arrives: { headers: { [name.toLowerCase()]: `one${separator}two` } },
});

const traced = (name: string, sent: string | undefined, arrived: RegExp): ContractRow => ({
  name: `${name} traceparent`,
  line: 'GET /echo',
  headers: sent === undefined ? [] : [`traceparent: ${sent}`],
  status: 200,
  arrives: { headers: { traceparent: arrived } },
  needs: 'telemetry',
});

const keyed = (name: string, how: Partial<ContractRow>, status: 200 | 401): ContractRow => ({
  name: `${name}: ${status}`,
  line: 'GET /echo',
  without: ['x-functions-key'],
  status,
  ...(status === 200 ? { arrives: {} } : { answers: { 'www-authenticate': null } }),
  needs: 'keys',
  ...how,
});

const withoutKey = (line: string, what: Partial<ContractRow>): ContractRow => ({
  name: `${line} without a key, where only /open and the root are open: ${what.status ?? 200}`,
  line,
  without: ['x-functions-key'],
  status: 200,
  needs: 'routes',
  ...what,
});

const closes = { answers: { connection: 'close' } };
const trace = '0af7651916cd43dd8448eb211c80319c';
const span = 'b7ad6b7169203331';
/** `GET `, the target, ` HTTP/1.1` and the line end. */
const longestTarget = 8_192 - 15;
/** Beside these a row has three: Host, Connection and the key. */
const headerLines = (count: number) => Array.from({ length: count }, (_, index) => `X-${index}: x`);

/**
 * All rows, in the order in which they are sent: a key passes in any letter case only after it was
 * right.
 */
export const contract: readonly ContractRow[] = [
  // The path: decoded, its dot segments resolved, escaped again.
  path('/a/%41', '/a/A'),
  path('/a|b', '/a%7Cb'),
  path('/a\\b', '/a%5Cb'),
  path('/a#b', '/a%23b'),
  path('/a%3fb', '/a%3Fb'),
  path('/a%2541', '/a%2541'),
  path('/%ff', '/%25ff'),
  path('/a%', '/a%25'),
  path('/a%zz', '/a%25zz'),
  path('/%c3%a9', '/%C3%A9'),
  path('/%c3%41', '/%25c3A'),
  path('/%c0%af', '/%25c0%25af'),
  path('/%ed%a0%80', '/%25ed%25a0%2580'),
  path('/%f0%9f%8d%90', '/%F0%9F%8D%90'),
  path("/a-._~!$&'()*+,;=:@", "/a-._~!$&'()*+,;=:@"),
  path('/a%2Fb', '/a%252Fb'),
  path('/a%2fb', '/a%252fb'),
  path('/a/../x', '/x'),
  path('/%2e%2e/x', '/x'),
  path('/a%2e%2e/b', '/a../b'),
  path('/echo/%2e%2e%2fx', '/echo/..%252fx'),
  path('/a/./x', '/a/x'),
  path('/a//b', '/a//b'),
  path('/a/', '/a/'),
  path('/A/b%20c;v=1', '/A/b%20c;v=1'),
  path('/a%0a', '/a%0A'),
  // The query: only what needs no escape loses it.
  path('/a?a=%41&b=%2f', '/a?a=A&b=%2f'),
  path('/a?%zz', '/a?%25zz'),
  path('/a?code=x&path=/../%2F%00//', '/a?code=x&path=/../%2F%00//'),
  refused('a path that begins with two slashes', 'GET //x', 404),
  refused('a NUL in the path', 'GET /a%00b', 400),
  refused('an absolute target of another host', 'GET http://evil.example/a', 400),
  // Repeated headers.
  joined('Authorization', ', '),
  joined('Mcp-Method', ', '),
  joined('Origin', ', '),
  joined('Content-Type', ', '),
  joined('Cookie', '; '),
  joined('User-Agent', ' '),
  {
    name: 'a repeated key arrives as one, and the first counts',
    line: 'GET /echo',
    headers: [`x-functions-key: ${KEY}`, 'x-functions-key: nonsense'],
    status: 200,
    arrives: { headers: { 'x-functions-key': `${KEY}, nonsense` } },
  },
  // Trace context.
  traced('an absent', undefined, /^00-[\da-f]{32}-[\da-f]{16}-01$/),
  traced(
    'a sampled',
    `00-${trace}-${span}-01`,
    new RegExp(`^00-${trace}-(?!${span})[\\da-f]{16}-01$`),
  ),
  traced(
    'an unsampled',
    `00-${trace}-${span}-00`,
    new RegExp(`^00-${trace}-(?!${span})[\\da-f]{16}-00$`),
  ),
  traced('an invalid', 'nonsense', /^00-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/),
  traced(
    'an all-zero',
    `00-${'0'.repeat(32)}-${span}-01`,
    /^00-(?!0{32})[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/,
  ),
  // Sizes.
  {
    name: 'the longest request line, of 8,192 bytes, passes',
    line: `GET /${'x'.repeat(longestTarget - 1)}`,
    status: 200,
    arrives: {},
  },
  refused('a request line of 8,193 bytes', `GET /${'x'.repeat(longestTarget)}`, 414, closes),
  {
    name: '100 headers pass',
    line: 'GET /echo',
    headers: headerLines(97),
    status: 200,
    arrives: {},
  },
  refused('101 headers', 'GET /echo', 431, { headers: headerLines(98), ...closes }),
  refused('UTF-8 in a header', 'GET /echo', 500, { headers: ['X-Text: \xc3\xa9'] }),
  refused('Latin-1 in a header', 'GET /echo', 400, { headers: ['X-Text: \xe9'] }),
  // Host.
  refused('two Hosts', 'GET /echo', 400, { headers: ['Host: a', 'Host: a'] }),
  refused('a Host with a space', 'GET /echo', 400, { headers: ['Host: a b'] }),
  refused('a Host with a slash', 'GET /echo', 400, { headers: ['Host: a/b'] }),
  refused('an empty Host', 'GET /echo', 500, { headers: ['Host:'] }),
  // Methods.
  ...['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'].map((method) => ({
    name: `${method} is forwarded`,
    line: `${method} /echo`,
    headers: method === 'GET' || method === 'TRACE' ? [] : ['Content-Length: 0'],
    status: 200,
    arrives: { method },
  })),
  refused('QUERY', 'QUERY /echo', 404),
  refused('PROPFIND', 'PROPFIND /echo', 404),
  {
    name: 'CONNECT with a Host equal to its authority: 500 without a body',
    line: 'CONNECT example:443',
    headers: ['Host: example:443'],
    status: 500,
  },
  refused('CONNECT with another Host', 'CONNECT example:443', 400),
  // Paths that the host keeps, in any letter case, and two that it does not.
  ...[
    '/admin/host/status',
    '/admin/host/keys',
    '/admin/host/drain',
    '/admin/host/synctriggers',
    '/admin/host/systemkeys',
    '/admin/functions',
    '/ADMIN/functions/x',
    '/admin/vfs/',
    '/admin/instance/info',
    '/runtime/webhooks/mcp',
  ].map((target) => refused(target, `GET ${target}`, 401, { without: ['x-functions-key'] })),
  path('/admin/host', '/admin/host'),
  path('/admin/warmup', '/admin/warmup'),
  // Keys.
  keyed('no key', {}, 401),
  keyed('a wrong key', { headers: ['x-functions-key: nonsense'] }, 401),
  keyed('?code=', { line: `GET /echo?code=${KEY}` }, 200),
  keyed('?Code=', { line: `GET /echo?Code=${KEY}` }, 200),
  keyed('?CODE=', { line: `GET /echo?CODE=${KEY}` }, 200),
  keyed('a wrong ?code=', { line: 'GET /echo?code=nonsense' }, 401),
  keyed(
    'the header wins',
    {
      line: `GET /echo?code=${KEY}`,
      headers: ['x-functions-key: nonsense'],
    },
    401,
  ),
  keyed('a used key in another letter case', { headers: [`x-functions-key: ${SWAPPED_KEY}`] }, 200),
  keyed(
    'a used key in another letter case as ?cODE=',
    { line: `GET /echo?cODE=${SWAPPED_KEY}` },
    200,
  ),
  // Routes: the default value of the open one stands for the root, which has no value to match.
  withoutKey('GET /', { answerBody: 'x' }),
  withoutKey('GET /?a=b', { answerBody: 'x' }),
  withoutKey('POST /', { headers: ['Content-Length: 0'], answerBody: 'x' }),
  withoutKey('GET /open', { arrives: { url: '/open' } }),
  withoutKey('GET /open/x', { arrives: { url: '/open/x' } }),
  withoutKey('GET /opened', { status: 401 }),
  withoutKey('GET /echo', { status: 401 }),
  withoutKey('GET //', { status: 404 }),
  // Bodies and answers.
  {
    name: 'a body of an announced length arrives whole',
    line: 'POST /echo',
    headers: ['Content-Length: 2'],
    body: 'ab',
    status: 200,
    arrives: { body: 'ab', headers: { 'content-length': '2' } },
  },
  {
    name: 'a chunked body arrives in chunks',
    line: 'POST /echo',
    headers: ['Transfer-Encoding: chunked'],
    body: '1\r\na\r\n1\r\nb\r\n0\r\n\r\n',
    status: 200,
    arrives: { body: 'ab', headers: { 'transfer-encoding': 'chunked' } },
  },
  refused('a body above 100 MiB, of which nothing is read', 'POST /echo', 500, {
    headers: ['Content-Length: 104857601'],
  }),
  {
    name: 'an answer names Kestrel and the time, and no Keep-Alive',
    line: 'GET /status/202',
    status: 202,
    answers: { server: 'Kestrel', date: /GMT$/, 'keep-alive': null },
  },
  {
    name: 'an answer of the host does, too',
    line: 'GET //x',
    status: 404,
    answers: { server: 'Kestrel', date: /GMT$/, 'keep-alive': null },
  },
  {
    name: 'the version of the host has four parts',
    line: 'GET /echo',
    status: 200,
    arrives: { headers: { 'x-azure-functions-hostversion': /^4\.\d+\.\d+\.\d+$/ } },
  },
];
