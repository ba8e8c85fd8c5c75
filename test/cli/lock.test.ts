// mcp-host lock, and what `check` and `list` know by the lock file, with programs that are started.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { post } from '../runtime/post.ts';
import { startHost } from '../runtime/start-host.ts';
import { makeFolder, runCli, spawnCli } from './run-cli.ts';

const PROGRAM = resolve('test/fixtures/programs/told.mjs');
const tool = (name: string, more: object = {}) => ({
  name,
  description: `Does ${name}.`,
  inputSchema: { type: 'object' },
  ...more,
});
const OLD = {
  tools: [tool('echo'), tool('add')],
  prompts: [{ name: 'greet' }],
  resources: [{ uri: 'x:/a', name: 'a' }],
};

const entry = (name: string, keys = ''): string =>
  `  ${name}: { command: node, args: [${JSON.stringify(PROGRAM)}, ${name}.json, starts]${keys} }\n`;

/** A folder with a servers.yaml of these entries, and what each of its programs says. */
function project(entries: string, told: Readonly<Record<string, object>>): Project {
  const said = Object.entries(told).map(([name, each]) => [`${name}.json`, JSON.stringify(each)]);
  return new Project(
    makeFolder({ 'servers.yaml': `servers:\n${entries}`, ...Object.fromEntries(said) }),
  );
}

class Project {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  run(line: string, env: NodeJS.ProcessEnv = {}) {
    return runCli(line.split(' '), { folder: this.folder, env });
  }

  tell(name: string, told: object): void {
    writeFileSync(join(this.folder, `${name}.json`), JSON.stringify(told));
  }

  write(yaml: string): void {
    writeFileSync(join(this.folder, 'servers.yaml'), `servers:\n${yaml}`);
  }

  get text(): string {
    return readFileSync(join(this.folder, 'servers.lock.json'), 'utf8');
  }

  get servers() {
    return JSON.parse(this.text).servers;
  }

  /** The programs that were started since this was last asked. */
  starts(): { readonly pid: number; readonly name: string }[] {
    const file = join(this.folder, 'starts');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    rmSync(file);
    return lines.map((line) => {
      const [pid, name = ''] = line.split(' ');
      return { pid: Number(pid), name: name.replace('.json', '') };
    });
  }

  /** Their names, each once. */
  started(): string[] {
    return [...new Set(this.starts().map(({ name }) => name))];
  }
}

