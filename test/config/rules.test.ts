// Rules between servers and between keys: the exact lines, and not one more.

import { describeBadFiles } from './bad-files.ts';

describeBadFiles([
  {
    name: 'two servers with one path',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    path: /x',
      '  b:',
      '    module: ./w.ts',
      '    path: /x',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:7:11 servers.b.path: expected a path that no other server uses, got "/x", which overlaps "/x" of servers.a (line 4). Fix: give one of them a different path',
    ],
  },
  {
    name: 'three servers with one path: one line for each later one',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    path: /x',
      '  b:',
      '    module: ./w.ts',
      '    path: /x',
      '  c:',
      '    module: ./w.ts',
      '    path: /x',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:7:11 servers.b.path: expected a path that no other server uses, got "/x", which overlaps "/x" of servers.a (line 4). Fix: give one of them a different path',
      'servers.yaml:10:11 servers.c.path: expected a path that no other server uses, got "/x", which overlaps "/x" of servers.a (line 4). Fix: give one of them a different path',
    ],
  },
  {
    name: 'a path inside another, in either order',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    path: /x/y',
      '  b:',
      '    module: ./w.ts',
      '    path: /x',
      '  c:',
      '    module: ./w.ts',
      '    path: /x/y/z',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:7:11 servers.b.path: expected a path that no other server uses, got "/x", which overlaps "/x/y" of servers.a (line 4). Fix: give one of them a different path',
      'servers.yaml:10:11 servers.c.path: expected a path that no other server uses, got "/x/y/z", which overlaps "/x/y" of servers.a (line 4). Fix: give one of them a different path',
    ],
  },
  {
    name: 'a path that follows from a name meets a written one',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    path: /b',
      '  b:',
      '    module: ./w.ts',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:5:3 servers.b: expected a path that no other server uses, got "/b/mcp", which overlaps "/b" of servers.a (line 4). Fix: give one of them a different path',
    ],
  },
  {
    name: 'a name that leads to a reserved path',
    text: [
      'servers:',
      '  admin:',
      '    module: ./w.ts',
      '  healthz:',
      '    module: ./w.ts',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:2:3 servers.admin: expected a first segment other than admin, runtime, .auth, .well-known, healthz, readyz (reserved), got "/admin/mcp", which comes from the name of the server. Fix: rename the server, or give it a "path"',
      'servers.yaml:4:3 servers.healthz: expected a first segment other than admin, runtime, .auth, .well-known, healthz, readyz (reserved), got "/healthz/mcp", which comes from the name of the server. Fix: rename the server, or give it a "path"',
    ],
  },
  {
    name: 'auth: jwt without jwt',
    text: ['servers:', '  a:', '    module: ./w.ts', '    auth: jwt', ''].join('\n'),
    errors: [
      'servers.yaml:4:11 servers.a.auth: expected "jwt" with an issuer and an audience, because "auth: jwt" needs them, got none. Fix: add jwt: { issuer: "https://…", audience: "…" } to the server or to defaults',
    ],
  },
  {
    name: 'auth: jwt from defaults without jwt',
    text: ['defaults:', '  auth: jwt', 'servers:', '  a:', '    module: ./w.ts', ''].join('\n'),
    errors: [
      'servers.yaml:4:3 servers.a: expected "jwt" with an issuer and an audience, because "auth: jwt" needs them, got none. Fix: add jwt: { issuer: "https://…", audience: "…" } to the server or to defaults',
    ],
  },
  {
    name: 'token settings that nothing reads',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    jwt: { issuer: "https://login.example.com", audience: a }',
      '  b:',
      '    module: ./w.ts',
      '    auth: anonymous',
      '    scopes: [read]',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:4:5 servers.a.jwt: expected "jwt" only with "auth: jwt", got "auth: function", which does not check tokens. Fix: write "auth: jwt", or delete "jwt"',
      'servers.yaml:8:5 servers.b.scopes: expected "scopes" only with "auth: entra" or "auth: jwt", got "auth: anonymous", which does not check tokens. Fix: write "auth: jwt", or delete "scopes"',
    ],
  },
  {
    name: 'an Entra scope in its long form',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    auth: entra',
      '    scopes: [api://app/mcp.read]',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:5:14 servers.a.scopes.0: expected an Entra scope in its short form, without : or /, got "api://app/mcp.read". Fix: write "mcp.read"',
    ],
  },
  {
    name: 'Entra scopes that need the address of the server, or that mean all scopes',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    auth: entra',
      '    scopes: ["https://func-x.azurewebsites.net/a/mcp/mcp.a", "api://app/.default"]',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:5:14 servers.a.scopes.0: expected an Entra scope in its short form, without : or /, got "https://func-x.azurewebsites.net/a/mcp/mcp.a". Fix: write "mcp.a"',
      'servers.yaml:5:62 servers.a.scopes.1: expected an Entra scope in its short form, without : or /, got "api://app/.default". Fix: write "mcp.a"',
    ],
  },
  {
    name: 'two entra servers with one scope',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    auth: entra',
      '    scopes: [mcp.read]',
      '  b:',
      '    module: ./w.ts',
      '    auth: entra',
      '    scopes: [mcp.write, mcp.read]',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:9:25 servers.b.scopes.1: expected a scope that no other server with "auth: entra" has, got "mcp.read", which servers.a also has (line 5). Fix: write "mcp.b", or delete "scopes" to use the default',
    ],
  },
  {
    name: 'two entra servers that take one scope from defaults',
    text: [
      'defaults:',
      '  auth: entra',
      '  scopes: [mcp.all]',
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '  b:',
      '    module: ./w.ts',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:7:3 servers.b: expected a scope that no other server with "auth: entra" has, got "mcp.all", which servers.a also has (line 5). Fix: write "mcp.b", or delete "scopes" to use the default',
    ],
  },
  {
    name: 'a scope that is the default of another server',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    auth: entra',
      '  b:',
      '    module: ./w.ts',
      '    auth: entra',
      '    scopes: [mcp.a]',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:8:14 servers.b.scopes.0: expected a scope that no other server with "auth: entra" has, got "mcp.a", which servers.a also has (line 2). Fix: write "mcp.b", or delete "scopes" to use the default',
    ],
  },
  {
    name: "a scope that is a server's application role",
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    auth: entra',
      '  b:',
      '    module: ./w.ts',
      '    auth: entra',
      '    scopes: [mcp.a.app]',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:8:14 servers.b.scopes.0: expected a scope that is not an application role, got "mcp.a.app", which is the role of servers.a. Fix: choose another scope',
    ],
  },
  {
    name: 'one variable with two values, which are not repeated',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    env: { KEY: secret1 }',
      '  b:',
      '    module: ./w.ts',
      '    env: { KEY: secret2 }',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:7:17 servers.b.env.KEY: expected one value for each name, because modules share one environment, got a different value than in servers.a (line 4). Fix: use the same value, use two names, or set "isolation: thread"',
    ],
  },
  {
    name: 'one variable with another value than in defaults',
    text: [
      'defaults:',
      '  env: { KEY: secret1 }',
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '  b:',
      '    module: ./w.ts',
      '    env: { KEY: secret2 }',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:8:17 servers.b.env.KEY: expected one value for each name, because modules share one environment, got a different value than in defaults (line 2). Fix: use the same value, use two names, or set "isolation: thread"',
    ],
  },
  {
    name: 'two tools with one published name',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    tools:',
      '      override:',
      '        x: { name: same }',
      '        y: { name: same }',
      '        z: { title: Same }',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:7:20 servers.a.tools.override.y.name: expected a name that no other tool of this server has, got "same", which "x" already has (line 6). Fix: choose another name',
    ],
  },
  {
    name: 'two tools with one published name in defaults',
    text: [
      'defaults: { tools: { override: { x: { name: same }, y: { name: same } } } }',
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:1:64 defaults.tools.override.y.name: expected a name that no other tool of this server has, got "same", which "x" already has (line 1). Fix: choose another name',
    ],
  },
  {
    name: 'faulty defaults do not make good servers look bad',
    text: [
      'defaults:',
      '  auth: jwt',
      '  jwt: { issuer: x, audience: a }',
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '  b:',
      '    module: ./w.ts',
      '    path: /a',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:3:18 defaults.jwt.issuer: expected an https address without a query or credentials (http for this machine only), got "x". Fix: write for example "https://login.example.com"',
      'servers.yaml:9:11 servers.b.path: expected a path that no other server uses, got "/a", which overlaps "/a/mcp" of servers.a (line 5). Fix: give one of them a different path',
    ],
  },
  {
    name: 'a faulty server does not hide an overlap of others',
    text: [
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '    path: /x',
      '  b:',
      '    path: /x',
      '  c:',
      '    module: ./w.ts',
      '    path: /x',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:5:3 servers.b.module: expected "module" (or "command", "url" or "combine"), got nothing. Fix: add one of them',
      'servers.yaml:9:11 servers.c.path: expected a path that no other server uses, got "/x", which overlaps "/x" of servers.a (line 4). Fix: give one of them a different path',
    ],
  },
]);
