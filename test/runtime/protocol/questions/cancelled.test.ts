// A request of the 2025 era that is cancelled, or at its server's limit, while its client is asked
// something.

import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { post } from '../../post.ts';
import { ADA, askingHost, callLegacy, PARKED, reply, shakeHands } from './asking.ts';
import { strings } from './strings.ts';

describe.each(PARKED)('a client that is asked (%s)', (mode) => {
  it('loses its question with the request that it cancels', async () => {
    const host = await askingHost();
    const path = `${host.url}/${mode}/mcp`;
    const headers = await shakeHands(path);
    const name = crypto.randomUUID();
    const stream = await callLegacy(path, 'watched', { id: name }, headers);
    const question = await stream.next();
    const ends = ['aborted', 'failed', 'ended'].map((event) => once(strings, event));
    const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled' } as const;
    const posted = await post(path, { ...cancelled, params: { requestId: 1 } }, headers);
    expect(posted.status).toBe(202);
    expect((await Promise.all(ends)).map(([which]) => which)).toEqual([name, name, name]);
    expect(await stream.rest()).toMatchObject([
      { ...cancelled, params: { requestId: question?.id } },
    ]);
    expect((await reply(path, question?.id, ADA, headers)).status).toBe(400);
    expect(host.servers.map(({ inFlight }) => inFlight.size)).toEqual([0, 0, 0, 0]);
  });

  it('can answer while its server is at maxConcurrent', async () => {
    const host = await askingHost('maxConcurrent: 1');
    const path = `${host.url}/${mode}/mcp`;
    const headers = await shakeHands(path);
    const stream = await callLegacy(path, 'form', {}, headers);
    const question = await stream.next();
    expect((await reply(path, question?.id, ADA, headers)).status).toBe(202);
    expect(await stream.rest()).toMatchObject([{ result: { content: [{ text: 'accept Ada' }] } }]);
  });
});