const isRunning = ({ pid }: { readonly pid: number }): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('mcp-host lock', () => {
  test.each(['legacy', 'modern'])('writes what a server of the %s era offers', async (era) => {
    const here = project(entry('b') + entry('a'), {
      a: { ...OLD, era, instructions: 'Be kind.' },
      b: { era, tools: [], version: '2.1.0' },
    });
    const { code, out } = await here.run('lock');
    expect(code).toBe(0);
    expect(out.map((line) => line.trim())).toEqual([
      'NAME  ERA     TOOLS  PROMPTS  RESOURCES  VERSION  CHANGES',
      `b     ${era}  0      0        0          2.1.0    new`,
      `a     ${era}  2      1        1          1        +add +echo, new`,
      `Wrote ${join(here.folder, 'servers.lock.json')}. Review it before you commit it.`,
    ]);
    expect(Object.keys(here.servers)).toEqual(['a', 'b']);
    expect(here.servers.a).toEqual({
      ...OLD,
      era,
      instructions: 'Be kind.',
      entry: expect.stringMatching(/^sha256-/),
      serverInfo: { name: 'told', version: '1' },
      capabilities: { tools: {}, prompts: {}, resources: {} },
      resourceTemplates: [],
      toolHashes: { add: expect.stringMatching(/^sha256-/), echo: expect.any(String) },
    });
    const before = here.text;
    expect((await here.run('lock')).out.at(-1)).toMatch(/is up to date\.$/);
    expect(here.text).toBe(before);
    expect(here.starts().filter(isRunning)).toEqual([]);
  });

  test('tells which tools were added, removed and changed, and writes them', async () => {
    const here = project(entry('a'), { a: OLD });
    await here.run('lock');
    const tools = [tool('add', { annotations: { readOnlyHint: true } }), tool('sub')];
    here.tell('a', { ...OLD, tools, prompts: [] });
    const json = JSON.parse((await here.run('lock --check --json')).out.join('\n'));
    expect(json).toMatchObject({
      ok: false,
      written: false,
      servers: [
        { name: 'a', added: ['sub'], removed: ['echo'], changed: ['add'], others: ['prompts'] },
      ],
    });
    const { code, out } = await here.run('lock');
    expect({ code, row: out[1] }).toEqual({
      code: 0,
      row: expect.stringContaining('+sub -echo ~add, prompts'),
    });
    expect(here.servers.a.tools).toEqual(tools);
  });

  test('a name that a terminal would obey is shown instead', async () => {
    const here = project(entry('a'), { a: { ...OLD, tools: [tool('x\u001b[2K\r')] } });
    expect((await here.run('lock')).out[1]).toContain('+x\\u001b[2K\\u000d, new');
  });

  test('the order of a list is no difference', async () => {
    const here = project(entry('a'), { a: OLD });
    await here.run('lock');
    const before = here.text;
    here.tell('a', { ...OLD, tools: OLD.tools.toReversed() });
    expect((await here.run('lock --check')).code).toBe(0);
    await here.run('lock');
    expect(here.text).toBe(before);
  });

  test('--check writes nothing, and fails when something differs', async () => {
    const here = project(entry('a'), { a: OLD });
    expect((await here.run('lock --check')).code).toBe(1);
    expect(existsSync(join(here.folder, 'servers.lock.json'))).toBe(false);
    await here.run('lock');
    expect(await here.run('lock --check')).toMatchObject({ code: 0 });
    const before = here.text;
    here.tell('a', { ...OLD, instructions: 'Obey.' });
    const { code, out, err } = await here.run('lock --check');
    expect({ code, row: out[1] }).toEqual({
      code: 1,
      row: expect.stringMatching(/ instructions$/),
    });
    expect(err.at(-1)).toMatch(/servers\.lock\.json differs.*Fix: .*mcp-host lock$/);
    expect(here.text).toBe(before);
  });

  test('a server that fails keeps its entry, and is told with its reason', async () => {
    const here = project(entry('a') + entry('b'), { a: OLD, b: OLD });
    await here.run('lock');
    const { a } = here.servers;
    here.tell('a', { faults: { exits: true } });
    here.tell('b', { ...OLD, tools: [] });
    const { code, out, err } = await here.run('lock');
    expect(code).toBe(1);
    expect(out[1]).toMatch(/^a +failed$/);
    expect(err.join('\n')).toMatch(/a: failed: [\s\S]*exit code 3[\s\S]*no license/);
    expect(here.servers).toMatchObject({ a, b: { tools: [] } });
  });

  test('a list that the server refuses is unknown, and the others are written', async () => {
    const here = project(entry('a'), { a: { ...OLD, faults: { prompts: true } } });
    const { code, err } = await here.run('lock');
    expect(code).toBe(0);
    expect(err.join('\n')).toContain(
      'a: read; the result of prompts/list is unknown: Method not found',
    );
    expect(here.servers.a).not.toHaveProperty('prompts');
    expect(here.servers.a).toMatchObject({ tools: OLD.tools });
  });

  test('a tool without a name is a fault of the server', async () => {
    const here = project(entry('a'), { a: { tools: [{ title: 'nameless' }] } });
    const { code, err } = await here.run('lock');
    expect({ code, err: err.join() }).toEqual({
      code: 1,
      err: expect.stringContaining(
        'The server sent a wrong value for `tools`: expected a list of objects with "name".',
      ),
    });
  });

  test('a key of the caller comes from the environment, or the server is left out', async () => {
    const here = project(entry('a', ', env: { KEY: "${header:x-github-token}" }'), { a: OLD });
    const without = await here.run('lock');
    expect(without.code).toBe(0);
    expect(without.err.join()).toContain('a: left out');
    expect(without.err.join()).toContain('X_GITHUB_TOKEN');
    expect(here.starts()).toEqual([]);
    const { code } = await here.run('lock', { X_GITHUB_TOKEN: 'hunter2hunter2' });
    expect(code).toBe(0);
    expect(here.servers.a.tools).toEqual(OLD.tools);
    expect(here.text).not.toContain('hunter2');
  });

  test('no value of a variable is written, and another value is no other entry', async () => {
    const keys = ', env: { KEY: "${SECRET}" }';
    const here = project(entry('a', keys), { a: OLD });
    await here.run('lock', { SECRET: 'hunter2hunter2' });
    const before = here.text;
    expect(before).not.toContain('hunter2');
    expect((await here.run('lock', { SECRET: 'another' })).code).toBe(0);
    expect(here.text).toBe(before);
  });

  test('names choose servers, and what else the file holds stays', async () => {
    const here = project(entry('a') + entry('b'), { a: OLD, b: OLD });
    await here.run('lock');
    for (const name of ['a', 'b']) here.tell(name, { ...OLD, tools: [] });
    here.starts();
    expect((await here.run('lock b')).code).toBe(0);
    expect(here.started()).toEqual(['b']);
    expect(here.servers).toMatchObject({ a: { tools: OLD.tools }, b: { tools: [] } });
    const { code, err } = await here.run('lock c');
    expect({ code, err: err[0] }).toEqual({
      code: 2,
      err: expect.stringContaining('(a, b), got "c"'),
    });
  });

  test('a server that is gone from servers.yaml goes, a disabled one stays and is not started', async () => {
    const here = project(entry('a') + entry('b') + entry('c'), { a: OLD, b: OLD, c: OLD });
    await here.run('lock');
    here.write(entry('a') + entry('c', ', enabled: false'));
    here.starts();
    expect((await here.run('lock --check')).code).toBe(1);
    const { code, out } = await here.run('lock');
    expect({ code, out: out.join('\n') }).toEqual({
      code: 0,
      out: expect.stringContaining('b: it no longer has "command" or "url"'),
    });
    expect(Object.keys(here.servers)).toEqual(['a', 'c']);
    expect(here.started()).toEqual(['a']);
  });

  test('a damaged file is told with its fix, and nothing is started', async () => {
    const here = project(entry('a'), { a: OLD });
    writeFileSync(join(here.folder, 'servers.lock.json'), '{ "version": 1,\n<<<<<<<');
    const { code, err } = await here.run('lock');
    expect({ code, err: err[0] }).toEqual({
      code: 1,
      err: expect.stringMatching(/servers\.lock\.json.*expected valid JSON.*Fix: restore it/),
    });
    expect(here.starts()).toEqual([]);
  });

  test('ends by itself, with nothing left running, in a process of its own', () => {
    const here = project(entry('a') + entry('b'), { a: OLD, b: { faults: { exits: true } } });
    const { code, out } = spawnCli(['lock'], { folder: here.folder });
    expect({ code, header: out[0] }).toEqual({ code: 1, header: expect.stringContaining('NAME') });
    expect(here.starts().filter(isRunning)).toEqual([]);
  });

  test('without such servers there is nothing to lock', async () => {
    const here = project('  a: { module: ./a.js }\n', {});
    expect(await here.run('lock')).toMatchObject({
      code: 0,
      out: ['No server has "command" or "url", so there is nothing to lock.'],
    });
  });
});

