// mcp-host list: a table for people, and the keys that hooks and infrastructure tests rely on.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { expect, test } from 'vitest';
import { makeFolder, runCli } from './run-cli.ts';

const servers = `servers:
  weather:
    module: ./w.ts
    instance: shared
    rateLimit: { max: 100, windowSeconds: 60 }
    timeoutMs: 1500
    env: { KEY: "\${WEATHER_KEY}", URL: "https://\${WEATHER_HOST:-x}", UNIT: hunter2 }
  notes:
    module: "@acme/notes"
    path: /team/notes
    auth: entra
    enabled: false
`;

test('list shows the servers as a table, disabled ones marked', async () => {
  const { code, out, err } = await runCli(['list'], {
    folder: makeFolder({ 'servers.yaml': servers }),
  });
  expect({ code, err }).toEqual({ code: 0, err: [] });
  expect(out).toEqual([
    'NAME         PATH          INSTANCE     AUTH      LIMITS                            MODULE',
    'weather      /weather/mcp  shared       function  1.5 s, 100 at once, 100 per 60 s  ./w.ts',
    'notes (off)  /team/notes   per-request  entra     60 s, 100 at once                 @acme/notes',
  ]);
});

test('list --json gives every key of every server, and no value of env', async () => {
  const { out } = await runCli(['list', '--json'], {
    folder: makeFolder({ 'servers.yaml': servers }),
  });
  const listed = JSON.parse(out.join('\n'));
  expect(listed).toEqual([
    {
      name: 'weather',
      path: '/weather/mcp',
      enabled: true,
      title: null,
      description: null,
      module: './w.ts',
      export: null,
      instance: 'shared',
      auth: 'function',
      scopes: [],
      jwt: null,
      timeoutMs: 1500,
      startTimeoutMs: 10_000,
      maxBodyBytes: 4_194_304,
      maxElements: 100_000,
      maxDepth: 64,
      maxResultBytes: 10_485_760,
      maxConcurrent: 100,
      rateLimit: { max: 100, windowSeconds: 60 },
      allowedOrigins: [],
      passHeaders: [],
      tools: { allow: null, deny: null },
      env: ['KEY', 'URL', 'UNIT'],
      variables: ['WEATHER_HOST', 'WEATHER_KEY'],
    },
    expect.objectContaining({
      name: 'notes',
      path: '/team/notes',
      enabled: false,
      scopes: ['mcp.notes'],
      rateLimit: null,
    }),
  ]);
  expect(Object.keys(listed[1])).toEqual(Object.keys(listed[0]));
  expect(out.join('')).not.toContain('hunter2');
});
