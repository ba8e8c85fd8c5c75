// docs/errors.md names every error that this host answers, with the status and code that clients
// get.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { refusalAnswer } from '../../runtime/exchange/refusal-answer.ts';
import { HostError, type RefusalReason } from '../../runtime/exchange/refusals.ts';
import { fencedBlocks, tableRows } from './markdown.ts';

const rows = tableRows('docs/errors.md', 'reason');

/** The table itself is private to its file, so its words are read from the text. */
function reasonsInCode(): RefusalReason[] {
  const text = readFileSync('runtime/exchange/refusals.ts', 'utf8');
  const table = /const REFUSALS = \{\n(.*?)^\}/ms.exec(text)?.[1] ?? '';
  const words = [...table.matchAll(/^ {2}'?([a-z-]+)'?: \{/gm)].map(([, word]) => word as string);
  return words as RefusalReason[];
}

test('every reason of runtime/exchange/refusals.ts has a row, and no row is left over', () => {
  const documented = rows.map(([reason]) => reason as string);
  expect(documented.length).toBeGreaterThan(0);
  expect(documented.toSorted()).toEqual(reasonsInCode().toSorted());
});

test.each(rows)('%s has its status, its code, a meaning and a fix', (...cells) => {
  const [reason, status, code, meaning, fix] = cells;
  const error = new HostError(reason as RefusalReason);
  expect([status, code]).toEqual([String(error.status), String(error.error.code)]);
  expect(meaning).toMatch(/\.$/);
  expect(fix).toMatch(/\.$/);
});

test('a wait is documented wherever a fixed one is sent', () => {
  const waits = rows.flatMap(([reason, , , , fix = '']) => {
    const seconds = new HostError(reason as RefusalReason).headers['retry-after'];
    return seconds === undefined ? [] : [{ reason, seconds, fix }];
  });
  expect(waits.length).toBeGreaterThan(0);
  for (const { seconds, fix } of waits) {
    expect(fix).toContain('Retry-After');
    expect(fix).toContain(`${seconds} s`);
  }
});

test('the example is what a client gets', () => {
  const [example] = fencedBlocks('docs/errors.md', 'json');
  const { body } = refusalAnswer(new HostError('unavailable'), 1);
  expect(JSON.parse(example?.text ?? '')).toEqual(JSON.parse(body as string));
});