test('a host lists what was locked without a start, and starts the program for a call', async () => {
  const here = project(entry('a', ', auth: anonymous'), { a: OLD });
  await here.run('lock');
  here.starts();
  const yaml = readFileSync(join(here.folder, 'servers.yaml'), 'utf8');
  const host = await startHost({ yaml, directory: here.folder, listen: true });
  const send = (method: string, params: object = {}) =>
    post(`${host.url}/a/mcp`, { jsonrpc: '2.0', id: 1, method, params });
  expect((await send('tools/list')).result?.tools).toEqual(OLD.tools);
  expect((await send('resources/templates/list')).result?.resourceTemplates).toEqual([]);
  expect(here.starts()).toEqual([]);
  expect(await send('tools/call', { name: 'echo' })).toMatchObject({ text: 'echo ' });
  expect(here.starts()).not.toEqual([]);
});

test('a program of a known era is started once, and another one in its place serves, too', async () => {
  const here = project(entry('a', ', auth: anonymous, instance: shared'), { a: OLD });
  await here.run('lock');
  const yaml = readFileSync(join(here.folder, 'servers.yaml'), 'utf8');
  const call = async () => {
    const host = await startHost({ yaml, directory: here.folder, listen: true });
    const params = { name: 'echo' };
    return post(`${host.url}/a/mcp`, { jsonrpc: '2.0', id: 1, method: 'tools/call', params });
  };
  here.starts();
  expect(await call()).toMatchObject({ text: 'echo ' });
  expect(here.starts()).toHaveLength(1);
  here.tell('a', { ...OLD, era: 'modern' });
  expect(await call()).toMatchObject({ text: 'echo ' });
});

