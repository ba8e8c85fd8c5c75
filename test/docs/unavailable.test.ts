// docs/adding-a-server.md names every reason why a server can be unavailable, with a fix.

import { expect, test } from 'vitest';
import {
  UNAVAILABILITY_WORDS,
  Unavailability,
  type UnavailabilityWord,
} from '../../runtime/exchange/unavailability.ts';
import { tableRows } from './markdown.ts';

const rows = tableRows('docs/adding-a-server.md', 'reason');

test('every reason has a row, and no row is left over', () => {
  const documented = rows.map(([reason]) => reason as string);
  expect(documented.toSorted()).toEqual(UNAVAILABILITY_WORDS.toSorted());
});

test.each(rows)(
  '%s is tried again or not, and has a meaning and a fix',
  (reason, again, meaning, fix) => {
    const { isFinal } = new Unavailability(reason as UnavailabilityWord, '');
    expect(again).toBe(isFinal ? 'no' : 'yes');
    expect(meaning).toMatch(/\.$/);
    expect(fix).toMatch(/\.$/);
  },
);
