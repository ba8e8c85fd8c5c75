// doctor on a machine: configuration, variables, packages, build, versions, port and issuers, each
// as expected and not.

import { utimesSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PLAIN } from '../../../standins/openid-issuer/modes.ts';
import { openIssuer } from '../../../standins/openid-issuer/openid-issuer.ts';
import { freePort } from '../../e2e/free-port.ts';
import { makeFolder, spawnCli } from '../run-cli.ts';
import { lacksShell, openServer, runDoctor, unexpected } from './run-doctor.ts';

const builtFiles = {
  'notes.js': '',
  'package-lock.json': '{}',
  'node_modules/.package-lock.json': '{}',
  'runtime/main.ts': '',
  'dist/main.js': '',
};
const serversYaml = 'servers:\n  notes: { module: ./notes.js }\n';

async function examine(
  options: Partial<Parameters<typeof runDoctor>[1]> = {},
  env: NodeJS.ProcessEnv = {},
) {
  const port = String(await freePort());
  return runDoctor(['--timeout', '1'], {
    serversYaml,
    files: builtFiles,
    ...options,
    env: { PORT: port, ...env },
  });
}

const skippedTools = [
  'skipped | func | not installed; it is needed only for func start | null',
  'skipped | azd | not installed; it is needed only for azd up | null',
  'skipped | az | not installed; it is needed only for keys, and doctor --deployed for Entra | null',
];

/** https://fetch.spec.whatwg.org/#port-blocking, those above 1023 */
const portsThatBrowsersRefuse = [6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080];

/** @returns the first port that nobody has */
async function listenOnOneOf(server: Server, ports: readonly number[]): Promise<number> {
  for (const port of ports) {
    const isListening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (isListening) return port;
  }
  throw new Error('all of these ports are taken');
}

