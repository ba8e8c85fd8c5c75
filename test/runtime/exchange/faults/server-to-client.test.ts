// What a server says without being asked: requests to its client, notifications of no request, and
// what it learns of the caller.

import { describe, expect, it } from 'vitest';
import { startHost, type TestHost } from '../../start-host.ts';
import { callTool, SERVINGS, servingsYaml } from './servings.ts';

const host = (): Promise<TestHost> => startHost({ yaml: servingsYaml(), listen: true });

const CREDENTIALS = {
  authorization: 'Bearer canary',
  cookie: 'session=canary',
  'x-functions-key': 'canary',
  'x-ms-client-principal-id': 'canary',
  'x-ms-token-aad-access-token': 'canary',
  'x-api-key': 'canary',
  'ocp-apim-subscription-key': 'canary',
  'proxy-authorization': 'canary',
};

interface Context {
  readonly era: string;
  readonly env: Record<string, string>;
  readonly authInfo: unknown;
  readonly requestInfo: { method: string; url: string; headers: Record<string, string> } | null;
  readonly handlerHeaders: Record<string, string>;
}

describe.each(SERVINGS)('$name', (serving) => {
  it('gives a notification of no request to the only caller there is, or drops it with one warning', async () => {
    const { url, logs } = await host();
    const answers = [];
    for (let number = 0; number < 3; number += 1) {
      answers.push(await callTool(url, serving, 'log-to-nobody'));
    }
    const received = answers.map(({ notifications }) => notifications.map(({ method }) => method));
    const warnings = logs.filter(({ level }) => level === 'warn');
    expect(answers.map(({ text }) => text)).toEqual(['ok', 'ok', 'ok']);
    if (serving.era === 'modern') {
      // The SDK keeps logs back unless the client asked for a level.
      expect(received).toEqual([[], [], []]);
    } else if (serving.instance === 'per-request') {
      expect(received).toEqual([1, 2, 3].map(() => ['notifications/message']));
      expect(warnings).toEqual([]);
    } else {
      expect(received).toEqual([[], [], []]);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatchObject({ server: serving.server });
      expect(warnings[0]?.msg).toContain('notifications/message');
    }
  });

  it('shows its caller without credentials to the handler and, per request, to the factory', async () => {
    const { url, logs } = await startHost({
      listen: true,
      yaml: servingsYaml('env: { FAULT_TEST: "on" }'),
    });
    const headers = { ...CREDENTIALS, 'x-plain': 'plain' };
    const { text, body } = await callTool(url, serving, 'context', {}, headers);
    const context: Context = JSON.parse(text ?? '');
    // One instance of SDK v1 serves both eras when it is shared.
    const isBothEras = serving.sdk === 'v1' && serving.instance === 'shared';
    expect(context.era).toBe(isBothEras ? 'legacy' : serving.era);
    expect(context.env).toEqual({ FAULT_TEST: 'on' });
    expect(context.authInfo).toBeNull();
    expect(context.handlerHeaders['x-plain']).toBe('plain');
    if (serving.instance === 'per-request') {
      expect(context.requestInfo).toMatchObject({
        method: 'POST',
        headers: { 'x-plain': 'plain' },
      });
      expect(new URL(context.requestInfo?.url ?? '').pathname).toBe(`/${serving.server}/mcp`);
    } else {
      expect(context.requestInfo).toBeNull();
    }
    expect(body).not.toContain('canary');
    expect(JSON.stringify(logs)).not.toContain('canary');
  });
});
