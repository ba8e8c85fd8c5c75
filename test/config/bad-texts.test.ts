// servers.yaml with names, paths, modules and texts that are refused: the exact lines, and not one
// more.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { describeBadFiles } from './bad-files.ts';

describeBadFiles([
  {
    name: 'origins with a path, a wildcard and a foreign scheme',
    text: [
      'servers:',
      '  weather:',
      '    module: ./w.ts',
      '    allowedOrigins: [https://app.example/, "*", file:///x, "https://APP.example"]',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:4:22 servers.weather.allowedOrigins.0: expected an origin such as "https://app.example" or "chrome-extension://<id>", without a path or wildcard, got "https://app.example/". Fix: write "https://app.example"',
      'servers.yaml:4:44 servers.weather.allowedOrigins.1: expected an origin such as "https://app.example" or "chrome-extension://<id>", without a path or wildcard, got "*". Fix: list each origin in full',
      'servers.yaml:4:49 servers.weather.allowedOrigins.2: expected an origin such as "https://app.example" or "chrome-extension://<id>", without a path or wildcard, got "file:///x". Fix: list each origin in full',
      'servers.yaml:4:60 servers.weather.allowedOrigins.3: expected an origin such as "https://app.example" or "chrome-extension://<id>", without a path or wildcard, got "https://APP.example". Fix: write "https://app.example"',
    ],
  },
  {
    name: 'origins that no request can carry',
    text: [
      'servers:',
      '  weather:',
      '    module: ./w.ts',
      '    allowedOrigins:',
      '      - "null"',
      '      - chrome-extension://abc/',
      '      - chrome-extension://abc/page.html',
      '      - chrome-extension://*',
      '      - Tauri://localhost',
      '      - "app://"',
      '      - app://.*',
      '      - file://',
      '      - wss://app.example',
      '      - capacitor://localhost:99999',
      '      - moz-extension://user@id',
      '      - blob:https://app.example',
      '      - https://app.example,chrome-extension://abc',
      '      - vscode-webview:abc',
      '      - "app://obsidian.md "',
      '      - ftp://app.example',
      '',
    ].join('\n'),
    errors: (
      [
        [9, 'null', 'delete it: any page can send the origin "null"'],
        [9, 'chrome-extension://abc/', 'write "chrome-extension://abc"'],
        [9, 'chrome-extension://abc/page.html', 'write "chrome-extension://abc"'],
        [9, 'chrome-extension://*', 'list each origin in full'],
        [9, 'Tauri://localhost', 'write "tauri://localhost"'],
        [9, 'app://', 'list each origin in full'],
        [9, 'app://.*', 'list each origin in full'],
        [9, 'file://', 'list each origin in full'],
        [9, 'wss://app.example', 'list each origin in full'],
        [9, 'capacitor://localhost:99999', 'list each origin in full'],
        [9, 'moz-extension://user@id', 'write "moz-extension://id"'],
        [9, 'blob:https://app.example', 'write "https://app.example"'],
        [9, 'https://app.example,chrome-extension://abc', 'list each origin in full'],
        [9, 'vscode-webview:abc', 'list each origin in full'],
        [9, 'app://obsidian.md ', 'write "app://obsidian.md"'],
        [9, 'ftp://app.example', 'list each origin in full'],
      ] as const
    ).map(
      ([column, got, fix], index) =>
        `servers.yaml:${5 + index}:${column} servers.weather.allowedOrigins.${index}: expected an origin such as "https://app.example" or "chrome-extension://<id>", without a path or wildcard, got "${got}". Fix: ${fix}`,
    ),
  },
  {
    name: 'headers that a server is never shown, patterns, and passHeaders in defaults',
    text: [
      'defaults: { passHeaders: [x-api-key] }',
      'servers:',
      '  weather:',
      '    module: ./w.ts',
      '    passHeaders: [x-api-key, Authorization, "x-*", X-MS-Client-Principal, cookie]',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:1:13 defaults.passHeaders: expected a key that all servers can share, got "passHeaders". Fix: write it under each server',
      'servers.yaml:5:30 servers.weather.passHeaders.1: expected a header that the platform does not reserve (docs/hidden-headers.md), got "Authorization". Fix: delete it, and let clients send the key of the other service in a separate header, such as "x-api-key"',
      'servers.yaml:5:45 servers.weather.passHeaders.2: expected the exact name of one request header, without wildcards (1 to 128 characters), got "x-*". Fix: list the headers one by one',
      'servers.yaml:5:52 servers.weather.passHeaders.3: expected a header that the platform does not reserve (docs/hidden-headers.md), got "X-MS-Client-Principal". Fix: delete it, and let clients send the key of the other service in a separate header, such as "x-api-key"',
      'servers.yaml:5:75 servers.weather.passHeaders.4: expected a header that the platform does not reserve (docs/hidden-headers.md), got "cookie". Fix: delete it, and let clients send the key of the other service in a separate header, such as "x-api-key"',
    ],
  },
  {
    name: 'a name that Azure refuses, with a fault below it',
    text: ['servers:', '  My_Weather:', '    modul: ./w.ts', '    auth: function', ''].join('\n'),
    errors: [
      'servers.yaml:2:3 servers.My_Weather: expected a name of lower-case letters, digits and hyphens that starts with a letter (1 to 56 characters), got "My_Weather". Fix: write "my-weather"',
      'servers.yaml:3:5 servers.My_Weather.modul: expected a known key, got "modul". Fix: write "module"',
    ],
  },
  {
    name: 'a name of 57 characters',
    text: [
      'servers:',
      '  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:',
      '    module: ./w.ts',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:2:3 servers.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: expected a name of lower-case letters, digits and hyphens that starts with a letter (1 to 56 characters), got "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa". Fix: rename the server, for example to "weather"',
    ],
  },
  {
    name: 'a number as a name',
    text: ['servers:', '  1:', '    module: ./w.ts', ''].join('\n'),
    errors: [
      'servers.yaml:2:3 servers.1: expected a name of lower-case letters, digits and hyphens that starts with a letter (1 to 56 characters), got "1". Fix: rename the server, for example to "weather"',
    ],
  },
  {
    name: 'a path with upper case and a slash at the end',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    path: /Weather/MCP/', ''].join(
      '\n',
    ),
    errors: [
      'servers.yaml:4:11 servers.weather.path: expected a path of lower-case segments such as "/weather/mcp", got "/Weather/MCP/". Fix: write "/weather/mcp"',
    ],
  },
  {
    name: 'a path without a slash',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    path: weather', ''].join('\n'),
    errors: [
      'servers.yaml:4:11 servers.weather.path: expected a path of lower-case segments such as "/weather/mcp", got "weather". Fix: write "/weather"',
    ],
  },
  {
    name: 'the root as a path',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    path: /', ''].join('\n'),
    errors: [
      'servers.yaml:4:11 servers.weather.path: expected a path of lower-case segments such as "/weather/mcp", got "/". Fix: write "/weather/mcp"',
    ],
  },
  {
    name: 'a path with dot segments',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    path: /../etc', ''].join('\n'),
    errors: [
      'servers.yaml:4:11 servers.weather.path: expected a path of lower-case segments such as "/weather/mcp", got "/../etc". Fix: write "/etc"',
    ],
  },
  {
    name: 'reserved first segments',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    path: /admin/mcp',
      '  b:',
      '    module: ./w.ts',
      '    path: /.well-known/mcp',
      '  c:',
      '    module: ./w.ts',
      '    path: /Runtime/x',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:4:11 servers.a.path: expected a first segment other than admin, runtime, .auth, .well-known, healthz, readyz (reserved), got "/admin/mcp". Fix: choose another first segment, such as the name of the server',
      'servers.yaml:7:11 servers.b.path: expected a first segment other than admin, runtime, .auth, .well-known, healthz, readyz (reserved), got "/.well-known/mcp". Fix: choose another first segment, such as the name of the server',
      'servers.yaml:10:11 servers.c.path: expected a first segment other than admin, runtime, .auth, .well-known, healthz, readyz (reserved), got "/Runtime/x". Fix: choose another first segment, such as the name of the server',
    ],
  },
  {
    name: 'a path that is too long',
    text: [
      'servers:',
      '  weather:',
      '    module: ./w.ts',
      '    path: /abcdefghijklmno/abcdefghijklmno/abcdefghijklmno/abcdefghijklmno/abcdefghijklmno/abcdefghijklmno/abcdefghijklmno/abcdefghijklmno/abcdefghijklmno/abcdefghijklmno/abcdefghijklmno/abcdefghijklmno/abcdefghijklmno/abcdefghijklmno/abcdefghijklmno/abcdefghijklmno/abcdefghijklmno',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:4:11 servers.weather.path: expected a path of at most 256 characters, got 272 characters. Fix: shorten it',
    ],
  },
  {
    name: 'modules that cannot be deployed',
    text: [
      'servers:',
      '  a:',
      '    module: /home/me/w.ts',
      '  b:',
      '    module: https://example.com/w.js',
      '  c:',
      '    module: node:fs',
      '  d:',
      '    module: C:\\code\\w.ts',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:3:13 servers.a.module: expected a path that starts with ./ or ../, or the name of a package, got "/home/me/w.ts". Fix: write a path relative to the folder of servers.yaml, because the file must be deployed',
      'servers.yaml:5:13 servers.b.module: expected a path that starts with ./ or ../, or the name of a package, got "https://example.com/w.js". Fix: install the code as a package, or copy it into a folder next to servers.yaml',
      'servers.yaml:7:13 servers.c.module: expected a path that starts with ./ or ../, or the name of a package, got "node:fs". Fix: install the code as a package, or copy it into a folder next to servers.yaml',
      'servers.yaml:9:13 servers.d.module: expected a path that starts with ./ or ../, or the name of a package, got "C:\\\\code\\\\w.ts". Fix: write a path relative to the folder of servers.yaml, because the file must be deployed',
    ],
  },
  {
    name: 'modules with a missing ./ and with backslashes',
    text: [
      'servers:',
      '  a:',
      '    module: servers/a/index.ts',
      '  b:',
      '    module: .\\servers\\b.ts',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:3:13 servers.a.module: expected a path that starts with ./ or ../, or the name of a package, got "servers/a/index.ts". Fix: write "./servers/a/index.ts"',
      'servers.yaml:5:13 servers.b.module: expected a path that starts with ./ or ../, or the name of a package, got ".\\\\servers\\\\b.ts". Fix: write "./servers/b.ts"',
    ],
  },
  {
    name: 'a module with a variable',
    text: ['servers:', '  a:', '    module: ./${NAME}.ts', ''].join('\n'),
    errors: [
      'servers.yaml:3:13 servers.a.module: expected a path that starts with ./ or ../, or the name of a package, got "./${NAME}.ts". Fix: write the value itself; ${NAME} works only in env',
    ],
  },
  {
    name: 'template markers and control characters in free text',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    title: "{{key}}"',
      '    description: "@(context.User)"',
      '  b:',
      '    module: ./w.ts',
      '    title: "a\\tb"',
      '    description: |',
      '      two lines',
      '  c:',
      '    module: ./w.ts',
      '    title: "@{return 1;}"',
      '    description: "${SECRET}"',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:4:12 servers.a.title: expected text without {{, got "{{key}}". Fix: remove {{',
      'servers.yaml:5:18 servers.a.description: expected text without @(, got "@(context.User)". Fix: remove @(',
      'servers.yaml:8:12 servers.b.title: expected one line of text without control characters, got "a\\tb". Fix: write it on one line (for a block text, use >- instead of > or |)',
      'servers.yaml:9:18 servers.b.description: expected one line of text without control characters, got "two lines\\n". Fix: write it on one line (for a block text, use >- instead of > or |)',
      'servers.yaml:13:12 servers.c.title: expected text without @{, got "@{return 1;}". Fix: remove @{',
      'servers.yaml:14:18 servers.c.description: expected text without ${, got "${SECRET}". Fix: remove ${',
    ],
  },
  {
    name: 'a title that is too long',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    title: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:4:12 servers.a.title: expected text of 1 to 100 characters, got 101 characters. Fix: shorten it, or delete the key',
    ],
  },
  {
    name: 'a title that is a number',
    text: ['servers:', '  a:', '    module: ./w.ts', '    title: 2026', ''].join('\n'),
    errors: ['servers.yaml:4:12 servers.a.title: expected text, got 2026. Fix: put it in quotes'],
  },
  {
    name: 'scopes in one text, and with blanks',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    auth: jwt',
      '    jwt: { issuer: "https://login.example.com", audience: a }',
      '    scopes: read',
      '  b:',
      '    module: ./w.ts',
      '    auth: entra',
      '    scopes: [read write]',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:6:13 servers.a.scopes: expected a list of scopes, got "read". Fix: write ["read"]',
      'servers.yaml:10:14 servers.b.scopes.0: expected a scope of letters, digits and . _ : / - (1 to 120 characters), got "read write". Fix: write one list item for each scope, for example "mcp.weather"',
    ],
  },
  {
    name: 'env: bad names, bad references, values that are not text; no value is repeated',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    env:',
      '      API-KEY: secret1',
      '      B: ${env:SECRET}${NAME:-x}',
      '      C: ${input:key}',
      '      D: ${OPEN',
      '      E: ${ONE:-${TWO}}',
      '      PORT: 8080',
      '      F: [secret2]',
      '      WEBSITE_HOSTNAME: secret3',
      '      G:',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:5:7 servers.a.env.API-KEY: expected a name of letters, digits and _ that does not start with a digit, got "API-KEY". Fix: write "API_KEY"',
      'servers.yaml:7:10 servers.a.env.C: expected text in which each ${ begins a reference, ${NAME} or ${NAME:-default}, got another use of ${. Fix: write ${NAME}, where NAME is a variable of the host',
      'servers.yaml:8:10 servers.a.env.D: expected text in which each ${ begins a reference, ${NAME} or ${NAME:-default}, got another use of ${. Fix: write ${NAME}, where NAME is a variable of the host',
      'servers.yaml:9:10 servers.a.env.E: expected text in which each ${ begins a reference, ${NAME} or ${NAME:-default}, got another use of ${. Fix: write ${NAME}, where NAME is a variable of the host',
      'servers.yaml:10:13 servers.a.env.PORT: expected text, got a number. Fix: put it in quotes',
      'servers.yaml:11:10 servers.a.env.F: expected text, got a list. Fix: write a single text',
      'servers.yaml:12:7 servers.a.env.WEBSITE_HOSTNAME: expected a name that Azure Functions does not reserve, got "WEBSITE_HOSTNAME". Fix: choose another name',
      'servers.yaml:13:7 servers.a.env.G: expected text, got nothing. Fix: give it a value, or delete the key',
    ],
  },
  {
    name: 'a variable outside env',
    text: ['servers:', '  a:', '    module: ./w.ts', '    path: /${NAME}', ''].join('\n'),
    errors: [
      'servers.yaml:4:11 servers.a.path: expected a path of lower-case segments such as "/weather/mcp", got "/${NAME}". Fix: write "/name"',
    ],
  },
]);