describe.skipIf(lacksShell)('doctor', () => {
  test('is content with a machine that has what it needs', async () => {
    const { code, rows, notSeen } = await examine();
    expect({ code, notSeen, lines: unexpected(rows) }).toEqual({
      code: 0,
      notSeen: null,
      lines: skippedTools,
    });
    expect(rows.map(({ check }) => check.replace(/\d+$/, ''))).toEqual([
      'servers.yaml, host.json',
      'variables of servers',
      'packages',
      'build',
      'Node',
      'func',
      'azd',
      'az',
      'port ',
    ]);
  });

  test('names what is missing in a fresh clone, with the command for each', async () => {
    const { code, rows } = await examine({ files: { 'package-lock.json': '{}', 'notes.js': '' } });
    expect(unexpected(rows)).toEqual([
      'problem | packages | not installed | npm ci',
      'problem | build | none | npm run build',
      ...skippedTools,
    ]);
    expect(code).toBe(1);
  });

  test('tells a build that is older than the code', () => {
    const folder = makeFolder({
      ...builtFiles,
      'servers.yaml': serversYaml,
      'servers/notes/index.ts': '',
    });
    const build = () =>
      spawnCli(['doctor'], { folder, env: { PATH: '/nowhere', PORT: '0' } }).out.filter((line) =>
        line.includes('build'),
      );
    for (const file of ['servers/notes/index.ts', 'runtime/main.ts']) {
      utimesSync(join(folder, file), 2, 2);
    }
    expect(build()).toEqual([expect.stringMatching(/^as expected .* newer$/)]);
    utimesSync(join(folder, 'dist/main.js'), 1, 1);
    expect(build()).toEqual([
      expect.stringMatching(/^PROBLEM .* older$/),
      '             fix: npm run build',
    ]);
  });

  test('tells tools that are too old, and those that say no version', async () => {
    const { code, rows } = await examine({
      azd: 'echo "azd version 1.20.0 (commit 1)"',
      az: 'echo "what?" >&2; exit 1',
    });
    expect(unexpected(rows)).toEqual([
      skippedTools[0],
      'problem | azd | 1.20.0 | update azd',
      'unknown | az | what? | az version --output json',
    ]);
    expect(code).toBe(1);
  });

  test('counts problems of the configuration and missing variables, and keeps their values', async () => {
    const yaml = `servers:
  notes: { module: ./notes.js, env: { KEY: "\${NOTES_KEY}", OTHER: "\${OTHER_KEY}" } }
  lost: { module: ./lost.js }
`;
    const { rows, text } = await examine({ serversYaml: yaml }, { OTHER_KEY: 'SECRET' });
    expect(unexpected(rows).slice(0, 2)).toEqual([
      'problem | servers.yaml, host.json | 1 problem | npx --no mcp-host check',
      'problem | variables of servers | 1 variable missing | npx --no mcp-host check --env',
    ]);
    expect(text).not.toContain('SECRET');
  });

  test('goes on when servers.yaml cannot be read at all', async () => {
    const { code, rows } = await examine({ serversYaml: 'servers: [' });
    expect(code).toBe(1);
    expect(unexpected(rows)[0]).toMatch(
      /^problem \| servers\.yaml, host\.json \| \d+ problems? \|/,
    );
    expect(rows.length).toBeGreaterThan(6);
  });

  test.each([
    [
      'package.json',
      '{"engines":',
      /^problem \| Node \| package\.json cannot be read: .* \| correct/,
    ],
    ['package.json', 'null', /^problem \| Node \| package\.json cannot be read: .* \| correct/],
    [
      'package.json',
      '{"engines":{"node":{}}}',
      /^problem \| Node \| package\.json .*engines\.node/,
    ],
    [
      'azure.yaml',
      'a: [',
      /^problem \| azd \| azure\.yaml cannot be read: .* \| correct azure\.yaml$/,
    ],
    ['azure.yaml', 'requiredVersions: x', /^problem \| azd \| azure\.yaml cannot be read: /],
  ])('a broken %s (%s) is a row, and the others follow', async (name, content, line) => {
    const { code, rows } = await examine({ files: { ...builtFiles, [name]: content } });
    const [problem, ...others] = unexpected(rows).toSorted();
    expect(problem).toMatch(line);
    expect(others.every((other) => skippedTools.includes(other))).toBe(true);
    expect(code).toBe(1);
    expect(rows.at(-1)?.check).toMatch(/^port \d+$/);
  });

  test('a setting of the host that cannot be used is a row, and what does not need it follows', async () => {
    const { code, rows } = await examine({}, { PORT: 'abc' });
    expect(unexpected(rows)).toEqual([
      expect.stringMatching(
        /^problem \| settings \| PORT: expected .*, got "abc" \| set PORT=3000/,
      ),
      'skipped | servers.yaml, variables of servers, port, issuers | skipped: the settings of the host cannot be read | null',
      ...skippedTools,
    ]);
    expect(rows.map(({ check }) => check)).toEqual(expect.arrayContaining(['packages', 'Node']));
    expect(code).toBe(1);
  });

  test('a check that fails is a row that says why, and the others follow', async () => {
    const files = { ...builtFiles, 'host.json/not-a-file': '' };
    const { code, rows } = await examine({ files });
    const failed =
      /^unknown \| .* \| the check failed: Error: EISDIR: .* \| check what this line names/;
    expect(unexpected(rows)).toEqual([
      expect.stringMatching(failed),
      expect.stringMatching(failed),
      ...skippedTools,
    ]);
    expect(rows.at(-1)?.check).toMatch(/^port \d+$/);
    expect(code).toBe(3);
  });

  test.each([
    ['exec sleep 100', 'az did not finish within 3 s'],
    ['exec head -c 17000000 /dev/zero', 'az printed more than 16 MiB'],
    ['kill -9 $$', 'az was stopped by SIGKILL'],
  ])('a tool that does not come to its end is a row: %s', async (az, came) => {
    const { code, rows } = await examine({ az });
    expect(unexpected(rows)).toEqual([
      ...skippedTools.slice(0, 2),
      `unknown | az | ${came} | az version --output json`,
    ]);
    expect(code).toBe(3);
  });

  test.each([
    ['{"status":"alive"}', []],
    ['hello', ['problem']],
  ])('looks who has the port: %s', async (body, results) => {
    const { url } = await openServer((_, response) => void response.end(body));
    const { rows } = await examine({}, { PORT: new URL(url).port });
    const [port] = rows.filter(({ check }) => check.startsWith('port'));
    expect([port].filter((row) => row?.result !== 'expected').map((row) => row?.result)).toEqual(
      results,
    );
  });

  test('asks who has a port that browsers refuse', async () => {
    const server = createServer((_, response) => void response.end('{"status":"alive"}'));
    onTestFinished(() => void server.close());
    const port = await listenOnOneOf(server, portsThatBrowsersRefuse);
    const { rows } = await examine({}, { PORT: String(port) });
    expect(rows.find(({ check }) => check.startsWith('port'))).toMatchObject({
      result: 'expected',
      came: 'taken by this host',
    });
  });

  test('asks the issuer of tokens, and says when nobody is there', async () => {
    const issuer = await openIssuer(PLAIN);
    const yaml = `servers:
  notes: { module: ./notes.js, auth: jwt, jwt: { issuer: "${issuer.issuer}", audience: a } }
  tasks: { module: ./notes.js, auth: entra }
`;
    const up = await examine({ serversYaml: yaml });
    await issuer.stop();
    // Not that of the issuer: another process may have taken it.
    const nobody = `127.0.0.1:${await freePort()}`;
    const { host } = new URL(issuer.issuer);
    const down = await examine({ serversYaml: yaml.replace(host, nobody) });
    const notKnown = expect.stringMatching(
      /^skipped \| issuer of tasks \| unknown: MCP_ENTRA_TENANT_ID, MCP_ENTRA_CLIENT_ID not set in this environment/,
    );
    const variables = expect.stringMatching(
      /^problem \| variables of servers \| 2 variables missing/,
    );
    const offers = expect.stringMatching(
      /^noted \| what .* offers \| code_challenge_methods_supported/,
    );
    expect(unexpected(up.rows)).toEqual([variables, ...skippedTools, notKnown, offers]);
    expect(unexpected(down.rows)).toEqual([
      variables,
      ...skippedTools,
      notKnown,
      `problem | discovery of ${nobody} | nothing is listening there | start it, or correct the address`,
    ]);
    expect(issuer.requests).toEqual(['/.well-known/openid-configuration', '/keys']);
  });
});

test('prints the table for people also when a setting cannot be used', () => {
  const { code, out } = spawnCli(['doctor'], { env: { PATH: '/nowhere', PORT: 'abc' } });
  expect(code).toBe(1);
  expect(out[0]).toMatch(/^RESULT +GROUP +CHECK +CAME$/);
  expect(out[1]).toMatch(/^PROBLEM +local +settings +PORT: expected /);
});

test('prints a table for people, without colors or progress where nobody looks', () => {
  const { code, out, err } = spawnCli(['doctor'], { env: { PATH: '/nowhere', PORT: '0' } });
  expect(err).toEqual([]);
  expect(code).not.toBe(2);
  expect(out[0]).toMatch(/^RESULT +GROUP +CHECK +CAME$/);
  expect(out.at(-1)).toMatch(/^\d+ as expected, .*"As expected" is not a guarantee: /);
});
