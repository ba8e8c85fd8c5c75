// servers.yaml with values that the schema refuses: the exact lines, and not one more.

import { describeBadFiles } from './bad-files.ts';

describeBadFiles([
  {
    name: 'timeout without a unit',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    timeout: 30', ''].join('\n'),
    errors: [
      'servers.yaml:4:5 servers.weather.timeout: expected a known key, got "timeout". Fix: write "timeoutMs", in milliseconds',
    ],
  },
  {
    name: 'a duration with a unit',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    timeoutMs: 30s', ''].join('\n'),
    errors: [
      'servers.yaml:4:16 servers.weather.timeoutMs: expected a whole number of milliseconds from 1 to 210000, got "30s". Fix: write 30000',
    ],
  },
  {
    name: 'a size with a unit',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    maxBodyBytes: 4MiB', ''].join('\n'),
    errors: [
      'servers.yaml:4:19 servers.weather.maxBodyBytes: expected a whole number of bytes from 1 to 104857600, got "4MiB". Fix: write 4194304',
    ],
  },
  {
    name: 'more levels of nesting than can be allowed',
    text: ['defaults:', '  maxDepth: 1001', 'servers: { weather: { module: ./w.ts } }', ''].join(
      '\n',
    ),
    errors: [
      'servers.yaml:2:13 defaults.maxDepth: expected a whole number of levels from 1 to 1000, got 1001. Fix: write at most 1000',
    ],
  },
  {
    name: 'no elements',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    maxElements: 0', ''].join('\n'),
    errors: [
      'servers.yaml:4:18 servers.weather.maxElements: expected a whole number of elements from 1 to 10000000, got 0. Fix: write at least 1',
    ],
  },
  {
    name: 'a number in quotes',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    maxConcurrent: "20"', ''].join(
      '\n',
    ),
    errors: [
      'servers.yaml:4:20 servers.weather.maxConcurrent: expected a whole number of requests from 1 to 10000, got "20". Fix: write 20 without quotes',
    ],
  },
  {
    name: 'a number that is not whole',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    maxConcurrent: 2.5', ''].join('\n'),
    errors: [
      'servers.yaml:4:20 servers.weather.maxConcurrent: expected a whole number of requests from 1 to 10000, got 2.5. Fix: write 3',
    ],
  },
  {
    name: 'a timeout beyond what Azure allows',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    timeoutMs: 230000', ''].join('\n'),
    errors: [
      'servers.yaml:4:16 servers.weather.timeoutMs: expected a whole number of milliseconds from 1 to 210000, got 230000. Fix: write at most 210000',
    ],
  },
  {
    name: 'a limit of zero',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    maxConcurrent: 0', ''].join('\n'),
    errors: [
      'servers.yaml:4:20 servers.weather.maxConcurrent: expected a whole number of requests from 1 to 10000, got 0. Fix: write at least 1',
    ],
  },
  {
    name: 'yes for a flag',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    enabled: yes', ''].join('\n'),
    errors: [
      'servers.yaml:4:14 servers.weather.enabled: expected true or false, got "yes". Fix: write true',
    ],
  },
  {
    name: 'a tool name with a blank',
    text: [
      'servers:',
      '  weather:',
      '    module: ./w.ts',
      '    tools: { allow: ["get *"] }',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:4:22 servers.weather.tools.allow.0: expected a tool name, with * for any characters (1 to 128 characters), got "get *". Fix: copy the name from the answer to tools/list',
    ],
  },
  {
    name: 'an empty tool filter',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    tools: { allow: [] }', ''].join(
      '\n',
    ),
    errors: [
      'servers.yaml:4:21 servers.weather.tools.allow: expected a list with at least one tool name, got an empty list. Fix: add an item, or delete the key',
    ],
  },
  {
    name: 'a text where a list belongs',
    text: [
      'servers:',
      '  weather:',
      '    module: ./w.ts',
      '    allowedOrigins: https://app.example',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:4:21 servers.weather.allowedOrigins: expected a list of origins, got "https://app.example". Fix: write ["https://app.example"]',
    ],
  },
  {
    name: 'an unknown word for auth and for instance',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    auth: none',
      '    instance: share',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:4:11 servers.a.auth: expected function, anonymous, entra or jwt, got "none". Fix: write anonymous',
      'servers.yaml:5:15 servers.a.instance: expected per-request, per-session or shared, got "share". Fix: write shared',
    ],
  },
  {
    name: 'auth as a map',
    text: ['servers:', '  a:', '    module: ./w.ts', '    auth: { type: jwt }', ''].join('\n'),
    errors: [
      'servers.yaml:4:11 servers.a.auth: expected function, anonymous, entra or jwt, got a map. Fix: write function or anonymous or entra or jwt',
    ],
  },
  {
    name: 'jwt without an audience',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    auth: jwt',
      '    jwt: { issuer: "https://login.example.com" }',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:5:5 servers.a.jwt.audience: expected "audience" (text), got nothing. Fix: add "audience"',
    ],
  },
  {
    name: 'a jwt issuer over http and an audience with markup',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    auth: jwt',
      '    jwt: { issuer: "http://login.example.com", audience: "a<b", openIdConfigUrl: "https://x.example/c?x=1" }',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:5:20 servers.a.jwt.issuer: expected an https address without a query or credentials (http for this machine only), got "http://login.example.com". Fix: write https',
      'servers.yaml:5:58 servers.a.jwt.audience: expected an audience of letters, digits and . _ ~ : / ? # = + % - (1 to 256 characters), got "a<b". Fix: copy the aud claim from a token of your issuer',
      'servers.yaml:5:82 servers.a.jwt.openIdConfigUrl: expected an https address without a query or credentials (http for this machine only), got "https://x.example/c?x=1". Fix: write for example "https://login.example.com"',
    ],
  },
  {
    name: 'a rate limit without a window, and a window that is too long',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    rateLimit: { max: 5 }',
      '  b:',
      '    module: ./w.ts',
      '    rateLimit: { max: 5, windowSeconds: 3600 }',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:4:5 servers.a.rateLimit.windowSeconds: expected "windowSeconds" (a whole number of seconds from 1 to 300), got nothing. Fix: add "windowSeconds"',
      'servers.yaml:7:41 servers.b.rateLimit.windowSeconds: expected a whole number of seconds from 1 to 300, got 3600. Fix: write at most 300',
    ],
  },
  {
    name: 'a public URL with a password, which is not repeated',
    text: [
      'host:',
      '  publicUrl: https://me:hunter2@mcp.example.com',
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:2:14 host.publicUrl: expected an https origin such as "https://mcp.example.com" (http for this machine only), got an address with credentials. Fix: write "https://mcp.example.com"',
    ],
  },
  {
    name: 'faults in several places, all told in file order',
    text: [
      'host:',
      '  strikt: true',
      'defaults:',
      '  timeoutMs: 0',
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    path: /x',
      '  b:',
      '    module: 5',
      '  c:',
      '    module: ./w.ts',
      '    path: /x/y',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:2:3 host.strikt: expected a known key, got "strikt". Fix: write "strict"',
      'servers.yaml:4:14 defaults.timeoutMs: expected a whole number of milliseconds from 1 to 210000, got 0. Fix: write at least 1',
      'servers.yaml:10:13 servers.b.module: expected text, got 5. Fix: put it in quotes',
      'servers.yaml:13:11 servers.c.path: expected a path that no other server uses, got "/x/y", which overlaps "/x" of servers.a (line 8). Fix: give one of them a different path',
    ],
  },
]);
