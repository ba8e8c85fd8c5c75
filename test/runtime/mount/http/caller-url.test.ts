// What a server learns of its caller beside credentials: the query of its URL, and the headers that
// `passHeaders` opens.

import { describe, expect, it } from 'vitest';
import { callTool, SERVINGS, type Serving, servingsYaml } from '../../exchange/faults/servings.ts';
import { startHost } from '../../start-host.ts';

/** What the tool `context` of the fixtures tells. */
interface Context {
  readonly requestInfo: { url: string; headers: Record<string, string> } | null;
  readonly handlerHeaders: Record<string, string>;
  readonly handlerUrl: { href: string; isUrl: boolean; toolsets: string | null };
}

const yaml = servingsYaml();

async function contextOf(
  serving: Serving,
  query: string,
  headers: Record<string, string> = {},
  text = yaml,
): Promise<Context> {
  const { url } = await startHost({ listen: true, yaml: text });
  const answer = await callTool(url, serving, 'context', {}, headers, query);
  return JSON.parse(answer.text ?? '') as Context;
}

describe.each(SERVINGS)('$name', (serving) => {
  const mount = `http://mcp.invalid/${serving.server}/mcp`;

  it.each([
    ['', ''],
    ['?toolsets=core,alerting', '?toolsets=core,alerting'],
    ['?toolsets=a%2Cb+c%20d&&=&e&e=%zz&decode=1', '?toolsets=a%2Cb+c%20d&&=&e&e=%zz&decode=1'],
    ['?code=canary', ''],
    ['?code=canary&toolsets=x', '?toolsets=x'],
    ['?a=1&CoDe=canary&b=2&ClientId=canary', '?a=1&b=2'],
    ['?c%6Fde=canary&a=1&%43LIENTI%44=canary&code', '?a=1'],
    ['?a=1#&code=canary', '?a=1'],
  ])('is given the query %j of its caller as %j', async (sent, seen) => {
    const { requestInfo, handlerUrl } = await contextOf(serving, sent);
    const expected = new URL(mount + seen).href;
    expect(handlerUrl).toMatchObject({
      href: expected,
      isUrl: serving.sdk === 'v1',
      toolsets: new URL(expected).searchParams.get('toolsets'),
    });
    if (serving.instance === 'per-request') expect(requestInfo?.url).toBe(expected);
  });

  it('sees the headers that its passHeaders names, in any letter case, and no other server does', async () => {
    const headers = { 'x-api-key': 'upstream', 'x-auth-token': 'other', 'x-functions-key': 'key' };
    const opened = yaml.replaceAll('.mjs', '.mjs, passHeaders: [X-Api-Key]');
    const open = await contextOf(serving, '', headers, opened);
    expect(open.handlerHeaders['x-api-key']).toBe('upstream');
    expect(open.handlerHeaders).not.toHaveProperty('x-auth-token');
    expect(open.handlerHeaders).not.toHaveProperty('x-functions-key');
    const closed = await contextOf(serving, '', headers);
    expect(closed.handlerHeaders).not.toHaveProperty('x-api-key');
  });
});
