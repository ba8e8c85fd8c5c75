// mcp-host check finds the program of a `command`, as the host does when it starts it.

import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder, runCli } from './run-cli.ts';

const PACKAGE = JSON.stringify({ name: 'some-mcp', version: '1.2.3', bin: 'cli.js' });

const FILES = {
  'node_modules/some-mcp/package.json': PACKAGE,
  'node_modules/some-mcp/cli.js': '#!/usr/bin/env node\n',
  'bin/server': '#!/bin/sh\n',
};

/** What a client's file has, as it is written there. */
const PASTED = `{
  "servers": {
    "some": { "command": "npx", "args": ["-y", "some-mcp@1.2.3", "--root", "\${ROOT:-.}"] },
    "own": { "type": "stdio", "command": "./bin/server" },
    "node": { "command": "node", "args": ["x.js"], "env": { "A": "b" } }
  }
}`;

function check(yaml: string, mode = 0o755) {
  const folder = makeFolder({ ...FILES, 'servers.yaml': yaml });
  chmodSync(join(folder, 'bin/server'), mode);
  return runCli(['check'], { folder });
}

test('entries that are pasted from the file of a client are fine', async () => {
  expect(await check(PASTED)).toEqual({
    code: 0,
    out: ['servers.yaml is fine: 3 servers (some, own, node).'],
    err: [
      'Warning: servers.yaml:3:26 servers.some.command: expected an "auth" that tells callers apart, got "auth: function" or "auth: anonymous" (some, own, node); the host starts a separate program for each request without a 2025-era session. Fix: write "instance: shared" if the program stores nothing per caller, or use "auth: entra" or "auth: jwt"',
    ],
  });
  const persons = PASTED.replace('{', '{ "defaults": { "auth": "entra" },');
  expect(await check(persons)).toMatchObject({ code: 0, err: [] });
});

test('every program that cannot be started is told at its key, with the fix', async () => {
  const { code, err } = await check(
    `defaults: { auth: entra }
servers:
  a: { command: npx, args: [-y, "@acme/absent@2.0.0"] }
  b: { command: npx, args: [some-mcp@2.0.0] }
  c: { command: no-such-program-here }
  d: { command: ./bin/server }
  e: { command: node, args: [x.js], cwd: ./none }
  f: { command: no-such-program-here, enabled: false }
`,
    0o644,
  );
  expect(code).toBe(1);
  expect(err).toEqual([
    'servers.yaml:3:28 servers.a.args: expected an installed package, got "@acme/absent@2.0.0", which is not installed. Fix: npm install --save-exact @acme/absent@2.0.0',
    'servers.yaml:4:28 servers.b.args: expected version 2.0.0 of some-mcp, got the installed version 1.2.3. Fix: npm install --save-exact some-mcp@2.0.0, or write "some-mcp@1.2.3"',
    'servers.yaml:5:17 servers.c.command: expected a program on PATH, got "no-such-program-here", which is not on PATH. Fix: install it on the machine that runs the host, or write the path of a file in the folder of servers.yaml',
    'servers.yaml:6:17 servers.d.command: expected a program, got "./bin/server", which is not executable. Fix: chmod +x server, and in Git: git update-index --chmod=+x',
    'servers.yaml:7:42 servers.e.cwd: expected a folder, got "./none", which does not exist. Fix: correct the path; it is relative to the folder of servers.yaml',
    '5 problems.',
  ]);
});
