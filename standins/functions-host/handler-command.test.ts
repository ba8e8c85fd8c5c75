// The command line of the handler, and the level of each line it prints.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fixtureAppRoot } from './fixtures/fixture-app.ts';
import { baseEnvironment, handlerCommand } from './handler-command.ts';
import { outputLine } from './output-lines.ts';

const description = {
  defaultExecutablePath: 'node',
  defaultWorkerPath: undefined,
  workingDirectory: undefined,
  arguments: [],
  workerArguments: [],
  useStdErrorStreamForErrorsOnly: true,
};
const command = (over: object, environment = {}) =>
  handlerCommand({ ...description, ...over }, fixtureAppRoot, 4000, environment);

test.each([
  { written: ['run start'], spawned: ['run', 'start'] },
  { written: ['run', 'start'], spawned: ['run', 'start'] },
  { written: ['"a b"', 'c'], spawned: ['a b', 'c'] },
  { written: ['--title="a b"'], spawned: ['--title=a b'] },
  { written: ['say \\"hi\\"'], spawned: ['say', '"hi"'] },
  { written: ['--port', '%FUNCTIONS_CUSTOMHANDLER_PORT%'], spawned: ['--port', '4000'] },
  { written: ['%NAME%-%UNSET%x'], spawned: ['value-x'] },
])('the arguments $written are spawned as $spawned', ({ written, spawned }) => {
  expect(command({ arguments: written }, { NAME: 'value' }).arguments).toEqual(spawned);
});

test('arguments come before the worker path, its arguments after it', () => {
  const over = { arguments: ['-a'], defaultWorkerPath: 'my worker.js', workerArguments: ['-b'] };
  expect(command(over).arguments).toEqual(['-a', 'my worker.js', '-b']);
});

test('a relative executable in the app root is meant, another is looked up on PATH', () => {
  const local = command({ defaultExecutablePath: 'handler.mjs' });
  expect(local.executable).toBe(join(fixtureAppRoot, 'handler.mjs'));
  expect(command({}).executable).toBe('node');
});

test('the working directory is the app root; a relative one lies below it', () => {
  const below = command({ workingDirectory: 'sub' }).workingDirectory;
  expect(command({}).workingDirectory.replace(/\/$/, '')).toBe(fixtureAppRoot);
  expect(below).toBe(join(fixtureAppRoot, 'sub'));
  expect(command({ workingDirectory: '/elsewhere' }).workingDirectory).toBe('/elsewhere');
});

test("the developer's own variables do not reach the handler", () => {
  const environment = baseEnvironment({ OWN: 'setting' });
  expect(environment.OWN).toBe('setting');
  expect(environment.PATH).toBe(process.env.PATH);
  expect(environment).not.toHaveProperty('VITEST');
});

test.each([
  { stream: 'stdout', text: 'an error', errorsOnly: true, level: 'information' },
  { stream: 'stderr', text: 'anything', errorsOnly: true, level: 'error' },
  { stream: 'stderr', text: '(node:1) Warning: x', errorsOnly: true, level: 'warning' },
  { stream: 'stderr', text: 'anything', errorsOnly: false, level: 'information' },
  { stream: 'stderr', text: 'Warn: failed', errorsOnly: false, level: 'warning' },
  { stream: 'stderr', text: 'it FAILED', errorsOnly: false, level: 'error' },
  { stream: 'stderr', text: 'TypeError: x', errorsOnly: false, level: 'error' },
  { stream: 'stderr', text: 'severe', errorsOnly: false, level: 'error' },
  { stream: 'stderr', text: 'Unhandled Exception', errorsOnly: false, level: 'error' },
] as const)('"$text" on $stream, errors only: $errorsOnly, is $level', (line) => {
  expect(outputLine(line.stream, line.text, line.errorsOnly).level).toBe(line.level);
});
