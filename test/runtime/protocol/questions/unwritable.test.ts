// Questions that cannot be written as JSON, a fault of the server's author: the handler learns of
// it at once.

import { describe, expect, it } from 'vitest';
import { callModern } from '../eras/modern.ts';
import {
  askingHost,
  callLegacy,
  EVERYTHING,
  MODES,
  PARKED,
  shakeHands,
  watchRejections,
} from './asking.ts';

const FAULTS = ['circular', 'big number'];

describe.each(MODES)('%s', (mode) => {
  it.each(FAULTS)('a %s fails in the handler, in 2026-07-28', async (what) => {
    const { url } = await askingHost('timeoutMs: 2000');
    const rejections = watchRejections();
    const options = { capabilities: EVERYTHING };
    const answer = await callModern(`${url}/${mode}/mcp`, 'asks-unwritable', { what }, options);
    expect(answer.text).toMatch(/^failed: .*JSON/);
    expect(rejections).toEqual([]);
  });
});

describe.each(PARKED)('%s', (mode) => {
  it.each(FAULTS)('a %s fails in the handler, in the 2025 era', async (what) => {
    const host = await askingHost('timeoutMs: 2000, maxParked: 1');
    const path = `${host.url}/${mode}/mcp`;
    const rejections = watchRejections();
    const headers = await shakeHands(path);
    const [message] = await (await callLegacy(path, 'asks-unwritable', { what }, headers)).rest();
    expect(JSON.stringify(message)).toMatch(/failed: .*JSON/);
    expect(rejections).toEqual([]);
    // Nothing waits for an answer that nobody will give.
    expect((await (await callLegacy(path, 'form', {}, headers)).next())?.method).toBeDefined();
  });
});
