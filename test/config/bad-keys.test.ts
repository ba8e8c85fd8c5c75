// servers.yaml with keys that the schema does not know, or without keys it needs: the exact lines,
// and not one more.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

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
      'servers.yaml:1:10 servers: expected at least one server, got none. Fix: write the name of a server, and its "module" below it',
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
      'servers.yaml:2:3 servers: expected a map of servers, each under its name, got a list. Fix: write "name: value" lines instead of "- " items',
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
      'servers.yaml:2:12 servers.weather: expected a map of settings of a server, got "./w.ts". Fix: write its keys on the lines below it, indented',
    ],
  },
  {
    name: 'a server without a module',
    text: ['servers:', '  weather:', '    title: Weather', ''].join('\n'),
    errors: [
      'servers.yaml:2:3 servers.weather.module: expected "module" (or "command", "url" or "combine"), got nothing. Fix: add one of them',
    ],
  },
  {
    name: 'an unknown key with no likely meaning',
    text: ['servers:', '  weather:', '    module: ./w.ts', '    colour: blue', ''].join('\n'),
    errors: [
      'servers.yaml:4:5 servers.weather.colour: expected one of module, isolation, command, args, cwd, inheritEnv, spares, memoryMb, url, headers, upstreamAuth, proxy, combine, type, start, era, idleTimeoutMs, onToolsChanged, path, title, description, passHeaders, enabled, export, instance, auth, scopes, jwt, timeoutMs, startTimeoutMs, maxBodyBytes, maxElements, maxDepth, maxResultBytes, maxConcurrent, rateLimit, ttlMs, cacheScope, subscriptions, replay, maxParked, inputTimeoutMs, allowedOrigins, env, registry, tools, got "colour". Fix: delete it',
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
    name: 'a mistyped kind, which is not also told missing',
    text: ['servers:', '  files:', '    comand: npx', ''].join('\n'),
    errors: [
      'servers.yaml:3:5 servers.files.comand: expected a known key, got "comand". Fix: write "command"',
    ],
  },
  {
    name: "keys of other clients' files",
    text: [
      'servers:',
      '  files:',
      '    command: npx',
      '    envFile: .env',
      '    alwaysAllow: [a]',
      '  crm:',
      '    serverUrl: https://crm.example/mcp',
      '',
    ].join('\n'),
    errors: [
      'servers.yaml:4:5 servers.files.envFile: expected a known key, got "envFile". Fix: delete it, and list its variables under "env" as NAME: ${NAME}',
      'servers.yaml:5:5 servers.files.alwaysAllow: expected a known key, got "alwaysAllow". Fix: delete it; it belongs in the configuration file of the client',
      'servers.yaml:7:5 servers.crm.serverUrl: expected a known key, got "serverUrl". Fix: write "url"',
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
      'servers.yaml:5:5 servers.weather.transport: expected a known key, got "transport". Fix: delete it; the host serves every server over Streamable HTTP',
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
      'servers.yaml:2:3 defaults.module: expected a key that all servers can share, got "module". Fix: write it under each server',
      'servers.yaml:3:3 defaults.path: expected a key that all servers can share, got "path". Fix: write it under each server',
      'servers.yaml:4:3 defaults.title: expected a key that all servers can share, got "title". Fix: write it under each server',
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
      'servers.yaml:2:18 host.allowedHosts.0: expected a lower-case host name without a scheme, port or wildcard, got "https://mcp.example.com". Fix: write "mcp.example.com"',
      'servers.yaml:2:43 host.allowedHosts.1: expected a lower-case host name without a scheme, port or wildcard, got "*.example.com". Fix: write for example "mcp.example.com"',
      'servers.yaml:2:60 host.allowedHosts.2: expected a lower-case host name without a scheme, port or wildcard, got "a.example:443". Fix: write "a.example"',
      'servers.yaml:3:14 host.publicUrl: expected an https origin such as "https://mcp.example.com" (http for this machine only), got "http://mcp.example.com/". Fix: write "https://mcp.example.com"',
      'servers.yaml:4:3 host.port: expected a known key, got "port". Fix: set the environment variable PORT',
      'servers.yaml:5:11 host.strict: expected true or false, got "true". Fix: write true',
    ],
  },
]);
