// docs/monitoring.md names what is written: the metrics, and why programs and threads ended.

import { expect, test } from 'vitest';
import { RESTART_REASONS } from '../../runtime/exchange/restarts.ts';
import { METRICS } from '../../runtime/telemetry/names.ts';
import { tableRows } from './markdown.ts';

const PAGE = 'docs/monitoring.md';
const firstCells = (heading: string) => tableRows(PAGE, heading).map(([cell]) => cell);

test('every metric is documented, and no other', () => {
  expect(firstCells('metric').sort()).toEqual(Object.values(METRICS).sort());
});

test('every reason of a restart is documented, and no other', () => {
  expect(firstCells('`reason`')).toEqual(RESTART_REASONS);
});
