// What a good servers.yaml becomes, and how a file that cannot be read is told.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError, renderDiagnostic } from '../../config/diagnostics.ts';
import { loadConfig, parseConfig } from '../../config/load.ts';
import { linesShown } from './bad-files.ts';

const file = '/app/servers.yaml';

describe('a good file', () => {
  test('gets every default from the schema', () => {
    const config = parseConfig('servers:\n  weather:\n    module: ./w.ts\n', file);
    expect(config).toEqual({
      file,
      directory: '/app',
      host: {
        strict: false,
        allowedHosts: [],
        blockedTimeoutMs: 30_000,
        audit: 'hash',
        pages: true,
        registry: false,
        serverCards: false,
      },
      servers: [
        {
          name: 'weather',
          kind: 'module',
          module: './w.ts',
          isolation: 'none',
          path: '/weather/mcp',
          enabled: true,
          instance: 'per-request',
          auth: 'function',
          scopes: [],
          timeoutMs: 60_000,
          startTimeoutMs: 10_000,
          maxBodyBytes: 4 * 1024 * 1024,
          maxElements: 100_000,
          maxDepth: 64,
          maxResultBytes: 10 * 1024 * 1024,
          maxConcurrent: 100,
          ttlMs: 0,
          cacheScope: 'private',
          subscriptions: false,
          replay: false,
          maxParked: 100,
          inputTimeoutMs: 300_000,
          allowedOrigins: [],
          env: {},
          tools: {},
        },
      ],
    });
  });

  test('keeps the order of the file and includes disabled servers', () => {
    const text =
      'servers:\n  b: { module: b }\n  a: { module: a, enabled: false }\n  c: { module: c }\n';
    const { servers } = parseConfig(text, file);
    expect(servers.map(({ name, enabled }) => [name, enabled])).toEqual([
      ['b', true],
      ['a', false],
      ['c', true],
    ]);
  });

  test("lets a server's key replace the default whole", () => {
    const text = [
      'defaults:',
      '  timeoutMs: 5000',
      '  env: { A: "1", B: "2" }',
      '  tools: { deny: [x] }',
      'servers:',
      '  a:',
      '    module: a',
      '    env: { A: "1" }',
      '    tools: { allow: [y] }',
      '  b: { module: b, timeoutMs: 7000 }',
    ].join('\n');
    const [a, b] = parseConfig(text, file).servers;
    expect(a).toMatchObject({ timeoutMs: 5000, env: { A: '1' }, tools: { allow: ['y'] } });
    expect(a?.tools).not.toHaveProperty('deny');
    expect(b).toMatchObject({ timeoutMs: 7000, env: { A: '1', B: '2' }, tools: { deny: ['x'] } });
  });

  test('gives an entra server the scope of its name, and a jwt server none', () => {
    const text = [
      'defaults:',
      '  jwt: { issuer: "https://login.example.com/", audience: "api://mcp" }',
      'servers:',
      '  a: { module: a, auth: entra }',
      '  b: { module: b, auth: entra, scopes: [] }',
      '  c: { module: c, auth: entra, scopes: [Read.All] }',
      '  d: { module: d, auth: jwt }',
    ].join('\n');
    const { servers } = parseConfig(text, file);
    expect(servers.map(({ scopes }) => scopes)).toEqual([['mcp.a'], ['mcp.b'], ['Read.All'], []]);
  });

  test('is frozen to the last list', () => {
    const text = 'servers:\n  a: { module: a, tools: { allow: [x] }, env: { A: "1" } }\n';
    const config = parseConfig(text, file);
    const [a] = config.servers;
    const parts = [config, config.host, config.servers, a, a?.tools, a?.tools.allow, a?.env];
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
  });

  test.each([
    [
      'anchors and aliases',
      'servers:\n  a: &a { module: ./a.ts, path: /a }\n  b: { module: ./a.ts, tools: &t { allow: [x] } }\n  c: { module: c, tools: *t }\n',
    ],
    ['a byte order mark', '\uFEFFservers:\n  a: { module: a }\n'],
    ['Windows line ends', 'servers:\r\n  a:\r\n    module: a\r\n    title: "Title"\r\n'],
    [
      'two paths that share only letters',
      'servers:\n  a: { module: a, path: /x }\n  b: { module: b, path: /xy }\n',
    ],
    [
      'a disabled server at the path of another',
      'servers:\n  a: { module: a, path: /x }\n  b: { module: b, path: /x, enabled: false }\n',
    ],
    [
      'one module in two servers',
      'servers:\n  a: { module: ./a.ts }\n  b: { module: ./a.ts, auth: entra }\n',
    ],
    [
      'one variable with one value twice',
      'servers:\n  a: { module: a, env: { K: "${X}" } }\n  b: { module: b, env: { K: "${X}" } }\n',
    ],
    [
      'markup in a title, which is escaped where it is used',
      'servers:\n  a: { module: a, title: "<b> & \\"c\\" ]]>" }\n',
    ],
    [
      'a package, a scoped package and a folder above',
      'servers:\n  a: { module: pkg/sub }\n  b: { module: "@acme/b" }\n  c: { module: ../c }\n',
    ],
    [
      'an http address for loopback',
      'host: { publicUrl: "http://localhost:3000", allowedHosts: [mcp.example.com] }\nservers:\n  a: { module: a, allowedOrigins: ["http://[::1]:5173", "https://x.example:8443"] }\n',
    ],
    ...[
      'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
      'moz-extension://0f3d7c3e-5a0c-4b0e-9a53-3b1f5d1f2a77',
      'safari-web-extension://E6F9A1C2-0000-4B0E-9A53-3B1F5D1F2A77',
      'app://obsidian.md',
      'app://-',
      'tauri://localhost',
      'capacitor://localhost',
      'ionic://localhost:8080',
      'vscode-webview://1q2w3e4r5t',
      'vscode-file://vscode-app',
    ].map((origin) => [
      `the origin ${origin}`,
      `servers:\n  a: { module: a, allowedOrigins: ["${origin}"] }\n`,
    ]),
  ])('may have %s', (_, text) => {
    expect(linesShown(text)).toEqual([]);
  });
});

