// mcp-host server-json: the document that a registry gets, the same as the one of the host's own registry.

import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectServerJson } from '../runtime/registry/server-schema.ts';
import { startHost } from '../runtime/start-host.ts';
import { makeFolder, runCli } from './run-cli.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/servers');
const URL = 'https://func-x.azurewebsites.net';
const YAML = `
host: { registry: true }
servers:
  open: { module: ./kernel-v1.mjs, auth: anonymous, title: Open, description: For everybody }
  keyed: { module: ./kernel-v2.mjs, path: /team/keyed }
  people: { module: ./kernel-v1.mjs, auth: entra }
  issued: { module: ./kernel-v1.mjs, auth: jwt, jwt: { issuer: "https://issuer.example", audience: a } }
  threaded: { module: ./kernel-v1.mjs, isolation: thread }
  program: { command: node, args: [./not-there.mjs] }
  elsewhere: { url: "https://crm.example.com/mcp" }
  all: { combine: { elsewhere: {}, inner: {} } }
  quiet: { module: ./kernel-v1.mjs, registry: false }
  inner: { module: ./kernel-v1.mjs, path: none }
  sketch: { module: ./sketch.mjs, enabled: false }
`;
const NAMES = ['open', 'keyed', 'people', 'issued', 'threaded', 'program', 'elsewhere', 'all'];

const print = (...args: string[]) =>
  runCli(['server-json', ...args], {
    folder: makeFolder({ 'servers.yaml': YAML, 'package.json': '{ "version": "4.5.6" }' }),
  });

describe('the document', () => {
  test.each([...NAMES, 'quiet'])('of %s is one that the schema allows', async (name) => {
    const { code, out, err } = await print(name, '--url', URL);
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expectServerJson(JSON.parse(out.join('\n')));
  });

  test.each(NAMES)('of %s is that of the registry of the host', async (name) => {
    const { app } = await startHost({
      yaml: YAML,
      directory: FIXTURES,
      load: false,
      environment: { publicBaseUrl: URL },
    });
    const one = `/v0.1/servers/net.azurewebsites.func-x%2F${name}/versions/latest`;
    const { server } = (await app.inject({ url: one, headers: { host: 'localhost' } })).json();
    const { out } = await print(name, '--url', URL, '--version', server.version);
    expect(JSON.parse(out.join('\n'))).toEqual(server);
  });

  test('says what it is made of', async () => {
    const { out } = await print('keyed', '--url', `${URL}/`);
    expect(JSON.parse(out.join('\n'))).toMatchObject({
      name: 'net.azurewebsites.func-x/keyed',
      version: '4.5.6',
      remotes: [{ url: `${URL}/team/keyed`, headers: [{ name: 'x-functions-key' }] }],
    });
  });

  test('takes a namespace and a version', async () => {
    const args = ['--namespace', 'io.github.somebody', '--version', '1.0.0-rc.1'];
    const { out } = await print('open', '--url', URL, ...args);
    const document = JSON.parse(out.join('\n'));
    expectServerJson(document);
    expect(document).toMatchObject({ name: 'io.github.somebody/open', version: '1.0.0-rc.1' });
  });

  test.skipIf(process.platform === 'win32')(
    'takes the address of the azd environment',
    async () => {
      const azd = `#!/bin/sh\ncase "$3" in SERVICE_MCP_URI) echo ${URL};; *) exit 1;; esac\n`;
      const here = makeFolder({ 'servers.yaml': YAML, 'bin/azd': azd });
      chmodSync(join(here, 'bin/azd'), 0o755);
      const env = { PATH: `${join(here, 'bin')}:${process.env.PATH}` };
      const { out } = await runCli(['server-json', 'open', '--azd'], { folder: here, env });
      expect(JSON.parse(out.join('\n')).remotes[0].url).toBe(`${URL}/open/mcp`);
    },
  );
});

test.each<[string[], number, string]>([
  [[], 2, 'expected the name of a server, got none'],
  [['open'], 2, 'the address of the host is needed: --url URL, or --azd'],
  [['open', '--url', URL, '--azd'], 2, 'the address of the host is needed: --url URL, or --azd'],
  [['open', '--url', 'http://mcp.example.com'], 2, '--url: expected an https origin'],
  [['opne', '--url', URL], 2, 'unknown server "opne", did you mean "open"?'],
  [['inner', '--url', URL], 1, 'inner has no path'],
  [['sketch', '--url', URL], 1, 'sketch is disabled in servers.yaml'],
  [['open', '--url', URL, '--namespace', 'io.github/me'], 2, '--namespace: expected letters'],
  [['open', '--url', URL, '--version', '^1.0.0'], 2, '--version: expected a version such as 1.2.0'],
])('%s: exit code %i', async (args, code, message) => {
  const run = await print(...args);
  expect({ code: run.code, out: run.out }).toEqual({ code, out: [] });
  expect(run.err.join('\n')).toContain(message);
});
