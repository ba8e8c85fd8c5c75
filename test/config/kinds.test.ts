// Entries of each kind in servers.yaml: what they become, and the exact lines where keys of two
// kinds meet or one lacks another.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { describe, expect, test } from 'vitest';
import { variablesOf } from '../../config/entry-texts.ts';
import { parseConfig } from '../../config/load.ts';
import type { ServerConfig } from '../../config/schema.ts';
import { linesShown } from './bad-files.ts';

function read(entry: string, before = ''): ServerConfig {
  const [server] = parseConfig(`${before}servers:\n  a: ${entry}`, '/app/servers.yaml').servers;
  return server as ServerConfig;
}

describe('an entry', () => {
  test.each([
    [
      'pasted from the file of a client',
      '{ "type": "stdio", "command": "npx", "args": ["-y", "pkg@1.2.3"], "env": { "KEY": "${env:KEY}" } }',
      {
        kind: 'command',
        command: 'npx',
        args: ['-y', 'pkg@1.2.3'],
        env: { KEY: '${env:KEY}' },
        headers: {},
        inheritEnv: [],
        instance: 'per-session',
        start: 'lazy',
        era: 'auto',
        spares: 1,
        idleTimeoutMs: 300_000,
        startTimeoutMs: 30_000,
        onToolsChanged: 'warn',
      },
    ],
    [
      'of a server elsewhere',
      '{ type: streamable-http, url: "https://a.example/mcp", headers: { x-api-key: "${K}" } }',
      {
        kind: 'url',
        url: 'https://a.example/mcp',
        headers: { 'x-api-key': '${K}' },
        proxy: false,
        instance: 'per-session',
        startTimeoutMs: 30_000,
        onToolsChanged: 'block',
      },
    ],
    [
      'of a program with its own listener',
      '{ type: http, command: ./Billing, args: ["--port", "${PORT}"], url: "http://127.0.0.1:${PORT}/mcp" }',
      { kind: 'command', command: './Billing', url: 'http://127.0.0.1:${PORT}/mcp' },
    ],
    [
      'of a module in a thread',
      '{ module: ./i.ts, isolation: thread, memoryMb: 64 }',
      { kind: 'module', isolation: 'thread', memoryMb: 64, instance: 'per-request' },
    ],
    [
      'with the key of each caller',
      '{ command: npx, instance: per-request, spares: 2, env: { T: "${header:x-github-token}" } }',
      { kind: 'command', instance: 'per-request', spares: 2 },
    ],
  ])('%s gets the defaults of its kind', (_name, entry, expected) => {
    expect(read(entry)).toMatchObject(expected);
  });

  test('takes `instance` from defaults only if it is a module', () => {
    const defaults = 'defaults: { instance: shared, startTimeoutMs: 5000 }\n';
    expect(read('{ module: ./i.ts }', defaults)).toMatchObject({
      instance: 'shared',
      startTimeoutMs: 5_000,
    });
    expect(read('{ command: x }', defaults)).toMatchObject({
      instance: 'per-session',
      startTimeoutMs: 5_000,
    });
  });

  test.each([
    ['{ module: ./i.ts, env: { A: "${ONE} ${TWO:-x}" } }', ['ONE', 'TWO']],
    ['{ command: x, args: ["${A}"], inheritEnv: [B], env: { C: "${C}" } }', ['A', 'B', 'C']],
    ['{ command: x, url: "http://127.0.0.1:${PORT}/${BASE}" }', ['BASE']],
    ['{ url: "https://${HOST}/mcp", headers: { k: "${K}" } }', ['HOST', 'K']],
    ['{ url: "http://127.0.0.1:${UPSTREAM_PORT}/mcp" }', ['UPSTREAM_PORT']],
    ['{ command: x, env: { T: "${header:x-t}" } }', []],
  ])('names all variables of the host that it uses: %s', (entry, names) => {
    expect(variablesOf(read(entry))).toEqual(names);
  });
});