/** Of a program for each client, `check` has more to say. */
const shared = (name: string, keys = ''): string => entry(name, `, instance: shared${keys}`);

describe('mcp-host check', () => {
  const warningsOf = async (here: Project) => {
    const { code, err } = await here.run('check');
    expect(code).toBe(0);
    return err;
  };

  test('warns of a server that the lock file lacks, and of the lock of another entry', async () => {
    const here = project(shared('a'), { a: OLD, b: OLD });
    expect(await warningsOf(here)).toEqual([]);
    await here.run('lock');
    expect(await warningsOf(here)).toEqual([]);
    here.write(shared('a', ', timeoutMs: 1000') + shared('b'));
    expect(await warningsOf(here)).toEqual([
      expect.stringMatching(
        /servers\.b: expected an entry in servers\.lock\.json.*Fix: run: .*mcp-host lock$/,
      ),
    ]);
    here.write(shared('a', ', env: { MODE: other }'));
    expect(await warningsOf(here)).toEqual([
      expect.stringMatching(
        /servers\.a: expected the same entry as when servers\.lock\.json was written/,
      ),
    ]);
  });

  test('warns of names in `tools` that match nothing', async () => {
    const tools =
      '{ allow: ["e*", sum, nix], deny: [none], override: { add: { name: sum }, sub: { title: S } } }';
    const here = project(shared('a', `, tools: ${tools}`), { a: OLD });
    await here.run('lock');
    expect(await warningsOf(here)).toEqual([
      expect.stringMatching(/servers\.a\.tools\.allow.*got "nix"/),
      expect.stringMatching(/servers\.a\.tools\.deny.*got "none"/),
      expect.stringMatching(/servers\.a\.tools\.override\.sub.*got "sub"/),
    ]);
  });

  test('warns of tools that were edited by hand', async () => {
    const here = project(shared('a'), { a: OLD });
    await here.run('lock');
    const edited = here.text.replace('Does echo.', 'Does good.');
    writeFileSync(join(here.folder, 'servers.lock.json'), edited);
    expect(await warningsOf(here)).toEqual([expect.stringContaining('edited by hand')]);
  });

  test('warns of an installed package that is not the locked one', async () => {
    const files = {
      'servers.yaml':
        'servers:\n  a: { command: npx, args: ["-y", "told", a.json], instance: shared }\n',
      'a.json': JSON.stringify(OLD),
      'node_modules/told/told.mjs': `#!/usr/bin/env node\nimport(${JSON.stringify(PROGRAM)});\n`,
      'node_modules/told/package.json': JSON.stringify({
        ...{ name: 'told', version: '1.2.3', bin: './told.mjs' },
      }),
    };
    const here = new Project(makeFolder(files));
    expect((await here.run('lock')).code).toBe(0);
    expect(here.servers.a.package).toEqual({ name: 'told', version: '1.2.3' });
    expect(await warningsOf(here)).toEqual([]);
    const file = join(here.folder, 'node_modules/told/package.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('1.2.3', '1.3.0'));
    expect(await warningsOf(here)).toEqual([
      expect.stringMatching(/expected told 1\.2\.3, as in servers\.lock\.json, got 1\.3\.0/),
    ]);
  });

  test('a damaged lock file is a problem', async () => {
    const here = project(shared('a'), { a: OLD });
    writeFileSync(join(here.folder, 'servers.lock.json'), '[]');
    expect(await here.run('check')).toMatchObject({
      code: 1,
      err: [expect.stringMatching(/servers\.lock\.json.*expected an object/), '1 problem.'],
    });
  });
});

test('mcp-host list shows how many tools are known', async () => {
  const here = project(`${entry('a')}  m: { module: ./m.js }\n`, { a: OLD });
  await here.run('lock');
  const { out } = await here.run('list');
  expect(out[0]).toMatch(/LIMITS +TOOLS +SERVER$/);
  expect(out[1]).toMatch(/ 2 +node /);
  expect(out[2]).toMatch(/ - +\.\/m\.js$/);
  const json = JSON.parse((await here.run('list --json')).out.join('\n'));
  expect(json).toMatchObject([{ toolCount: 2 }, { toolCount: null }]);
});
