// Calls at a terminal: questions are asked field by field, progress is shown, Ctrl-C cancels.

import { describe, expect, test } from 'vitest';
import { useHost } from './called-host.ts';
import { hasTerminal, TerminalRun } from './terminal-run.ts';

const { env } = useHost();

describe.runIf(hasTerminal)('at a terminal', () => {
  const call = (tool: string, server = 'questions') =>
    new TerminalRun(['call', server, tool], env());
  const choice = 'Answer (a), decline (d) or cancel (c)? ';

  test('a form is filled field by field, and a wrong value is asked for again', async () => {
    const run = call('form');
    await run.type('questions asks: Your name?', '');
    await run.type(choice, 'a\r');
    await run.type('name: ', '\r');
    await run.type('Not accepted: value must NOT have fewer than 1 characters', '');
    await run.type('name: ', 'Ada\r');
    expect(await run.end()).toBe(0);
    expect(run.text).toContain('accept Ada');
  });

  test.each([
    ['decline', 'd\r', 'decline'],
    ['cancel', 'c\r', 'cancel'],
    ['cancel by Ctrl-D', '\u0004', 'cancel'],
  ])('the answer may be %s', async (_what, keys, answer) => {
    const run = call('form');
    await run.type(choice, keys);
    expect(await run.end()).toBe(0);
    expect(run.text.trimEnd().split(/\r?\n/).at(-1)).toBe(answer);
  });

  test('a page is shown, never opened', async () => {
    const run = call('url');
    await run.type('The server asks you to open: https://example.com/', '');
    await run.type('Done (a), decline (d) or cancel (c)? ', 'a\r');
    expect(await run.end()).toBe(0);
    expect(run.text).toContain('accept');
  });

  test('Ctrl-C in a question cancels the call', async () => {
    const run = call('form');
    await run.type(choice, '\u0003');
    expect(await run.end()).toBe(130);
    expect(run.text).toContain('Cancelled.');
  });

  test('progress is a line that is rewritten', async () => {
    const run = call('test_tool_with_progress', 'content');
    expect(await run.end()).toBe(0);
    expect(run.text).toContain('\u001b[2Kcontent 50/100');
    expect(run.text).toContain('Reported progress');
  });
});
