// The tutorial, from its first command to its last, in a copy of the project: each prints what the
// tutorial shows.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../e2e/free-port.ts';
import { atAnyTime } from './any-time.ts';
import { commandsOf, type FencedBlock, fencedBlocks } from './markdown.ts';
import { ProjectCopy, type RunningCommand } from './project-copy.ts';

const cli = 'npx --no mcp-host';

const notRun: Readonly<Record<string, string>> = {
  'npm ci': 'needs the network; .ci/run begins with it',
  [`${cli} add @modelcontextprotocol/server-everything`]:
    'needs the network; test/cli/add.test.ts runs it with a registry on this machine',
  [`${cli} call everything echo message=hello`]: 'the same',
  [`${cli} remove everything --uninstall`]: 'the same',
  'azd auth login': 'needs a subscription',
  'az login': 'the same',
  'azd up': 'the same',
  [`${cli} call words count --azd "text=to be or not to be"`]:
    'needs a deployment; test/cli/calling/deployed.test.ts runs it with stand-ins',
};

/** The tutorial asks you to stop it after step 2. */
const LAST_WITH_HOST = `${cli} call time get-current-time timeZone=Asia/Tokyo`;

const INSTALL = `${cli} install --client claude-code --project --yes`;

interface Step {
  readonly command: string;
  /** What the tutorial shows below the command. */
  readonly shown: string | undefined;
  /** Files that the tutorial asks you to write before. */
  readonly files: readonly string[];
}

const steps = readSteps(fencedBlocks('docs/tutorial.md'));
const project = new ProjectCopy();
const serversBefore = readFileSync('servers.yaml', 'utf8');
/** Where clients have their files. */
const home = mkdtempSync(join(tmpdir(), 'mcp-home-'));
let clientFile = '';
let port: string;
let host: RunningCommand | undefined;

beforeAll(async () => {
  port = String(await freePort());
});
afterAll(async () => {
  await host?.stop();
  project.remove();
  rmSync(home, { recursive: true, force: true });
});

test('all its commands are run, or say why not', () => {
  const commands = steps.map(({ command }) => command);
  expect(Object.keys(notRun).filter((command) => !commands.includes(command))).toEqual([]);
  expect(commands).toContain(LAST_WITH_HOST);
  // A command whose output nobody compares could print anything.
  const unseen = steps.filter(({ command, shown }) => !(command in notRun) && !shown);
  expect(unseen).toEqual([]);
});

test.each(steps.filter(({ command }) => !(command in notRun)))(
  '$command prints what the tutorial shows',
  async ({ command, shown = '', files }) => {
    for (const file of files) writeShown(file);
    const printed = command === 'npm start' ? await start(shown) : finish(command);
    if (/\d{4}-\d\d-\d\d/.test(shown)) expect(printed).toMatch(atAnyTime(shown));
    else expect(printed).toBe(shown);
    if (command === INSTALL) clientFile = readFileSync(join(project.folder, '.mcp.json'), 'utf8');
    if (command !== LAST_WITH_HOST) return;
    await host?.stop();
    host = undefined;
  },
  120_000,
);

test('its last step leaves servers.yaml as it was, and the server that you wrote', () => {
  expect(readFileSync(join(project.folder, 'servers.yaml'), 'utf8')).toBe(serversBefore);
  const server = readFileSync(join(project.folder, 'servers/words/index.ts'), 'utf8');
  expect(server).toContain('createServer');
});

test('the file that it writes for a client has the server that you added, and goes again', () => {
  expect(JSON.parse(clientFile).mcpServers.words).toEqual({
    type: 'http',
    url: `http://127.0.0.1:${port}/words/mcp`,
  });
  expect(existsSync(join(project.folder, '.mcp.json'))).toBe(false);
});

test('no command writes into the home folder', () => {
  expect(readdirSync(home).filter((name) => name !== '.npm')).toEqual([]);
});

test('the server that it shows passes the lint and the format of this project', () => {
  const biome = 'node node_modules/@biomejs/biome/bin/biome check --error-on-warnings servers';
  expect(project.run(biome)).toMatchObject({ status: 0 });
});

/** @returns the lines of the banner that are shown; without a terminal it is printed under Core Tools. */
async function start(shown: string): Promise<string> {
  host = project.start('npm start', { PORT: port, FUNCTIONS_CORETOOLS_ENVIRONMENT: 'true' });
  const lines: string[] = [];
  for (const line of shown.trimEnd().split('\n')) {
    const [, name = ''] = /^ +(\S+)/.exec(line) ?? [];
    lines.push(await host.line(new RegExp(`^ +${name} +http`)));
  }
  return `${lines.join('\n')}\n`.replaceAll('localhost:7071', '127.0.0.1:3000');
}

function finish(command: string): string {
  const { status, stdout, stderr } = project.run(command, true, {
    ...{ PORT: port, HOME: home, USERPROFILE: home },
    // npm keeps the time of its last look for a new version at home.
    npm_config_update_notifier: 'false',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

function writeShown(file: string): void {
  const [, path = ''] = /^\/\/ (servers\/\S+)\n/.exec(file) ?? [];
  project.write(path, file.replace(/^.*\n/, ''));
}

/** A block of output belongs to the last command before it. */
function readSteps(blocks: readonly FencedBlock[]): Step[] {
  const found: Step[] = [];
  let files: string[] = [];
  for (const { language, text } of blocks) {
    if (language === 'ts') files.push(text);
    if (language === 'text') {
      const last = found.pop();
      if (last) found.push({ ...last, shown: text });
    }
    if (language !== 'sh') continue;
    const commands = commandsOf(text).map((command) => ({ command, shown: undefined, files: [] }));
    const [first, ...others] = commands;
    if (first) found.push({ ...first, files }, ...others);
    files = [];
  }
  return found;
}
