// docs/authorization.md: its way through a local sign-in is walked, and its examples are good. Its
// table of clients is compared in test/runtime/authorization/entra-clients.test.ts.

import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../config/load.ts';
import { APP_ID, CLIENTS_APP_ID, TENANT_ID } from '../../standins/openid-issuer/entra-apps.ts';
import { entra } from '../../standins/openid-issuer/entra-mode.ts';
import { type OpenIdIssuer, openIssuer } from '../../standins/openid-issuer/openid-issuer.ts';
import { freePort } from '../e2e/free-port.ts';
import { appsOfCase } from '../infra/registered-apps.ts';
import { commandsIn, fencedBlocks, tenantCommands } from './markdown.ts';
import { ProjectCopy, type RunningCommand } from './project-copy.ts';

const page = 'docs/authorization.md';
const examples = fencedBlocks(page, 'yaml');

test.each(examples)('$place is a good servers.yaml', ({ text }) => {
  expect(parseConfig(text, 'servers.yaml').servers.length).toBeGreaterThan(0);
});

describe.skipIf(process.platform === 'win32')('the way through a local sign-in', () => {
  const project = new ProjectCopy();
  const running: RunningCommand[] = [];
  const [issuerLine, challenge] = fencedBlocks(page, 'text').map(({ text }) => text);
  const commands = commandsIn(page);
  let issuerPort: number;
  let hostPort: number;

  /** With the ports of this test: the documented ones may be taken. */
  const here = (text: string): string =>
    text
      .replaceAll('127.0.0.1:4000', `127.0.0.1:${issuerPort}`)
      .replaceAll('127.0.0.1:3000', `127.0.0.1:${hostPort}`);
  const run = (script: string): string => project.run(here(script), 'bash').stdout;
  const command = (pattern: RegExp): string => commands.find((line) => pattern.test(line)) ?? '';

  beforeAll(async () => {
    issuerPort = await freePort();
    hostPort = await freePort();
    const issuer = project.start(`npm run --silent issuer -- ${issuerPort}`, {});
    running.push(issuer);
    expect(`${await issuer.line(/issuer/)}\n`).toBe(here(issuerLine ?? ''));
    project.write('servers.yaml', here(examples[0]?.text ?? ''));
    const host = project.start('npm start', { PORT: String(hostPort) });
    running.push(host);
    await host.line(/"msg":"listening"/);
  }, 120_000);
  afterAll(async () => {
    for (const each of running) await each.stop();
    project.remove();
  });

  test('begins with the challenge that is shown', () => {
    const lines = run(command(/-D -/)).split('\r\n');
    for (const line of here(challenge ?? '')
      .trim()
      .split('\n'))
      expect(lines).toContain(line);
  });

  test('goes on to the document that is shown', () => {
    const [document] = fencedBlocks(page, 'json');
    const answer = run(command(/^curl .*oauth-protected-resource/));
    expect(JSON.parse(answer)).toEqual(JSON.parse(here(document?.text ?? '')));
  });

  test('ends with an answer to whoever has a token', () => {
    const answer = run(`${command(/^TOKEN=/)}\n${command(/\$TOKEN/)}`);
    const { result } = JSON.parse(answer);
    expect(result.tools).toHaveLength(2);
  });
});

test('the server of two entries is one module with two kinds of callers', () => {
  const example = examples.find(({ text }) => text.includes('weather-key'));
  const { servers } = parseConfig(example?.text ?? '', 'servers.yaml');
  expect(servers.map(({ auth }) => auth)).toEqual(['entra', 'function']);
  expect(new Set(servers.map((server) => 'module' in server && server.module)).size).toBe(1);
});

describe.skipIf(process.platform === 'win32')('what needs a tenant, at the loopback issuer', () => {
  const address = 'https://func-abcdefgh23456.azurewebsites.net/weather/mcp';
  const apps = appsOfCase('gateway', new URL(address).origin);
  let issuer: OpenIdIssuer;
  beforeAll(async () => {
    issuer = await openIssuer(entra(apps));
    return () => issuer.stop();
  });

  /** The commands that match, after those that set the variables, as far as no Azure is needed. */
  async function run(pattern: RegExp, more: Readonly<Record<string, string>> = {}) {
    const known: Record<string, string> = {
      URL: address,
      TENANT: TENANT_ID,
      CLIENT: CLIENTS_APP_ID,
      SERVERS: APP_ID,
      LOGIN: `${issuer.url}/${TENANT_ID}`,
      ...more,
    };
    const commands = tenantCommands()
      .filter((line) => /^(\w+=(\S+|".*")$|authorize\(\))/.test(line) || pattern.test(line))
      .map((line) => {
        const variable = /^(\w+)=/.exec(line)?.[1] ?? '';
        return variable in known ? `${variable}='${known[variable]}'` : line;
      });
    const folder = mkdtempSync(join(tmpdir(), 'tenant-'));
    try {
      const { stdout } = await promisify(execFile)('bash', ['-c', commands.join('\n')], {
        cwd: folder,
      });
      return { stdout, left: readdirSync(folder) };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test('a redirect URI that is not registered leads nowhere, and scopes of both forms lead back', async () => {
    const { stdout, left } = await run(/authorize "/);
    const statuses = [...stdout.matchAll(/^HTTP\/\S+ (\d+)/gm)].map(([, status]) => status);
    expect(statuses.toSorted()).toEqual(['200', '302', '302']);
    expect(stdout.match(/AADSTS\d+/g)).toEqual(['AADSTS50011']);
    expect(left).toEqual([]);
  });

  test('a code brings tokens, and they are refreshed', async () => {
    const { stdout: link } = await run(/^echo /);
    const visit = await fetch(link.trim(), { redirect: 'manual' });
    const code = new URL(visit.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const { stdout, left } = await run(/token|^rm /, { CODE: code });
    expect(stdout).toMatch(/^\{"access_token":"eyJ/);
    expect(left).toEqual([]);
  });

  test('the issuer is asked what it says of itself', async () => {
    const { stdout } = await run(/openid-configuration/);
    expect(stdout).toContain('code_challenge_methods_supported: undefined');
    expect(stdout).toContain("'offline_access'");
  });
});
