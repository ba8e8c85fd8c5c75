// Calls to a deployment: the key of the app, a token that a person signs in for, or one of a
// pipeline; none of them is printed.

import { chmodSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { signInFor } from '../../../cli/calling/sign-in.ts';
import { APP_ID, CLIENTS_APP_ID, TENANT_ID } from '../../../standins/openid-issuer/entra-apps.ts';
import { entra } from '../../../standins/openid-issuer/entra-mode.ts';
import { type OpenIdIssuer, openIssuer } from '../../../standins/openid-issuer/openid-issuer.ts';
import { freePort } from '../../e2e/free-port.ts';
import { type HostProcess, startHostProcess } from '../../e2e/spawn-host.ts';
import { appsOfCase } from '../../infra/registered-apps.ts';
import { makeFolder, runCli } from '../run-cli.ts';
import { hasTerminal, TerminalRun } from './terminal-run.ts';

const KEY = 'the-key-of-the-app==';
const yaml = `
servers:
  notes: { module: ./kernel-v1.mjs, auth: entra }
  keyed: { module: ./kernel-v1.mjs }
`;

let issuer: OpenIdIssuer;
let host: HostProcess;
let baseUrl: string;
beforeAll(async () => {
  const port = await freePort();
  baseUrl = `http://127.0.0.1:${port}`;
  issuer = await openIssuer(entra(appsOfCase('entra-changes', baseUrl)));
  host = await startHostProcess({
    yaml,
    env: {
      PORT: String(port),
      MCP_PUBLIC_BASE_URL: baseUrl,
      AZURE_AUTHORITY_HOST: issuer.url,
      MCP_ENTRA_TENANT_ID: TENANT_ID,
      MCP_ENTRA_CLIENT_ID: APP_ID,
    },
  });
  await host.url();
}, 60_000);
afterAll(async () => {
  await host.stop();
  await issuer.stop();
});

/** An app that wants its key, as Azure does in front of the host. */
async function startKeyedApp(): Promise<string> {
  const app = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.headers['x-functions-key'] !== KEY) {
      response.writeHead(401).end();
      return;
    }
    const { 'content-type': type = '', accept = '' } = request.headers;
    const answer = await fetch(baseUrl + request.url, {
      method: request.method as string,
      headers: { 'content-type': type, accept },
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    });
    response.writeHead(answer.status, {
      'content-type': answer.headers.get('content-type') ?? 'text/plain',
    });
    response.end(await answer.text());
  });
  await new Promise<void>((done) => app.listen(0, '127.0.0.1', done));
  onTestFinished(() => void app.close());
  return `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
}

/** A folder with azd and az, which know one deployment, and a browser in which a person signs in. */
function makeTools(values: Readonly<Record<string, string>>, az = `echo '${KEY}'`) {
  const cases = Object.entries(values).map(([name, value]) => `${name}) echo '${value}';;`);
  const folder = makeFolder({
    'servers.yaml': yaml,
    'bin/azd': `#!/bin/sh\ncase "$3" in ${cases.join(' ')} *) exit 1;; esac\n`,
    'bin/az': `#!/bin/sh\necho "$@" > "$(dirname "$0")/asked"\n${az}\n`,
    'bin/xdg-open': '#!/usr/bin/env node\nfetch(process.argv[2]);\n',
  });
  for (const name of ['azd', 'az', 'xdg-open']) chmodSync(join(folder, 'bin', name), 0o755);
  const path = [join(folder, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'];
  const env = { PATH: path.join(delimiter), MCP_SERVERS_FILE: join(folder, 'servers.yaml') };
  return { folder, env, run: (args: string[]) => runCli(args, { folder, env }) };
}

const APP = { AZURE_RESOURCE_GROUP: 'rg-dev', AZURE_FUNCTION_NAME: 'func-dev' };
const echo = ['echo', 'text=hello'];

describe.skipIf(process.platform === 'win32')('--azd', () => {
  test('reads the key of the app, sends it and prints it nowhere', async () => {
    const { run } = makeTools({ ...APP, SERVICE_MCP_URI: await startKeyedApp() });
    const called = await run(['call', 'keyed', ...echo, '--azd']);
    expect(called).toMatchObject({ code: 0, err: [] });
    expect(called.out.join('\n')).toContain('hello');
    const listed = await run(['tools', 'keyed', '--azd', '--json']);
    expect(JSON.stringify([called, listed])).not.toContain(KEY);
  });

  test('asks the gateway where there is one', async () => {
    const gateway = await startKeyedApp();
    const { run } = makeTools({ ...APP, SERVICE_MCP_URI: baseUrl, APIM_GATEWAY_URL: gateway });
    expect(await run(['call', 'keyed', ...echo, '--azd'])).toMatchObject({ code: 0 });
  });

  test.each([
    ['a wrong key', "echo 'other'", /^mcp-host: keyed: it requires a key or token \(401\)\. Fix: /],
    [
      'az without a sign-in',
      "echo 'ERROR: Please run az login' >&2; exit 1",
      /Please run az login\. Fix: az login, or put the key into an environment variable/,
    ],
  ])('%s is one line', async (_what, az, problem) => {
    const { run } = makeTools({ ...APP, SERVICE_MCP_URI: await startKeyedApp() }, az);
    const { code, err } = await run(['call', 'keyed', ...echo, '--azd']);
    expect(code).toBe(1);
    expect(err).toHaveLength(1);
    expect(err[0]).toMatch(problem);
  });

  test('without a deployment is one line', async () => {
    const { code, err } = await makeTools({}).run(['tools', '--azd']);
    expect(code).toBe(1);
    expect(err[0]).toMatch(/azd env get-value SERVICE_MCP_URI: no value\. Fix: run azd provision/);
  });

  test('needs a terminal where a person has to sign in', async () => {
    const { run } = makeTools({ SERVICE_MCP_URI: baseUrl, MCP_CLIENT_ID: CLIENTS_APP_ID });
    const { code, err } = await run(['call', 'notes', ...echo, '--azd']);
    expect(code).toBe(1);
    expect(err[0]).toMatch(/^mcp-host: notes: it requires you to sign in.* --token-env$/);
  });

  test.runIf(hasTerminal)('signs a person in and forgets the token', async () => {
    const { env } = makeTools({ SERVICE_MCP_URI: baseUrl, MCP_CLIENT_ID: CLIENTS_APP_ID });
    const run = new TerminalRun(['call', 'notes', ...echo, '--azd'], env);
    expect(await run.end()).toBe(0);
    expect(run.text).toContain(`Sign in at: ${issuer.url}`);
    expect(run.text).toContain('hello');
    expect(run.text).not.toMatch(/eyJ/);
  });
});

describe('a variable', () => {
  test('brings a token', async () => {
    const url = `${baseUrl}/notes/mcp`;
    const token = await signInFor({
      name: 'notes',
      url,
      signIn: { clientId: CLIENTS_APP_ID, scopes: [`${url}/mcp.notes`] },
      terminal: { print: () => undefined, remark: () => undefined },
      signal: new AbortController().signal,
      openBrowser: (page) => void fetch(page),
    });
    const args = ['call', ...echo, '--url', url, '--token-env', 'TOKEN'];
    const run = await runCli(args, { env: { TOKEN: token } });
    expect(run).toMatchObject({ code: 0, err: [] });
    const without = await runCli(['call', ...echo, '--url', url]);
    expect(without).toMatchObject({ code: 1 });
    expect(without.err[0]).toMatch(/^mcp-host: notes: it requires a key or token \(401\)\. Fix: /);
  });

  test('brings a key', async () => {
    const url = await startKeyedApp();
    const args = ['call', 'keyed', ...echo, '--url', url, '--key-env', 'KEY'];
    expect(await runCli(args, { env: { KEY } })).toMatchObject({ code: 0, err: [] });
  });

  test('with more than a key in it is refused before anything is sent, and not shown', async () => {
    const args = ['tools', 'x', '--url', baseUrl, '--key-env', 'KEY'];
    const { code, err } = await runCli(args, { env: { KEY: 'a\nb' } });
    expect(code).toBe(2);
    expect(err[0]).toBe('mcp-host: --key-env: the value of KEY is not a token or key');
  });
});

describe('a sign-in', () => {
  const request = (clientId: string, openBrowser: (page: string) => void) => ({
    name: 'notes',
    url: `${baseUrl}/notes/mcp`,
    signIn: { clientId, scopes: [`${baseUrl}/notes/mcp/mcp.notes`] },
    terminal: { print: () => undefined, remark: () => undefined },
    openBrowser,
  });

  test('that somebody else answers goes on waiting, and ends with the command', async () => {
    const controller = new AbortController();
    const answers: number[] = [];
    const signedIn = signInFor({
      ...request(CLIENTS_APP_ID, (page) => {
        const callback = new URL(page).searchParams.get('redirect_uri') as string;
        void fetch(`${callback}?code=stolen&state=guessed`).then(({ status }) => {
          answers.push(status);
          controller.abort(new Error('ended'));
        });
      }),
      signal: controller.signal,
    });
    await expect(signedIn).rejects.toThrow('ended');
    expect(answers).toEqual([404]);
  });

  test('that is refused says what the issuer said', async () => {
    const signedIn = signInFor({
      ...request(CLIENTS_APP_ID, (page) => {
        const { searchParams } = new URL(page);
        const back = new URL(searchParams.get('redirect_uri') as string);
        back.searchParams.set('state', searchParams.get('state') as string);
        back.searchParams.set('error', 'access_denied');
        back.searchParams.set('error_description', 'AADSTS65004: declined\u001b[2J');
        void fetch(back);
      }),
      signal: new AbortController().signal,
    });
    await expect(signedIn).rejects.toThrow(
      /^notes: sign-in failed: AADSTS65004: declined\\u001b\[2J\. Fix: see docs\/entra-errors\.md/,
    );
  });
});