describe('is refused with its fix:', () => {
  test.each([
    [
      '{ module: ./i.ts, command: x }',
      'a.command: expected only one of "module", "command", "url" and "combine", got both "module" and "command". Fix: delete one of them',
    ],
    [
      '{ module: ./i.ts, args: [x] }',
      'a.args: expected "args" only on a server with "command", got "module". Fix: delete the key',
    ],
    [
      '{ url: "https://a.example/mcp", isolation: thread }',
      'a.isolation: expected "isolation" only on a server with "module", got "url". Fix: delete the key',
    ],
    [
      '{ command: x, type: http }',
      'a.type: expected stdio for "command", got "http". Fix: write "stdio", or give the server a "url"',
    ],
    [
      '{ url: "https://a.example/mcp", type: stdio }',
      'a.type: expected http or streamable-http for "url", got "stdio". Fix: write "http"',
    ],
    [
      '{ url: "https://a.example/sse", type: sse }',
      'a.type: expected stdio, http or streamable-http, got "sse". Fix: ask the operator for the Streamable HTTP address of the server; this host does not support the older HTTP+SSE transport, which MCP has deprecated',
    ],
    [
      '{ module: ./i.ts, instance: per-session }',
      'a.instance: expected per-request or shared, because a module has no sessions, got "per-session". Fix: write per-request; or write shared if the module stores nothing per caller',
    ],
    [
      '{ command: x, url: "https://a.example/mcp" }',
      'a.url: expected the address on which this program listens, with ${PORT} as its port, got "https://a.example/mcp". Fix: write "http://127.0.0.1:${PORT}/mcp", or delete "command" if the server runs elsewhere',
    ],
    [
      '{ command: x, url: "http://127.0.0.1:8080/${PORT}" }',
      'a.url: expected the address on which this program listens, with ${PORT} as its port, got "http://127.0.0.1:8080/${PORT}". Fix: write "http://127.0.0.1:${PORT}/mcp", or delete "command" if the server runs elsewhere',
    ],
    [
      '{ url: "https://a.example/mcp", upstreamAuth: { as: app, audience: x }, headers: { Authorization: y } }',
      'a.headers.Authorization: expected only one way to sign in: "upstreamAuth" or this header, got both. Fix: delete one of them',
    ],
    [
      '{ url: "https://169.254.169.254/mcp" }',
      'a.url: expected the address of an MCP server, not of the metadata service of the cloud platform, got "https://169.254.169.254/mcp". Fix: write the address of the MCP server',
    ],
    [
      '{ command: x, args: ["${PORT}"] }',
      'a.args.0: expected no ${PORT}, because that is the port of this host, got ${PORT}. Fix: if the program listens on a port, add url: "http://127.0.0.1:${PORT}/mcp"',
    ],
    [
      '{ command: x, instance: shared, env: { T: "${header:x-t}" } }',
      'a.env.T: expected no header of the caller, because with "instance: shared" all callers use one program, got ${header:x-t}. Fix: delete "instance", or write "instance: per-request" or "instance: per-session"',
    ],
    [
      '{ command: x, env: { T: "${header:Authorization}" } }',
      'a.env.T: expected a header that the host does not hide (docs/hidden-headers.md), got ${header:authorization}. Fix: let clients send the value in a separate header, such as "x-github-token"',
    ],
    [
      '{ module: ./i.ts, env: { T: "${header:x-t}" } }',
      'a.env.T: expected no header of the caller; only "env" of a program that speaks MCP over standard input can use one, got ${header:x-t}. Fix: write ${NAME}, where NAME is a variable of the host',
    ],
    [
      '{ command: x, spares: 2 }',
      'a.spares: expected "spares" only with "instance: per-request", got "instance: per-session". Fix: delete the key',
    ],
    [
      '{ module: ./i.ts, memoryMb: 64 }',
      'a.memoryMb: expected "memoryMb" only with "isolation: thread", got a module in the thread of the host, whose memory cannot be measured separately. Fix: write "isolation: thread", or delete the key',
    ],
    [
      '{ command: "npx -y pkg" }',
      'a.command: expected the program only, because no shell runs this text, got "npx -y pkg". Fix: write command: npx with args: ["-y","pkg"]',
    ],
    [
      '{ command: x, cwd: ../y }',
      'a.cwd: expected a folder inside the folder of servers.yaml, such as "./servers/billing", got "../y". Fix: move it there, and write its path relative to servers.yaml',
    ],
    [
      '{ url: "http://a.example/mcp" }',
      'a.url: expected an https address such as "https://crm.example.com/mcp" (http for this machine only), got "http://a.example/mcp". Fix: write "https://a.example/mcp"',
    ],
    [
      '{ url: "https://u:p@a.example/mcp" }',
      'a.url: expected an https address such as "https://crm.example.com/mcp" (http for this machine only), got an address with credentials. Fix: move the user name and password to "headers"',
    ],
    [
      '{ url: "https://a.example/mcp", headers: { host: x } }',
      'a.headers.host: expected a header that this host does not set itself, got "host". Fix: delete it',
    ],
    [
      '{ url: "https://a.example/mcp", headers: { x-k: "a\\nb" } }',
      'a.headers.x-k: expected one line of text (RFC 9110, 5.5), got text with control characters or characters outside of ASCII. Fix: remove them',
    ],
    [
      '{ url: "https://a.example/mcp", upstreamAuth: { as: user, audience: x } }',
      'a.upstreamAuth.as: expected app, got "user". Fix: write "app"; signing in as the caller is not supported yet',
    ],
    [
      '{ combine: {} }',
      'a.combine: expected at least one server of this file, got none. Fix: write combine: { <name of a server>: {} }',
    ],
  ])('%s', (entry, line) => {
    const shown = linesShown(`servers:\n  a: ${entry}`);
    expect(shown.map((each) => each.replace(/^servers\.yaml:\d+:\d+ servers\./, ''))).toEqual([
      line,
    ]);
  });
});
