// A server that closes its own connection can answer nobody: its callers learn it at once, others
// do not notice.

import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { startHost } from '../../start-host.ts';
import { behaviors, callTool, SERVINGS, servingsYaml } from './servings.ts';

const FAILED = { status: 500, id: 1, error: { code: -32603, data: { reason: 'server-failed' } } };
const AT_ONCE_MS = 1_000;

describe.each(SERVINGS)('$name', (serving) => {
  it('answers 500 to all whose calls it can no longer answer', async () => {
    const { url, logs } = await startHost({ yaml: servingsYaml(), listen: true });
    const { events } = await behaviors();
    const called = once(events, 'called');
    const waiting = callTool(url, serving, 'wait');
    await called;
    const startedAt = performance.now();
    expect(await callTool(url, serving, 'close')).toMatchObject(FAILED);
    const next = callTool(url, serving, 'echo', { text: 'x' });
    if (serving.instance === 'shared') {
      expect(await waiting).toMatchObject(FAILED);
      expect(await next).toMatchObject(FAILED);
    } else {
      expect(await next).toMatchObject({ status: 200, text: 'x' });
    }
    expect(performance.now() - startedAt).toBeLessThan(AT_ONCE_MS);
    expect(logs).toContainEqual(
      expect.objectContaining({ level: 'error', server: serving.server, msg: 'server failed' }),
    );
    const others = SERVINGS.filter(({ server }) => server !== serving.server);
    for (const other of others) {
      const answer = await callTool(url, other, 'echo', { text: 'x' });
      expect(answer).toMatchObject({ status: 200, text: 'x' });
    }
  });
});
