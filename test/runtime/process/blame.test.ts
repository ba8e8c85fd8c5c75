// Whom the watchdog names and notes when the main thread stands still.

import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { Entered } from '../../../runtime/exchange/entered.ts';
import { blame } from '../../../runtime/process/blame.ts';
import { homesOf } from '../../../runtime/process/homes.ts';

const FILES = {
  a: '/app/a/index.js',
  b: '/app/b/index.js',
  one: '/app/c/1.js',
  two: '/app/c/2.js',
  root: '/app/root.js',
};
const HOMES = new Map(Object.entries(FILES).map(([server, file]) => [server, homesOf(file)]));
const HOST = 'file:///host/main.js:1';
/** Also on Windows, where it has a drive. */
const APP = pathToFileURL('/app').href;

/** Enters in this order: `<server> <tool>`, `<server>` for a factory, `load <server>`, `turn`. */
async function told(steps: readonly string[]): Promise<Entered> {
  const entered = new Entered(Object.keys(FILES));
  for (const step of steps) {
    const [first = '', second] = step.split(' ');
    if (step === 'turn') await new Promise((resolve) => void setImmediate(resolve));
    else if (first === 'load') entered.of(second as string).load('');
    else if (second) entered.of(first).enter('tools/call', second);
    else entered.of(first).build();
  }
  return entered;
}

const noted = (...texts: readonly string[]) =>
  texts.map((text) => {
    const [server, tool] = text.split(' ');
    return tool ? { server, operation: `tools/call ${tool}` } : { server };
  });

test.each([
  ['the one call of the server in the stack', ['a x', 'b y', 'turn'], ['a/index.js:3'], ['a x']],
  ['a server by a file beside its module', ['a x', 'b y', 'turn'], ['a/lib.js:3'], ['a x']],
  ['the innermost server', ['a x', 'b y', 'turn'], ['b/index.js:1', 'a/index.js:3'], ['b y']],
  [
    'the caller of a library',
    ['a x', 'b y', 'turn'],
    ['node_modules/x.js:1', 'a/index.js:3'],
    ['a x'],
  ],
  ['all calls of that server', ['a x', 'a z', 'b y', 'turn'], ['a/index.js:3'], ['a x', 'a z']],
  ['equal calls once', ['a x', 'a x', 'turn'], ['a/index.js:3'], ['a x']],
  ['its call that came last in this turn', ['a x', 'turn', 'a z'], ['a/index.js:3'], ['a z']],
  ['a server that is built', ['a', 'b y', 'turn'], ['a/index.js:3'], ['a']],
  ['a server that is imported', ['load a', 'load b', 'b y', 'turn'], ['a/index.js:3'], ['a']],
  ['a server whose timer runs', ['b y', 'turn'], ['a/index.js:3'], ['a']],
  ['one of a shared folder by its file', ['one x', 'two y', 'turn'], ['c/2.js:1'], ['two y']],
  ['who called a shared file', ['one x', 'two y', 'turn'], ['c/s.js:1', 'c/1.js:1'], ['one x']],
  ['the only caller in a shared folder', ['one x', 'b y', 'turn'], ['c/s.js:1'], ['one x']],
  [
    'a module called through another',
    ['a x', 'b y', 'turn'],
    ['b/l.js:1', 'b/index.js:1', 'a/index.js:3'],
    ['b y'],
  ],
  [
    'the caller of a file beside another module',
    ['a y', 'turn'],
    ['lib/x.js:1', 'a/index.js:3'],
    ['a y'],
  ],
  ['nobody for a file of either', ['root x', 'a y', 'turn'], ['lib/x.js:1', 'a/index.js:3'], []],
  ['nobody of a shared folder', ['one x', 'two y', 'turn'], ['c/s.js:1'], []],
])('a stack notes %s', async (_, steps, places, expected) => {
  const stack = [...places.map((place) => `${APP}/${place}`), HOST];
  const { noted: found, text } = blame(await told(steps), stack, HOMES);
  expect(found).toHaveLength(expected.length);
  expect(found).toEqual(expect.arrayContaining(noted(...expected)));
  expect(text).toContain('At fault: servers.');
});

test.each([
  ['the only call that runs', ['a x', 'turn'], ['a x']],
  ['equal calls', ['a x', 'a x', 'turn'], ['a x']],
  ['the call that came last in this turn', ['a x', 'turn', 'b y'], ['b y']],
  ['nobody of two', ['a x', 'b y', 'turn'], []],
  ['nobody of a call and an import', ['a x', 'turn', 'load b'], []],
  ['all that are imported', ['load a', 'load b'], ['a', 'b']],
  ['nobody where nothing runs', [], []],
])('without a stack it notes %s', async (_, steps, expected) => {
  for (const places of [[], [HOST]]) {
    expect(blame(await told(steps), places, HOMES).noted).toEqual(noted(...expected));
  }
});

test('nobody is noted while more runs than is known', async () => {
  const entered = await told([...Array.from({ length: 600 }, () => 'a x'), 'turn']);
  const place = `${APP}/a/index.js:3`;
  const text = `At fault: servers.a, in "${place}".`;
  expect(blame(entered, [place], HOMES)).toEqual({ noted: [], text });
});

test('a place is one line and bounded', async () => {
  const place = `${APP}/a/${'d/'.repeat(500)}\n.js:7`;
  const { text } = blame(await told(['a x']), [place], HOMES);
  expect(text).toMatch(/^At fault: servers\.a, "tools\/call x", in "[^\n]{0,300}\\n\.js:7"\.$/);
});
