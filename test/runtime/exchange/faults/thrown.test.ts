// Whatever a handler throws or returns, its caller has a well-formed answer at once and nobody else
// notices.

import { describe, expect, it } from 'vitest';
import { startHost, type TestHost } from '../../start-host.ts';
import { callTool, expectAllServing, SERVINGS, send, servingsYaml } from './servings.ts';

/**
 * Long before the deadline; 250 ms is the aim, the rest is for a busy
 * machine.
 */
const AT_ONCE_MS = 1_000;

const THROWN = ['error', 'string', 'null', 'undefined', 'number', 'hostile object'];
const NO_JSON = ['circular', 'bigint', 'throwing toJSON'];
const NO_OBJECT = ['undefined', 'null', 'function', 'string'];

const host = (development = false): Promise<TestHost> =>
  startHost({ yaml: servingsYaml('timeoutMs: 5000'), listen: true, environment: { development } });

async function atOnce<Answer>(work: Promise<Answer>): Promise<Answer> {
  const startedAt = performance.now();
  const answer = await work;
  expect(performance.now() - startedAt).toBeLessThan(AT_ONCE_MS);
  return answer;
}

describe.each(SERVINGS)('$name', (serving) => {
  it.each(THROWN)(
    'a tool that throws %s answers isError with the text of its author',
    async (what) => {
      const { url } = await host();
      const { status, result } = await atOnce(callTool(url, serving, 'throw', { what }));
      expect(status).toBe(200);
      expect(result?.isError).toBe(true);
      await expectAllServing(url);
    },
  );

  it.each(THROWN)('a prompt and a resource that throw %s answer -32603 at once', async (what) => {
    const { url } = await host();
    const uri = `test://throw/${encodeURIComponent(what)}`;
    const prompt = send(url, serving, 'prompts/get', { name: 'throw', arguments: { what } });
    expect((await atOnce(prompt)).error).toEqual({ code: -32603, message: 'Internal error.' });
    const resource = send(url, serving, 'resources/read', { uri });
    expect((await atOnce(resource)).error).toEqual({ code: -32603, message: 'Internal error.' });
    await expectAllServing(url);
  });

  // 2026-07-28 knows no methods but its own.
  it.runIf(serving.era === 'legacy').each(THROWN)(
    'a method of its own that throws %s answers -32603 at once',
    async (what) => {
      const { url } = await host();
      const { error } = await atOnce(send(url, serving, `own/${what}`));
      expect(error).toEqual({ code: -32603, message: 'Internal error.' });
    },
  );

  it.each(NO_JSON)('a tool whose result is %s answers -32603 at once', async (what) => {
    const { url } = await host();
    const answer = await atOnce(callTool(url, serving, 'return', { what }));
    expect(answer).toMatchObject({ id: 1, error: { code: -32603 } });
    // In 2026-07-28 the SDK writes the answer, and says of it what it says of a handler that threw.
    if (serving.era === 'legacy') {
      expect(answer).toMatchObject({ status: 500, error: { data: { reason: 'invalid-result' } } });
    }
    expect(answer.body).not.toContain('secret');
    await expectAllServing(url);
  });

  it.each(NO_OBJECT)('a tool that returns %s instead of a result fails at once', async (what) => {
    const { url } = await host();
    const { error, result } = await atOnce(callTool(url, serving, 'return', { what }));
    // SDK v2 itself makes a tool error of a missing result.
    if (serving.sdk === 'v2' && result) expect(result.isError).toBe(true);
    else expect(error).toEqual({ code: -32603, message: 'Internal error.' });
    await expectAllServing(url);
  });

  it('passes the text of an internal error on in development only, and always logs it', async () => {
    const params = { name: 'throw', arguments: { what: 'error' } };
    const inProduction = await host();
    const masked = await send(inProduction.url, serving, 'prompts/get', params);
    expect(masked.body).not.toContain('secret-detail');
    expect(inProduction.logs).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        server: serving.server,
        method: 'prompts/get',
        detail: 'secret-detail',
      }),
    );
    const inDevelopment = await host(true);
    const shown = await send(inDevelopment.url, serving, 'prompts/get', params);
    expect(shown.error).toEqual({ code: -32603, message: 'secret-detail' });
  });

  it('passes errors with a code of their author on, text and data included', async () => {
    const { url } = await host();
    const { error } = await send(url, serving, 'prompts/get', { name: 'refuse' });
    expect(error).toMatchObject({ code: -32001, data: { bytes: expect.any(String) } });
    expect(error?.message).toContain('not for you');
  });
});
