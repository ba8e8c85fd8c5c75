// No message of a server is larger than `maxResultBytes`, whatever its form; what was sent before
// it stays valid.

import { describe, expect, it } from 'vitest';
import { startHost, type TestHost } from '../../start-host.ts';
import { callTool, expectAllServing, SERVINGS, send, servingsYaml } from './servings.ts';

const MAX_BYTES = 2048;
const REFUSED = { code: -32603, data: { reason: 'result-too-large' } };

const host = (): Promise<TestHost> =>
  startHost({ yaml: servingsYaml(`maxResultBytes: ${MAX_BYTES}`), listen: true });

describe.each(SERVINGS)('$name', (serving) => {
  it('refuses a result above the cap with 500, and passes one below it', async () => {
    const { url, logs } = await host();
    const refused = await callTool(url, serving, 'large', { bytes: MAX_BYTES });
    expect(refused).toMatchObject({ status: 500, id: 1, error: REFUSED });
    expect(refused.contentType).toContain('application/json');
    expect(logs).toContainEqual(expect.objectContaining({ outcome: 'result-too-large' }));
    const passed = await callTool(url, serving, 'large', { bytes: MAX_BYTES / 2 });
    expect(passed).toMatchObject({ status: 200, text: 'x'.repeat(MAX_BYTES / 2) });
    await expectAllServing(url);
  });

  it('counts bytes, not characters', async () => {
    const { url } = await host();
    const text = '€'.repeat(MAX_BYTES / 2);
    const refused = await callTool(url, serving, 'echo', { text });
    expect(refused).toMatchObject({ status: 500, error: REFUSED });
  });

  it('refuses a result above the cap in band once the event stream has begun', async () => {
    const { url } = await host();
    const refused = await callTool(url, serving, 'stream-and-large', { bytes: MAX_BYTES });
    expect(refused).toMatchObject({ status: 200, id: 1, error: REFUSED });
    expect(refused.notifications).toMatchObject([{ method: 'notifications/progress' }]);
    await expectAllServing(url);
  });

  it('ends a call whose notification is above the cap', async () => {
    const { url } = await host();
    const refused = await callTool(url, serving, 'large-notification', { bytes: MAX_BYTES });
    expect(refused).toMatchObject({ id: 1, error: REFUSED, notifications: [] });
    await expectAllServing(url);
  });

  it('refuses an error above the cap', async () => {
    const { url } = await host();
    const refused = await send(url, serving, 'prompts/get', { name: 'refuse' });
    expect(refused).toMatchObject({ status: 500, id: 1, error: REFUSED });
    expect(refused.body.length).toBeLessThan(MAX_BYTES);
    await expectAllServing(url);
  });
});
