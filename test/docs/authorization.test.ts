// docs/authorization.md: its way through a local sign-in is walked, and its examples are good. Its table of clients is
// compared in test/runtime/authorization/entra-clients.test.ts.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../config/load.ts';
import { freePort } from '../e2e/free-port.ts';
import { commandsIn, fencedBlocks } from './markdown.ts';
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
  expect(new Set(servers.map(({ module }) => module)).size).toBe(1);
});
