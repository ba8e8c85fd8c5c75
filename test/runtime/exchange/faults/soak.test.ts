// 20,000 calls of all kinds and ends leave nothing behind: no heap, no handle, no exchange, no
// handler.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const MAX_GROWTH_BYTES = 2 * 1024 * 1024;

it('20,000 calls that are answered, streamed, failed, aborted and cancelled grow the heap by at most 2 MiB after warm-up', async () => {
  const script = join(import.meta.dirname, 'soak-run.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script]);
  const { calls, cancelled, grownBytes, grownHandles, abandoned, inFlight } = JSON.parse(stdout);
  expect({ calls, abandoned, inFlight }).toEqual({ calls: 20_000, abandoned: 0, inFlight: 0 });
  expect(cancelled).toBeGreaterThan(400);
  expect(grownBytes).toBeLessThan(MAX_GROWTH_BYTES);
  expect(Math.abs(grownHandles)).toBeLessThanOrEqual(2);
}, 300_000);
