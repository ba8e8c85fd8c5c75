// A module in a thread is served like one in the thread of the host: both SDKs, both instance modes,
// both eras.

import { describe, expect, it } from 'vitest';
import { postMany } from '../../post.ts';
import { call, MOUNTS, SERVINGS, threadHost } from './thread-host.ts';

describe.each(SERVINGS)('$mount, $era', ({ mount, era }) => {
  it('answers in another thread, plain JSON under the id of the caller', async () => {
    const { url } = await threadHost({ mounts: [mount] });
    const answer = await call(`${url}/${mount}/mcp`, era, 'place', {}, { id: 'a "b"' });
    expect(answer).toMatchObject({ status: 200, id: 'a "b"', text: 'thread' });
    expect(answer.contentType).toContain('application/json');
  });
});
