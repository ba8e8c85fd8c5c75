// servers.yaml with keys that the schema does not know, or without keys it needs: the exact lines,
// and not one more.

import { describeBadFiles } from './bad-files.ts';

describeBadFiles([
  {
    name: 'the top map of mcp.json',
    text: ['mcpServers:', '  weather:', '    module: ./w.ts', ''].join('\n'),
    errors: [
      'servers.yaml:1:1 mcpServers: expected a known key, got "mcpServers". Fix: write "servers"',
    ],
  },
  {
    name: 'a mistyped top key',
    text: ['severs:', '  weather:', '    module: ./w.ts', ''].join('\n'),
    errors: ['servers.yaml:1:1 severs: expected a known key, got "severs". Fix: write "servers"'],
  },
  {
    name: 'no servers at all',
    text: ['host:', '  strict: true', ''].join('\n'),
    errors: [
      'servers.yaml:1:1 servers: expected "servers" (a map of servers, each under its name), got nothing. Fix: add "servers"',
    ],
  },
  {
    name: 'an empty map of servers',
    text: 'servers: {}\n',
    errors: [
      'servers.yaml:1:10 servers: expected at least one server, got none. Fix: write the name of a server and its "module" below',
    ],
  },
  {
    name: 'servers that are all commented out',
    text: ['servers:', '#  weather:', ''].join('\n'),
    errors: [
      'servers.yaml:1:1 servers: expected a map of servers, each under its name, got nothing. Fix: give it a value, or delete the key',
    ],
  },
  {
    name: 'servers as a list',
    text: ['servers:', '  - name: weather', '    module: ./w.ts', ''].join('\n'),
    errors: [
      'servers.yaml:2:3 servers: expected a map of servers, each under its name, got a list. Fix: write "name:" lines instead of "- " items',
    ],
  },
  {
    name: 'a server without content',
    text: ['servers:', '  weather:', ''].join('\n'),
    errors: [
      'servers.yaml:2:3 servers.weather: expected a map of settings of a server, got nothing. Fix: give it a value, or delete the key',
    ],
  },
  {
    name: 'a server that is only a path',
    text: ['servers:', '  weather: ./w.ts', ''].join('\n'),
    errors: [
      'servers.yaml:2:12 servers.weather: expected a map of settings of a server, got "./w.ts". Fix: write its keys on the lines below, indented',
    ],
  },
  {
    name: 'a server without a module',
    text: ['servers:', '  weather:', '    title: Weather', ''].join('\n'),
    errors: [
      'servers.yaml:2:3 servers.weather.module: expected "module" (text), got nothing. Fix: add "module"',
    ],
  },
  {
    name: 'an unknown key with no likely meaning',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    colour: blue', ''].join('\n'),
    errors: [
      'servers.yaml:4:5 servers.weather.colour: expected one of module, path, title, description, passHeaders, enabled, export, instance, auth, scopes, jwt, timeoutMs, startTimeoutMs, maxBodyBytes, maxElements, maxDepth, maxResultBytes, maxConcurrent, rateLimit, ttlMs, cacheScope, subscriptions, replay, maxParked, inputTimeoutMs, allowedOrigins, env, tools, got "colour". Fix: delete it',
    ],
  },
  {
    name: 'an unknown key inside a small map',
    text: [
      'servers:',
      '  weather:',
      '    module: ./w.ts',
      '    rateLimit: { max: 5, windowSeconds: 60, burst: 3 }',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:4:45 servers.weather.rateLimit.burst: expected one of max, windowSeconds, got "burst". Fix: delete it',
    ],
  },
  {
    name: 'another case and other separators',
    text: [
      'servers:',
      '  weather:',
      '    module: ./w.ts',
      '    timeout_ms: 5',
      '    MaxConcurrent: 5',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:4:5 servers.weather.timeout_ms: expected a known key, got "timeout_ms". Fix: write "timeoutMs"',
      'servers.yaml:5:5 servers.weather.MaxConcurrent: expected a known key, got "MaxConcurrent". Fix: write "maxConcurrent"',
    ],
  },
  {
    name: 'disabled instead of enabled',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    disabled: true', ''].join('\n'),
    errors: [
      'servers.yaml:4:5 servers.weather.disabled: expected a known key, got "disabled". Fix: write "enabled", the other way round',
    ],
  },
  {
    name: 'a server started by a command: not yet',
    text: ['servers:', '  files:', '    command: npx', '    args: [-y, files]', ''].join('\n'),
    errors: [
      'servers.yaml:3:5 servers.files.command: expected "module" (servers started by a command are not supported yet), got "command". Fix: name a module that exports the server',
      'servers.yaml:4:5 servers.files.args: expected a known key, got "args". Fix: delete it: it belongs to servers started by a command',
    ],
  },
  {
    name: 'a server at a URL: not yet',
    text: [
      'servers:',
      '  files:',
      '    url: https://example.com/mcp',
      '    headers: { Authorization: secret }',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:3:5 servers.files.url: expected "module" (servers at a URL are not supported yet), got "url". Fix: name a module that exports the server',
      'servers.yaml:4:5 servers.files.headers: expected a known key, got "headers". Fix: delete it: it belongs to servers at a URL',
    ],
  },
  {
    name: 'type and transport',
    text: [
      'servers:',
      '  weather:',
      '    module: ./w.ts',
      '    type: http',
      '    transport: stdio',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:4:5 servers.weather.type: expected a known key, got "type". Fix: delete it: each server is served over Streamable HTTP',
      'servers.yaml:5:5 servers.weather.transport: expected a known key, got "transport". Fix: delete it: each server is served over Streamable HTTP',
    ],
  },
  {
    name: 'a tool filter of another gateway',
    text: [
      'servers:',
      '  weather:',
      '    module: ./w.ts',
      '    toolFilter: { mode: allow, list: [a] }',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:4:5 servers.weather.toolFilter: expected a known key, got "toolFilter". Fix: write "tools": { allow: [...], deny: [...] } with exact names',
    ],
  },
  {
    name: 'keys in defaults that servers cannot share',
    text: [
      'defaults:',
      '  module: ./w.ts',
      '  path: /x',
      '  title: T',
      '  timeOutMs: 4',
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:2:3 defaults.module: expected a key that servers can share, got "module". Fix: write it under each server',
      'servers.yaml:3:3 defaults.path: expected a key that servers can share, got "path". Fix: write it under each server',
      'servers.yaml:4:3 defaults.title: expected a key that servers can share, got "title". Fix: write it under each server',
      'servers.yaml:5:3 defaults.timeOutMs: expected a known key, got "timeOutMs". Fix: write "timeoutMs"',
    ],
  },
  {
    name: 'host: bad hosts and addresses, and keys of another place',
    text: [
      'host:',
      '  allowedHosts: [https://mcp.example.com, "*.example.com", a.example:443]',
      '  publicUrl: http://mcp.example.com/',
      '  port: 80',
      '  strict: "true"',
      'servers:',
      '  a:',
      '    module: ./w.ts',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:2:18 host.allowedHosts.0: expected a lower-case host name without scheme, port and wildcard, got "https://mcp.example.com". Fix: write "mcp.example.com"',
      'servers.yaml:2:43 host.allowedHosts.1: expected a lower-case host name without scheme, port and wildcard, got "*.example.com". Fix: write for example "mcp.example.com"',
      'servers.yaml:2:60 host.allowedHosts.2: expected a lower-case host name without scheme, port and wildcard, got "a.example:443". Fix: write "a.example"',
      'servers.yaml:3:14 host.publicUrl: expected an https origin such as "https://mcp.example.com" (http for loopback only), got "http://mcp.example.com/". Fix: write "https://mcp.example.com"',
      'servers.yaml:4:3 host.port: expected a known key, got "port". Fix: set the environment variable PORT',
      'servers.yaml:5:11 host.strict: expected true or false, got "true". Fix: write true',
    ],
  },
]);
