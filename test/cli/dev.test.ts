// mcp-host dev: restarts on a change of content, survives a failing start, and leaves no process
// behind.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cliScript, makeFolder, runCli } from './run-cli.ts';

/**
 * Like TypeScript's own on Node 20: a node process that waits for another one, which must be ended
 * with it.
 */
const compiler = `
const { spawn } = require('node:child_process');
const inner = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
inner.on('exit', (code, signal) => { console.log('compiler stopped by ' + signal); process.exit(0); });
process.on('SIGTERM', () => {});
console.log('compiler started');
`;

const host = `
const { readFileSync } = require('node:fs');
const text = readFileSync('servers.yaml', 'utf8').trim();
if (text === 'broken') { console.error('servers.yaml is broken'); process.exit(1); }
process.on('SIGTERM', () => { console.log('host stopped'); process.exit(0); });
process.on('SIGWINCH', () => console.log('host resized'));
setInterval(() => {}, 1000);
console.log('host started with ' + text + ' ' + (process.env.DEV_TEST ?? '-'));
`;

interface Dev {
  readonly process: ChildProcess;
  readonly folder: string;
  /** Exit code and signal. */
  readonly ended: Promise<unknown[]>;
  /** Waits until the text was written after what the last call waited for. */
  readonly waitFor: (text: string) => Promise<void>;
  /** Waits until host and compiler are there. */
  readonly waitForBoth: () => Promise<void>;
  readonly output: () => string;
}

function startDev(): Dev {
  const folder = makeFolder({
    'servers.yaml': 'one',
    'dist/runtime/main.js': host,
    'dist/other.js': '1',
    'node_modules/typescript/bin/tsc': compiler,
  });
  const child = spawn(process.execPath, [cliScript, 'dev'], {
    cwd: folder,
    env: { PATH: process.env.PATH },
  });
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill();
    await ended;
  });
  let output = '';
  let read = 0;
  const onData = (chunk: Buffer) => {
    output += chunk;
  };
  child.stdout.on('data', onData);
  child.stderr.on('data', onData);
  const until = async (isThere: () => boolean) => {
    while (!isThere()) await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')]);
  };
  const waitFor = async (text: string) => {
    await until(() => output.slice(read).includes(text));
    read = output.indexOf(text, read) + text.length;
  };
  const waitForBoth = () =>
    until(() => output.includes('host started') && output.includes('compiler started'));
  return { process: child, folder, ended, waitFor, waitForBoth, output: () => output };
}

describe('dev', () => {
  test('restarts the host when servers.yaml, compiled code or .env changes, and only then', async () => {
    const { folder, waitFor, output } = startDev();
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
    await waitFor('host started with one -');
    write('dist/other.js', readFileSync(join(folder, 'dist/other.js'), 'utf8'));
    write('servers.yaml', 'two');
    await waitFor('host stopped');
    await waitFor('host started with two -');
    write('dist/other.js', '2');
    await waitFor('host started with two -');
    write('unrelated.txt', 'x');
    write('.env', 'DEV_TEST=yes');
    await waitFor('host started with two yes');
    expect(output().match(/host started/g)).toHaveLength(4);
  });

  test('waits for the next change when the host cannot start', async () => {
    const { folder, waitFor } = startDev();
    await waitFor('host started');
    writeFileSync(join(folder, 'servers.yaml'), 'broken');
    await waitFor('servers.yaml is broken');
    await waitFor('The host stopped (1). It starts again after your next change.');
    writeFileSync(join(folder, 'servers.yaml'), 'fixed');
    await waitFor('host started with fixed');
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('ends what it started on %s', async (signal) => {
    const dev = startDev();
    await dev.waitForBoth();
    dev.process.kill(signal);
    expect(await dev.ended).toEqual([0, null]);
    expect(dev.output()).toContain('host stopped');
    expect(dev.output()).toContain('compiler stopped by SIGTERM');
    expect(dev.output()).not.toContain('ended (');
  });

  test.skipIf(process.platform === 'win32')('tells the host of another window size', async () => {
    const dev = startDev();
    await dev.waitFor('host started');
    dev.process.kill('SIGWINCH');
    await dev.waitFor('host resized');
  });

  test('asks for a build when there is none', async () => {
    expect(await runCli(['dev'], { folder: makeFolder({}) })).toEqual({
      code: 1,
      out: [],
      err: ['expected dist/runtime/main.js, but it does not exist. Fix: npm run build'],
    });
  });
});
