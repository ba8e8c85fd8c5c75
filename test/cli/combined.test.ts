// What the command line says of combinations, and of servers without a path.

import { expect, test } from 'vitest';
import { makeFolder, runCli } from './run-cli.ts';

const files = {
  'servers.yaml': `servers:
  notes: { module: ./notes.js, auth: entra, path: none }
  desk: { combine: { notes: { prefix: n }, tasks: {} }, auth: entra }
  tasks: { module: ./tasks.js, auth: anonymous }
`,
  'notes.js': '',
  'tasks.js': '',
};

const run = (...args: string[]) => runCli(args, { folder: makeFolder(files) });

test('check finds nothing wrong with a good combination', async () => {
  expect(await run('check')).toEqual({
    code: 0,
    out: ['servers.yaml is fine: 3 servers (notes, desk, tasks).'],
    err: [],
  });
});

test('check tells what is weaker at a combination, with its place and a fix', async () => {
  const weak = files['servers.yaml'].replace('tasks: {} }, auth: entra', 'tasks: {} }');
  const { code, err } = await runCli(['check'], {
    folder: makeFolder({ ...files, 'servers.yaml': weak }),
  });
  expect({ code, err }).toEqual({
    code: 1,
    err: [
      'servers.yaml:3:3 servers.desk: expected "auth: entra", the same as servers.notes, got "auth: function", which would let other callers reach that server. Fix: write "auth: entra", or remove "notes" from "combine"',
      '1 problem.',
    ],
  });
});

test('list shows the members of a combination, and which server has no path', async () => {
  expect((await run('list')).out).toEqual([
    'NAME   PATH        INSTANCE     AUTH       LIMITS             SERVER',
    'notes  none        per-request  entra      60 s, 100 at once  ./notes.js',
    'desk   /desk/mcp   -            entra      60 s, 100 at once  notes + tasks',
    'tasks  /tasks/mcp  per-request  anonymous  60 s, 100 at once  ./tasks.js',
  ]);
  const listed = JSON.parse((await run('list', '--json')).out.join('\n'));
  expect(listed).toMatchObject([
    { name: 'notes', path: 'none', scopes: [] },
    {
      name: 'desk',
      kind: 'combine',
      combine: { notes: { prefix: 'n' }, tasks: {} },
      scopes: ['mcp.desk'],
    },
    { name: 'tasks', path: '/tasks/mcp' },
  ]);
});

test('mcp-json has no entry for a server without a path', async () => {
  const { out } = await run('mcp-json', '--target', 'local');
  expect(Object.keys(JSON.parse(out.join('\n')).servers)).toEqual(['desk', 'tasks']);
});

test('conformance has no address for a server without a path', async () => {
  const { err } = await run('conformance', 'notes');
  expect(err.join('\n')).toContain('notes has no path of its own (path: none)');
});