describe('a file that cannot be read', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcp-config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function lineFor(path: string): string[] {
    try {
      loadConfig(path);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, folder));
    }
    return [];
  }

  test('is told when it does not exist', () => {
    expect(lineFor(join(folder, 'none.yaml'))).toEqual([
      'none.yaml:1:1: expected a file, got none. Fix: create it, or set MCP_SERVERS_FILE to its path',
    ]);
  });

  test('is told when it is a folder', () => {
    expect(lineFor(folder)).toEqual([
      `${folder}:1:1: expected a file, got a folder or device. Fix: name the file, for example servers.yaml`,
    ]);
  });

  test('is told when it is not UTF-8', () => {
    writeFileSync(join(folder, 'utf16.yaml'), Buffer.from('servers:', 'utf16le').swap16());
    writeFileSync(join(folder, 'latin1.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe9]));
    expect(lineFor(join(folder, 'latin1.yaml'))).toEqual([
      'latin1.yaml:1:1: expected UTF-8 text, got bytes that are not UTF-8. Fix: save the file as UTF-8',
    ]);
    expect(lineFor(join(folder, 'utf16.yaml'))).toHaveLength(1);
  });

  test('is told when it is larger than Bicep reads', () => {
    const large = join(folder, 'large.yaml');
    writeFileSync(large, `# ${'x'.repeat(1_048_576)}\nservers:\n`);
    expect(lineFor(large)).toEqual([
      'large.yaml:1:1: expected at most 1048576 characters, got 1048588 characters. Fix: shorten the file',
    ]);
  });

  test('is shown from the current directory, or in full when it is elsewhere', () => {
    const diagnostic = { file: resolve('a/servers.yaml'), line: 2, column: 3, path: 'servers' };
    const problem = { message: 'expected a, got b', fix: 'write a' };
    expect(renderDiagnostic({ ...diagnostic, ...problem })).toBe(
      'a/servers.yaml:2:3 servers: expected a, got b. Fix: write a',
    );
    expect(renderDiagnostic({ ...diagnostic, ...problem }, '/elsewhere')).toMatch(/^\/.*:2:3 /);
  });
});

describe('a hostile file', () => {
  const deep = 5_000;
  test.each([
    ['5,000 lists in lists', `a: ${'['.repeat(deep)}${']'.repeat(deep)}`],
    ['5,000 maps in maps', `a: ${'{a: '.repeat(deep)}1${'}'.repeat(deep)}`],
    [
      '1,400 levels of indentation (1 MB)',
      Array.from({ length: 1_400 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    ],
  ])('with %s is one line with a position', (_, text) => {
    const lines = linesShown(text);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^servers\.yaml:\d+:\d+: expected valid YAML, got too many nested levels\. Fix: use fewer nested levels$/,
    );
  });

  test('cannot put line breaks or terminal codes into messages', () => {
    const text =
      'servers:\n  "a\\nb\\e[31m":\n    "c\\nd": 1\n    title: "e\\nf\\e[0m"\n    module: m\n';
    const lines = linesShown(text);
    expect(lines).toHaveLength(3);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be absent.
    expect(lines.join('')).not.toMatch(/[\u0000-\u001f]/);
  });

  test('of random damage is told in single lines and never by another error', () => {
    const good =
      'host: { strict: true }\nservers:\n  a: &x\n    module: ./a.ts\n    env: { A: "${B:-c}" }\n  b:\n    module: b\n    path: /b\n';
    const damage = [
      ':',
      '-',
      '{',
      '}',
      '[',
      ']',
      '\t',
      '"',
      '&x',
      '*x',
      '\n',
      '!!',
      '%',
      '<<: *x',
      '\0',
      '|',
      '1_0',
    ];
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    for (let round = 0; round < 500; round++) {
      const at = random(good.length);
      const text = good.slice(0, at) + damage[random(damage.length)] + good.slice(at + random(3));
      for (const line of linesShown(text))
        expect(line).toMatch(/^servers\.yaml:\d+:\d+.*\. Fix: .+$/);
    }
  });
});
