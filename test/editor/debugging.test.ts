// What opening the project in an editor gives: F5 starts the host with breakpoints in the TypeScript
// sources, tasks run scripts that exist, and a container has what the project needs.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parse } from 'jsonc-parser';
import { WebSocket } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../e2e/free-port.ts';

interface Launch {
  readonly program: string;
  readonly preLaunchTask?: string;
  readonly outFiles?: readonly string[];
}

const read = (file: string) => parse(readFileSync(file, 'utf8'));
const launches: Launch[] = read('.vscode/launch.json').configurations;
const tasks: { label: string; type: string; script: string }[] = read('.vscode/tasks.json').tasks;
const inFolder = (path: string): string => path.replace(/^\$\{workspaceFolder\}/, process.cwd());

test('every task runs a script of package.json', () => {
  const { scripts } = read('package.json');
  expect(tasks.filter(({ type, script }) => type !== 'npm' || !(script in scripts))).toEqual([]);
});

test('every configuration starts a file that is there, after a task that is there', () => {
  for (const { program, preLaunchTask } of launches) {
    expect(existsSync(inFolder(program)), program).toBe(true);
    if (preLaunchTask) expect(tasks.map(({ label }) => label)).toContain(preLaunchTask);
  }
});

test('F5 starts a host in which breakpoints in TypeScript files are found', async () => {
  const [{ program } = { program: '' }] = launches;
  const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', inFolder(program)], {
    env: { PATH: process.env.PATH, PORT: String(await freePort()) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const debuggerUrl = await firstMatch(child.stderr, /listening on (ws:\S+)/);
  await firstMatch(child.stdout, /("listening")/);

  const { scripts, close } = await loadedScripts(debuggerUrl);
  await close();
  // What the bundler itself adds has no source.
  const mapped = scripts.filter(
    ({ file, sourceMapURL }) => file.startsWith(resolve('dist')) && sourceMapURL !== '',
  );
  const sources = mapped.flatMap(({ file, sourceMapURL }) => sourcesOf(file, sourceMapURL));
  expect(sources.filter((source) => !existsSync(source))).toEqual([]);
  const names = sources.map((source) => relative(process.cwd(), source).replaceAll('\\', '/'));
  expect(names).toContain('runtime/main.ts');
  expect(names).toContain('runtime/mount/answer-message.ts');
  expect(names).toContain('servers/time/index.ts');
});

test('a container has the Node of the deployed app, and the extensions that are recommended', () => {
  const { image, customizations } = read('.devcontainer/devcontainer.json');
  const deployed = /param nodeVersion string = '(\d+)'/.exec(
    readFileSync('infra/function-app.bicep', 'utf8'),
  )?.[1];
  expect(image).toContain(`typescript-node:${deployed}-`);
  const { recommendations } = read('.vscode/extensions.json');
  expect(customizations.vscode.extensions).toEqual(recommendations);
});

interface LoadedScript {
  readonly file: string;
  readonly sourceMapURL: string;
}

/** What a debugger is told about each file when it connects. */
async function loadedScripts(url: string) {
  const socket = new WebSocket(url);
  const scripts: LoadedScript[] = [];
  const isEnabled = new Promise<void>((resolveEnabled) => {
    socket.addEventListener('message', ({ data }) => {
      const { id, method, params } = JSON.parse(String(data));
      if (method === 'Debugger.scriptParsed' && params.url.startsWith('file:')) {
        scripts.push({ file: fileURLToPath(params.url), sourceMapURL: params.sourceMapURL });
      }
      if (id === 1) resolveEnabled();
    });
  });
  await new Promise((opened) => socket.addEventListener('open', opened));
  socket.send(JSON.stringify({ id: 1, method: 'Debugger.enable' }));
  await isEnabled;
  return {
    scripts,
    close: async () => {
      const closed = new Promise((done) => socket.addEventListener('close', done));
      socket.close();
      await closed;
    },
  };
}

function sourcesOf(file: string, sourceMapURL: string): string[] {
  const map = resolve(dirname(file), sourceMapURL);
  const { sources } = JSON.parse(readFileSync(map, 'utf8')) as { sources: string[] };
  return sources.map((source) => resolve(dirname(map), source));
}

async function firstMatch(stream: ChildProcess['stdout'], pattern: RegExp): Promise<string> {
  const lines = createInterface({ input: stream as NodeJS.ReadableStream });
  for (;;) {
    const [line] = await once(lines, 'line');
    const found = pattern.exec(line)?.[1];
    if (found) return found;
  }
}
